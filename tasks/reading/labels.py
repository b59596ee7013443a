"""A column of labels, as people write it, into numbers: checked row by row, names kept.

Nothing is guessed silently: what can't be a label is named with its rows, and what may mean two
things (a -1 beside 0 and 1) is refused until the caller says which.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from ...embeddings.errors import LabelledDataError

SHOWN = 5
"""Rows named in a message; the others are counted."""


@dataclass(frozen=True)
class Labels:
    """What a column of labels says.

    Attributes:
        values: int64[N] places in ``names``, int8[N, C] for several labels a text, or float64[N]
            for ratings. Meaningless where ``present`` is false.
        names: Names of the C classes; empty for ratings.
        present: bool[N], whether a row has a label.
    """

    values: np.ndarray
    names: tuple[str, ...]
    present: np.ndarray


def rows_text(rows: Sequence[int] | np.ndarray) -> str:
    """Return row numbers as a message says them: ``rows 3, 17 and 4 more``."""
    numbers = [f"{int(row):,}" for row in rows[:SHOWN]]
    more = len(rows) - len(numbers)
    if more:
        numbers.append(f"{more:,} more")
    listed = numbers[0] if len(numbers) == 1 else ", ".join(numbers[:-1]) + " and " + numbers[-1]
    return f"{'row' if len(rows) == 1 else 'rows'} {listed}"


def classes(
    column: Sequence[Any],
    *,
    where: str,
    names: Sequence[str] | None = None,
    coded: bool = False,
    ignore: Sequence[str] = (),
) -> Labels:
    """Read one label a row.

    Args:
        column: Whole numbers, words, truth values; ``None``, NaN and "" are missing.
        where: What to call the column in messages.
        names: Names of the classes; ``None`` takes those that occur, numbers by size and words
            by alphabet. Numbers in the column are then places in ``names``, from 0 or from 1.
        coded: Numbers are places from 0 and -1 is missing, as in a column of the ``datasets``
            library that has names.
        ignore: Labels, as text, that mean "no label".

    Raises:
        LabelledDataError: Labels are mistyped (their rows are named), unknown, or ambiguous.
    """
    _Column(where).check(column, lambda value: not _is_scalar(value), "one label")
    texts = [_text(value) for value in column]
    given = np.array([text != "" and text not in ignore for text in texts], dtype=bool)
    if coded:
        given &= np.array([text != "-1" for text in texts], dtype=bool)
    if not given.any():
        raise LabelledDataError(f"{where}: expected labels, found none in {len(column):,} rows")
    if names is None:
        names = _found_names(texts, given, where)
        place = {name: i for i, name in enumerate(names)}
    else:
        names = tuple(names)
        place = _places(names, [t for t, g in zip(texts, given, strict=True) if g], coded=coded)
    unknown = [i + 1 for i, text in enumerate(texts) if given[i] and text not in place]
    if unknown:
        raise LabelledDataError(
            f"{where}: expected one of {listed(names)}, found {texts[unknown[0] - 1]!r:.60} "
            f"({rows_text(unknown)})"
        )
    codes = [place[text] if g else 0 for text, g in zip(texts, given, strict=True)]
    return Labels(np.array(codes, dtype=np.int64), tuple(names), given)


def multiple(
    column: Sequence[Any],
    *,
    where: str,
    names: Sequence[str] | None = None,
    coded: bool = False,
    separator: str | None = None,
) -> Labels:
    """Read any number of labels a row: lists, or texts cut at ``separator``.

    An empty list (or text) is a row that none of the labels fits, which is different from a
    missing one.

    Raises:
        LabelledDataError: As :func:`classes`.
    """
    rows: list[list[str] | None] = []
    wrong: list[int] = []
    for number, value in enumerate(column, 1):
        parts = _parts(value, separator)
        if parts is not None and not all(_is_scalar(part) and _text(part) for part in parts):
            wrong.append(number)
            parts = None
        elif parts is None and not _is_missing(value):
            wrong.append(number)
        rows.append(None if parts is None else [_text(part) for part in parts])
    if wrong:
        raise LabelledDataError(
            f"{where}: expected a list of labels"
            + (f" or a text cut at {separator!r}" if separator else "")
            + f", found {column[wrong[0] - 1]!r:.60} ({rows_text(wrong)})"
        )
    flat = [text for row in rows if row for text in row]
    if names is None:
        names = _ordered(set(flat))
        place = {name: i for i, name in enumerate(names)}
    else:
        names = tuple(names)
        place = _places(names, flat, coded=coded)
    unknown = [i for i, row in enumerate(rows, 1) if any(t not in place for t in row or ())]
    if unknown:
        raise LabelledDataError(
            f"{where}: expected labels among {listed(names)}, found "
            f"{rows[unknown[0] - 1]!r:.60} ({rows_text(unknown)})"
        )
    values = np.zeros((len(rows), len(names)), dtype=np.int8)
    for i, row in enumerate(rows):
        for text in row or ():
            values[i, place[text]] = 1
    return Labels(values, tuple(names), np.array([row is not None for row in rows], dtype=bool))


def columns_of_labels(table: dict[str, Sequence[Any]], *, where: str) -> Labels:
    """Read one column per label, each of 0 and 1 (or true and false).

    Raises:
        LabelledDataError: Something else stands in a column.
    """
    truth = {"0": 0, "1": 1, "False": 0, "True": 1, "false": 0, "true": 1}
    size = len(next(iter(table.values())))
    values = np.zeros((size, len(table)), dtype=np.int8)
    present = np.ones(size, dtype=bool)
    for c, (name, column) in enumerate(table.items()):
        _Column(f"{where}, column {name!r}").check(
            column, lambda v: not _is_missing(v) and _text(v) not in truth, "0 or 1"
        )
        for i, value in enumerate(column):
            present[i] &= not _is_missing(value)
            values[i, c] = truth.get(_text(value), 0)
    return Labels(values, tuple(table), present)


def ratings(column: Sequence[Any], *, where: str) -> Labels:
    """Read a number a row.

    Raises:
        LabelledDataError: Something is no finite number; its rows are named.
    """
    numbers = [_number(value) for value in column]
    _Column(where).check(
        column,
        lambda v: not _is_missing(v) and _number(v) is None,
        "a finite number",
    )
    values = np.array([math.nan if n is None else n for n in numbers], dtype=np.float64)
    present = np.isfinite(values)
    if not present.any():
        raise LabelledDataError(f"{where}: expected ratings, found none in {len(column):,} rows")
    return Labels(values, (), present)


def listed(names: Sequence[str], *, limit: int = 8) -> str:
    """Return names as a message says them."""
    shown = ", ".join(f"{name!r:.40}" for name in names[:limit])
    return shown + (f" and {len(names) - limit:,} more" if len(names) > limit else "")


@dataclass(frozen=True)
class _Column:
    where: str

    def check(self, column: Sequence[Any], is_wrong: Callable[[Any], bool], wanted: str) -> None:
        wrong = [i for i, value in enumerate(column, 1) if is_wrong(value)]
        if wrong:
            found = column[wrong[0] - 1]
            hint = ""
            if wanted == "one label" and isinstance(found, float):
                hint = '. For numbers to be predicted as such, say kind="rating"'
            elif wanted == "one label" and isinstance(found, (list, tuple, np.ndarray)):
                hint = '. For several labels a text, say kind="multilabel"'
            raise LabelledDataError(
                f"{self.where}: expected {wanted} a row, found {found!r:.60} "
                f"({rows_text(wrong)}){hint}"
            )


def _is_missing(value: Any) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return isinstance(value, str) and not value.strip()


def _is_scalar(value: Any) -> bool:
    """Tell whether a value can be the name of a class: a fraction can't."""
    if isinstance(value, float):
        return math.isnan(value) or value.is_integer()
    return value is None or isinstance(value, (str, bool, int, np.integer, np.bool_))


