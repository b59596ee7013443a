"""Labels as they are given, to numbers that a network learns; mistakes named row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..embeddings.errors import ConfigurationError, LabelledDataError

_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Classes:
    """Labels of N texts.

    Attributes:
        classes: The C classes in order, or names of the labels.
        numbers: int64[N], places in ``classes``; or int64[N, C] of 0 and 1.
        multilabel: Whether texts have several labels.
    """

    classes: np.ndarray
    numbers: NDArray[np.int64]
    multilabel: bool

    @property
    def shares(self) -> NDArray[np.float64]:
        """float64[C], the share of the texts that have each."""
        if self.multilabel:
            return self.numbers.mean(axis=0)
        return np.bincount(self.numbers, minlength=len(self.classes)) / len(self.numbers)


def classes_of(y: Any, *, label_names: Sequence[str] | None = None) -> Classes:
    """Return the classes of labels, and which of them each text has.

    Args:
        y: N classes (``str``, ``int`` or ``bool``), or [N, C] of 0 and 1.
        label_names: Names of the columns of the latter; ``None`` for 0, 1, ...

    Raises:
        LabelledDataError: Labels are missing (rows named), no classes, or of one class only.
        ConfigurationError: ``label_names`` are of another number.
    """
    given = _array(y)
    if given.ndim == 2:
        return _several(given, label_names)
    if given.ndim != 1:
        raise LabelledDataError(
            f"expected a label for each text, or [texts, labels] of 0 and 1, found an array of "
            f"shape {list(given.shape)}"
        )
    _refuse_missing(given)
    if given.dtype.kind == "f":
        whole = np.isfinite(given) & (given == np.round(given))
        if not whole.all():
            at = int(np.flatnonzero(~whole)[0])
            raise LabelledDataError(
                f"expected classes, found the number {given[at]:g} in row {at}: for ratings use "
                "TextRegressor; for numbers that name classes make them str"
            )
        given = given.astype(np.int64)
    try:
        classes, numbers = np.unique(given, return_inverse=True)
    except TypeError:
        kinds = sorted({type(one).__name__ for one in given.tolist()})
        raise LabelledDataError(
            f"expected labels of one type, found {' and '.join(kinds)}: make them all str"
        ) from None
    if classes.dtype == object:
        classes = np.array(classes.tolist())
    if len(classes) < 2:
        raise LabelledDataError(
            f"expected at least two classes, found {len(classes)}"
            + (f": {classes.tolist()[0]!r} in all {len(given):,} rows" if len(classes) else "")
        )
    return Classes(classes, numbers.astype(np.int64), multilabel=False)


def ratings_of(y: Any) -> NDArray[np.float64]:
    """Return float64[N], a number for each text.

    Raises:
        LabelledDataError: Some are missing or no numbers (rows named), or the shape is another.
    """
    given = _array(y)
    if given.ndim != 1 or not len(given):
        raise LabelledDataError(
            f"expected a number for each text, found an array of shape {list(given.shape)}"
        )
    _refuse_missing(given)
    try:
        if given.dtype.kind not in "biufUSO":
            raise TypeError
        numbers = given.astype(np.float64)
    except (TypeError, ValueError):
        at = next((i for i, one in enumerate(given.tolist()) if not _is_number(one)), 0)
        raise LabelledDataError(
            f"expected numbers, found {given.tolist()[at]!r} in row {at}: for classes use "
            "TextClassifier"
        ) from None
    endless = np.flatnonzero(~np.isfinite(numbers))
    if len(endless):
        raise LabelledDataError(f"expected finite numbers, found others in {_rows(endless)}")
    return numbers


def class_weights(found: Classes, wanted: Any) -> Tensor | None:
    """Return float32[C], what a text of each class counts; ``None`` for all the same.

    Args:
        found: The labels.
        wanted: "balanced": one over the class's frequency, 1 on average over the texts. Or a
            mapping of classes to numbers; what it leaves out counts 1. For several labels a text,
            what the presence of a label counts against its absence.

    Raises:
        ConfigurationError: The mapping names no class, or something else than numbers from 0.
    """
    if wanted is None:
        return None
    if isinstance(wanted, Mapping):
        return _named_weights(found.classes.tolist(), wanted)
    shares = np.maximum(found.shares, 1.0 / len(found.numbers))
    own = (1 - shares) / shares if found.multilabel else 1 / (shares * len(found.classes))
    return torch.tensor(np.maximum(own, 1e-3), dtype=torch.float32)


def _named_weights(classes: list[Any], wanted: Mapping[Any, Any]) -> Tensor:
    unknown = [name for name in wanted if name not in classes]
    bad = [n for n, v in wanted.items() if not _is_number(v) or not 0 <= float(v) < np.inf]
    problems = [f"class_weight: {name!r} is none of the classes" for name in unknown]
    problems += [f"class_weight: expected numbers from 0, found {wanted[n]!r}" for n in bad]
    if problems:
        raise ConfigurationError(*problems)
    return torch.tensor([float(wanted.get(name, 1.0)) for name in classes])


def _array(y: Any) -> np.ndarray:
    if y is None:
        raise LabelledDataError("expected labels, found None: y is what is learnt")
    if hasattr(y, "to_numpy"):
        y = y.to_numpy()
    elif hasattr(y, "toarray"):  # scipy's
        y = y.toarray()
    try:
        given = np.asarray(y)
    except ValueError:
        raise LabelledDataError(
            "expected a label for each text, or [texts, labels] of 0 and 1, found lists of "
            "different lengths: scikit-learn's MultiLabelBinarizer makes such a table of them"
        ) from None
    mixed = given.dtype.kind in "US" and not isinstance(y, np.ndarray)
    # numpy writes None and numbers among texts as texts.
    return np.array(list(y), dtype=object) if mixed and given.ndim == 1 else given


def _several(given: np.ndarray, names: Sequence[str] | None) -> Classes:
    if not given.size:
        raise LabelledDataError(
            f"expected labels, found none: an array of shape {list(given.shape)}"
        )
    _refuse_missing(given)
    try:
        fits = np.isin(given.astype(np.float64), (0.0, 1.0))
    except (TypeError, ValueError):
        fits = np.zeros(given.shape, bool)
    if not fits.all():
        at = np.argwhere(~fits)[0]
        value = given[at[0]].tolist()[at[1]]
        raise LabelledDataError(
            f"expected 0 and 1 where texts have several labels, found {value!r} in row "
            f"{at[0]}, column {at[1]}"
        )
    classes = np.arange(given.shape[1])
    if names is not None:
        own = [] if isinstance(names, str) else list(names)
        distinct = len(set(own)) == len(own) and all(isinstance(name, str) for name in own)
        if len(own) != given.shape[1] or not distinct:
            raise ConfigurationError(
                f"label_names: expected {given.shape[1]} distinct names, one a column, found "
                f"{names!r:.80}"
            )
        classes = np.array(own, dtype=str)
    return Classes(classes, given.astype(np.int64), multilabel=True)


def _refuse_missing(given: np.ndarray) -> None:
    if not given.size:
        return
    if given.dtype.kind == "f":
        missing = np.isnan(given)
    elif given.dtype == object:
        flat = [_is_missing(one) for one in given.ravel().tolist()]
        missing = np.array(flat, bool).reshape(given.shape)
    else:
        return
    rows = np.flatnonzero(missing.reshape(len(given), -1).any(axis=1))
    if len(rows):
        raise LabelledDataError(
            f"expected a label for each text, found none in {_rows(rows)}: leave those texts out"
        )


def _is_missing(value: Any) -> bool:
    """Return whether a value stands for none: None, NaN, or what pandas has for them."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))


def _rows(rows: NDArray[Any]) -> str:
    shown = ", ".join(map(str, rows[:_SHOWN].tolist()))
    more = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
