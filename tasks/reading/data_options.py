"""How texts are read, with labels or without, as one value that commands hand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from ...embeddings.reading import ErrorPolicy
from .documents import Document, Documents, DocumentTally, load_documents, read_documents
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

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Return those of a command's options, by name, that were given."""
        return cls(**_given(cls, given))

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


@dataclass(frozen=True, kw_only=True)
class DocumentOptions:
    """How documents are read: see :func:`.read_documents`.

    Attributes:
        labels: Column of known labels, to carry along.
        id_column: Column of the names.
        split: Which part of a data set.
        errors: What to do about bytes that are no UTF-8.
        data: How tables are read, and the column of the text.
    """

    labels: str | None = None
    id_column: str | None = None
    split: str | None = None
    errors: ErrorPolicy = "strict"
    data: DataOptions = DataOptions()

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Return those of a command's options, by name, that were given."""
        own: dict[str, Any] = {**_given(cls, given), "data": DataOptions.of(given)}
        return cls(**own)

    def read(self, source: Any, tally: DocumentTally | None = None) -> Iterator[Document]:
        """Yield the documents of a source, one by one."""
        return read_documents(source, **self._arguments(), tally=tally)

    def load(self, source: Any) -> Documents:
        """Return all documents of a source."""
        return load_documents(source, **self._arguments())

    def _arguments(self) -> dict[str, Any]:
        return {
            "text": one_or_more(self.data.text),
            "id_column": self.id_column,
            "label": self.labels,
            "split": self.split,
            "how": self.data.reading,
            "errors": self.errors,
        }


def one_or_more(names: Sequence[str]) -> str | Sequence[str] | None:
    """Return names as arguments take them: ``None`` for none, a single one by itself."""
    if not names:
        return None
    return names[0] if len(names) == 1 else tuple(names)


def _given(kind: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    names = [field.name for field in fields(kind)]
    return {name: given[name] for name in names if given.get(name) is not None}