def _text(value: Any) -> str:
    if _is_missing(value):
        return ""
    return str(int(value)) if isinstance(value, float) else str(value).strip()


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or _is_missing(value):
        return None
    if not isinstance(value, (str, Real)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _parts(value: Any, separator: str | None) -> list[Any] | None:
    if isinstance(value, (list, tuple, np.ndarray)):
        return list(value)
    if separator is not None and isinstance(value, str):
        return [part.strip() for part in value.split(separator) if part.strip()]
    return None


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _ordered(found: set[str]) -> tuple[str, ...]:
    """Return numbers by size, or words by alphabet."""
    if all(_whole(text) is not None for text in found):
        return tuple(sorted(found, key=lambda text: (int(text), text)))
    return tuple(sorted(found))


def _found_names(texts: Sequence[str], given: np.ndarray, where: str) -> tuple[str, ...]:
    """Return the names that occur, or refuse a mixture that can't be meant."""
    known = [text for text, g in zip(texts, given, strict=True) if g]
    found = set(known)
    numeric = {text for text in found if _whole(text) is not None}
    if numeric and numeric != found:
        numbers = sum(text in numeric for text in known)
        few_are_words = 2 * numbers >= len(known)
        odd = [
            i
            for i, text in enumerate(texts, 1)
            if given[i - 1] and (text in numeric) != few_are_words
        ]
        usual, other = ("whole numbers", "words") if few_are_words else ("words", "numbers")
        raise LabelledDataError(
            f"{where}: labels are {usual}, but {other} stand in {rows_text(odd)} "
            f"({texts[odd[0] - 1]!r:.60}). Mend them, or name every class with label_names="
        )
    if found == {"-1"}:
        raise LabelledDataError(
            f"{where}: every label is -1, which means unlabelled: nothing to learn from"
        )
    if "-1" in found and "0" in found:
        rows = [i for i, text in enumerate(texts, 1) if text == "-1"]
        others = listed([name for name in _ordered(found) if name != "-1"])
        raise LabelledDataError(
            f"{where}: label -1 stands beside {others} in {rows_text(rows)} and may mean "
            '"no label". Leave such rows out with ignore_label="-1", or take it for a class by '
            "naming all of them in label_names="
        )
    return _ordered(found)


def _places(names: tuple[str, ...], known: Sequence[str], *, coded: bool) -> dict[str, int]:
    """Return what each text that may stand in the column means, as a place in ``names``."""
    if coded:
        return {str(i): i for i in range(len(names))}
    place = {name: i for i, name in enumerate(names)}
    if any(_whole(name) is not None for name in names):
        return place  # numbers are names here, not places
    numbers = {n for text in set(known) if (n := _whole(text)) is not None}
    first = 1 if numbers and 0 not in numbers and len(names) in numbers else 0
    return place | {str(first + i): i for i in range(len(names))}
