r"""Labelled text: where it comes from, what is wrong with it, and what two parts share.

Example:
    >>> import tempfile; from pathlib import Path
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = Path(folder.name, "r.csv").write_text("text,label\ngood film,pos\nbad film,neg\n")
    >>> data = load_labelled(Path(folder.name, "r.csv"))
    >>> data.label_names, data.y.tolist()
    (('neg', 'pos'), ['pos', 'neg'])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast, get_args

import numpy as np

from ...embeddings.errors import ConfigurationError, LabelledDataError
from ..classify.leaks import normalised
from . import labels as parse
from .label_sources import read_table
from .label_tables import Reading, Table

__all__ = ["LabelKind", "LabelledReport", "LabelledTexts", "Text", "load_labelled", "text_column"]

LabelKind = Literal["classes", "multilabel", "rating"]
Text: TypeAlias = "str | tuple[str, ...]"
TEXT_NAMES = ("text", "sentence", "review", "content", "document", "body", "comment", "message")
_LABEL_NAMES = ("label", "labels", "class", "category", "sentiment", "target", "topic", "polarity")
_RATING_NAMES = ("rating", "stars", "score", "label", "target")


@dataclass(frozen=True)
class LabelledReport:
    """What was found while reading.

    Attributes:
        rows: Rows read.
        unlabelled: Rows left out because they have no label.
        empty: Texts without anything but white space; they are kept.
        repeated: Texts that stand there before, but for white space and case; they are kept.
        contradictory: Of those, how many have another label than the first.
        counts: Texts by name of label; empty for ratings.
        text: Column of the text, or several.
        label: Column of the label, or several.
        notes: What else a person should know, as sentences.
    """

    rows: int
    unlabelled: int
    empty: int
    repeated: int
    contradictory: int
    counts: Mapping[str, int]
    text: tuple[str, ...]
    label: tuple[str, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"{self.rows:,} rows"]
        if self.counts:
            parts.append(", ".join(f"{n}: {c:,}" for n, c in list(self.counts.items())[:12]))
        for number, what in (
            (self.unlabelled, "without a label left out"),
            (self.empty, "without any text"),
            (self.repeated, "that stand there before"),
            (self.contradictory, "of them with another label"),
        ):
            if number:
                parts.append(f"{number:,} {what}")
        return "; ".join([*parts, *self.notes])


@dataclass(frozen=True, eq=False)
class LabelledTexts:
    """Texts with a label each, in the order they were read.

    Attributes:
        texts: N texts, or token lists.
        labels: int64[N] places in ``label_names``; int8[N, C] for several labels a text;
            float64[N] for ratings.
        label_names: Names of the C classes; empty for ratings.
        name: Where they come from, for people.
        kind: "classes", "multilabel" or "rating".
        rows: int64[N], the row of the source each text comes from, from 1.
        report: What was found while reading.
    """

    texts: tuple[Text, ...]
    labels: np.ndarray
    label_names: tuple[str, ...]
    name: str
    kind: LabelKind
    rows: np.ndarray
    report: LabelledReport

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def y(self) -> np.ndarray:
        """What an estimator learns: names of classes (str[N]), or ``labels`` as they are."""
        if self.kind != "classes":
            return self.labels
        return np.array(self.label_names, dtype=str)[self.labels]

    def one_class_each(self, advice: str) -> LabelledTexts:
        """Return these texts, seen to have one class each.

        Raises:
            LabelledDataError: They have ratings, or any number of labels; ends in ``advice``.
        """
        if self.kind != "classes":
            raise LabelledDataError(
                f"{self.name}: expected one class for each text, found {self.kind}: {advice}"
            )
        return self

    def take(self, rows: Sequence[int] | np.ndarray) -> LabelledTexts:
        """Return the texts at some places, in that order.

        Args:
            rows: Places from 0, or bool[N].
        """
        chosen = np.asarray(rows)
        if chosen.dtype == bool:
            chosen = np.flatnonzero(chosen)
        chosen = chosen.astype(np.int64)
        texts = tuple(self.texts[i] for i in chosen.tolist())
        return replace(self, texts=texts, labels=self.labels[chosen], rows=self.rows[chosen])

    def held_out(self, fraction: float, *, seed: int) -> tuple[LabelledTexts, LabelledTexts]:
        """Split off a part by chance, with the shares of the classes kept.

        Returns:
            What is left, and the part, each in the order read.
        """
        from sklearn.model_selection import train_test_split

        if not 0 < fraction < 1:
            raise ConfigurationError(f"fraction: expected between 0 and 1, found {fraction}")
        if not 0 <= seed < 2**32:
            raise ConfigurationError(f"seed: expected from 0 to {2**32 - 1}, found {seed}")
        counts = np.bincount(self.labels) if self.kind == "classes" else np.zeros(0)
        shares = self.labels if counts.size and counts[counts > 0].min() > 1 else None
        left, part = train_test_split(
            np.arange(len(self)), test_size=fraction, random_state=seed, stratify=shares
        )
        return self.take(np.sort(left)), self.take(np.sort(part))

    def named_like(self, names: Sequence[str]) -> LabelledTexts:
        """Return the same texts with the classes numbered as in ``names``: those of a model.

        Raises:
            LabelledDataError: A label isn't among ``names``; says which, how often, and where.
        """
        if self.kind == "rating" or tuple(names) == self.label_names:
            return self
        place = {name: i for i, name in enumerate(names)}
        unseen = [i for i, name in enumerate(self.label_names) if name not in place]
        if self.kind == "multilabel":
            met = np.flatnonzero(self.labels[:, unseen].any(axis=1))
        else:
            met = np.flatnonzero(np.isin(self.labels, unseen))
        if met.size:
            raise LabelledDataError(
                f"{self.name}: expected labels among {parse.listed(tuple(names))}, found "
                f"{parse.listed([self.label_names[i] for i in unseen])} in {met.size:,} texts "
                f"({parse.rows_text(self.rows[met])}). A model can't predict what it never saw: "
                "leave such rows out, or name the classes in order with label_names="
            )
        if self.kind == "multilabel":
            moved = np.zeros((len(self), len(names)), dtype=np.int8)
            for i, name in enumerate(self.label_names):
                if name in place:
                    moved[:, place[name]] = self.labels[:, i]
        else:
            moved = np.array([place.get(n, 0) for n in self.label_names])[self.labels]
        return replace(self, labels=moved, label_names=tuple(names))


def load_labelled(
    source: Any,
    *,
    text: str | Sequence[str] | None = None,
    label: str | Sequence[str] | None = None,
    split: str | None = None,
    kind: LabelKind | None = None,
    label_names: Sequence[str] | None = None,
    label_separator: str | None = None,
    ignore_label: str | Sequence[str] = (),
    missing: Literal["error", "skip"] = "error",
    header: bool = True,
    delimiter: str | None = None,
    quoting: bool | None = None,
) -> LabelledTexts:
    """Read labelled texts through the ``datasets`` library, and check them row by row.

    Args:
        source: A CSV, TSV, JSON lines or Parquet file, plain or compressed; a folder of such files
            named after splits; a folder with a folder of ``.txt`` files per class, as
            ``aclImdb/train``, or one above with ``train`` and ``test``; the name of a data set on
            the Hugging Face hub; a ``datasets.Dataset`` or a mapping of splits; ``"-"`` for
            standard input.
        text: Column of the text; several are joined by line ends. ``None`` looks for "text",
            "sentence", "review" and the like.
        label: Column of the label; several columns of 0 and 1 are several labels a text. ``None``
            looks for "label", "class", "category" and the like, or for "rating" first where
            ``kind`` says so.
        split: Which part of a folder or data set; ``None`` takes the only one.
        kind: "classes", "multilabel", "rating"; ``None`` tells classes from several labels a text
            by the column. Ratings are never guessed.
        label_names: Names of the classes, in order. Numbers in the column are then places in it,
            from 0 or from 1.
        label_separator: Where a column of text holds several labels: what stands between them.
        ignore_label: Labels that mean "none", such as -1: their rows are left out and counted.
        missing: Refuse rows without a label, naming them, or leave them out and count them.
        header: Whether the first line of CSV or TSV names the columns; else their names are 1, 2...
        delimiter: Of CSV or TSV; ``None`` decides by suffix and first line.
        quoting: Whether values may stand in double quotes; ``None`` says yes for CSV, no for TSV.

    Raises:
        CorpusNotFoundError: A path doesn't exist.
        LabelledDataError: A column is missing, or labels are missing or mistyped: names rows.
    """
    _check(kind, missing)
    how = Reading(header=header, delimiter=delimiter, quoting=quoting)
    table = read_table(source, split=split, how=how)
    text_columns = _columns(table, text, TEXT_NAMES, "text")
    wanted = (*_RATING_NAMES, *_LABEL_NAMES) if kind == "rating" else _LABEL_NAMES
    label_columns = _columns(table, label, wanted, "label")
    texts = _texts(table, text_columns)
    kind = kind or _kind(table, label_columns, label_separator)
    found = _labels(
        table,
        label_columns,
        kind,
        names=label_names,
        separator=label_separator,
        ignore=(ignore_label,) if isinstance(ignore_label, str) else tuple(ignore_label),
    )
    absent = np.flatnonzero(~found.present) + 1
    ignored = bool(ignore_label) or any(c in table.coded for c in label_columns)
    if absent.size and missing == "error" and not ignored:
        raise LabelledDataError(
            f"{table.name}, column {label_columns[0]!r}: {absent.size:,} of {len(texts):,} rows "
            f'have no label ({parse.rows_text(absent)}). Mend them, or pass missing="skip"'
        )
    keep = np.flatnonzero(found.present)
    kept = tuple(texts[i] for i in keep.tolist())
    labels = found.values[keep]
    report = _report(table, kept, labels, found.names, kind, text_columns, label_columns)
    return LabelledTexts(kept, labels, found.names, table.name, kind, keep + 1, report)


def text_column(table: Table, text: str | Sequence[str] | None) -> list[Text]:
    """Return the texts of a table; see ``text`` of :func:`load_labelled`."""
    return _texts(table, _columns(table, text, TEXT_NAMES, "text"))


def _check(kind: str | None, missing: str) -> None:
    problems: list[str] = []
    if kind is not None and kind not in get_args(LabelKind):
        problems.append(
            f"kind: expected one of {parse.listed(get_args(LabelKind))}, found {kind!r}"
        )
    if missing not in ("error", "skip"):
        problems.append(f"missing: expected 'error' or 'skip', found {missing!r}")
    if problems:
        raise ConfigurationError(*problems)


def _columns(
    table: Table, asked: str | Sequence[str] | None, usual: Sequence[str], what: str
) -> tuple[str, ...]:
    known = list(table.columns)
    if asked is not None:
        names = (asked,) if isinstance(asked, str) else tuple(asked)
        lacking = [name for name in names if name not in known]
        if not lacking and names:
            return names
        problem = f"no column {parse.listed(lacking)}"
    else:
        lower = {name.lower(): name for name in reversed(known)}
        for name in usual:
            if name in lower:
                return (lower[name],)
        problem = f"no column is called like a {what}"
    raise LabelledDataError(
        f"{table.name}: {problem}; there are {parse.listed(known)}. Name it with {what}=; where "
        "the first line of a file is data, say header=False (--no-header): columns are 1, 2 ..."
    )


def _texts(table: Table, columns: Sequence[str]) -> list[Text]:
    texts: list[Text] = []
    wrong: list[int] = []
    for number, values in enumerate(zip(*(table.columns[c] for c in columns), strict=True), 1):
        parts = ["" if value is None else value for value in values]
        if all(isinstance(part, str) for part in parts):
            texts.append("\n".join(cast("list[str]", parts)))
        elif len(parts) == 1 and _is_tokens(parts[0]):
            texts.append(tuple(parts[0]))
        else:
            texts.append("")
            wrong.append(number)
    if wrong:
        found = [table.columns[c][wrong[0] - 1] for c in columns]
        raise LabelledDataError(
            f"{table.name}, column {columns[0]!r}: expected texts or lists of tokens, found "
            f"{found[0] if len(found) == 1 else found!r:.60} ({parse.rows_text(wrong)})"
        )
    return texts


def _is_tokens(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(token, str) for token in value)


def _kind(table: Table, columns: Sequence[str], separator: str | None) -> LabelKind:
    if len(columns) > 1 or separator is not None:
        return "multilabel"
    first = next((v for v in table.columns[columns[0]] if v is not None), None)
    return "multilabel" if isinstance(first, (list, tuple)) else "classes"


def _labels(
    table: Table,
    columns: Sequence[str],
    kind: LabelKind,
    *,
    names: Sequence[str] | None,
    separator: str | None,
    ignore: Sequence[str],
) -> parse.Labels:
    where = f"{table.name}, column {columns[0]!r}"
    column = table.columns[columns[0]]
    coded = columns[0] in table.coded
    names = table.coded.get(columns[0]) if names is None else names
    if kind == "rating":
        return parse.ratings(column, where=where)
    if kind == "multilabel" and len(columns) > 1:
        return parse.columns_of_labels({c: table.columns[c] for c in columns}, where=table.name)
    if kind == "multilabel":
        return parse.multiple(column, where=where, names=names, coded=coded, separator=separator)
    return parse.classes(column, where=where, names=names, coded=coded, ignore=ignore)


def _report(
    table: Table,
    texts: Sequence[Text],
    labels: np.ndarray,
    names: Sequence[str],
    kind: LabelKind,
    text: tuple[str, ...],
    label: tuple[str, ...],
) -> LabelledReport:
    first: dict[bytes, int] = {}
    repeated = contradictory = empty = 0
    for i, one in enumerate(texts):
        key = normalised(one)
        if not key:
            empty += 1
            continue
        before = first.setdefault(key, i)
        if before != i:
            repeated += 1
            contradictory += not np.array_equal(labels[before], labels[i])
    if kind == "multilabel":
        sums = labels.sum(axis=0, dtype=np.int64)
    else:
        sums = np.bincount(labels, minlength=len(names)) if kind == "classes" else np.zeros(0)
    return LabelledReport(
        rows=len(table.columns[label[0]]),
        unlabelled=len(table.columns[label[0]]) - len(texts),
        empty=empty,
        repeated=repeated,
        contradictory=contradictory,
        counts={name: int(count) for name, count in zip(names, sums, strict=False)},
        text=text,
        label=label,
        notes=table.notes,
    )
