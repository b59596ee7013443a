"""How labelled texts are read, as one value that commands hand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .label_tables import Reading
from .labelled import LabelKind, LabelledTexts, load_labelled


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """How labelled texts are read: arguments of :func:`.load_labelled` by name."""

    text: Sequence[str] = ()
    label: Sequence[str] = ()
    kind: LabelKind | None = None
    label_names: Sequence[str] = ()
    label_separator: str | None = None
    ignore_label: Sequence[str] = ()
    missing: Literal["error", "skip"] = "error"
    header: bool = True
    delimiter: str | None = None
    quoting: bool | None = None

    def load(self, source: str, *, split: str | None) -> LabelledTexts:
        """Read the labelled texts of a source."""
        return load_labelled(
            source,
            text=one_or_more(self.text),
            label=one_or_more(self.label),
            split=split,
            kind=self.kind,
            label_names=self.label_names or None,
            label_separator=self.label_separator,
            ignore_label=tuple(self.ignore_label),
            missing=self.missing,
            header=self.header,
            delimiter=self.delimiter,
            quoting=self.quoting,
        )

    @property
    def reading(self) -> Reading:
        """How the tables themselves are read."""
        return Reading(header=self.header, delimiter=self.delimiter, quoting=self.quoting)


def one_or_more(names: Sequence[str]) -> str | Sequence[str] | None:
    """Return names as arguments take them: ``None`` for none, a single one by itself."""
    if not names:
        return None
    return names[0] if len(names) == 1 else tuple(names)
