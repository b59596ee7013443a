"""Answers of a model for texts, one by one, in order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .data_options import DataOptions, one_or_more
from .evaluation import explain_texts
from .labelled import Text
from .outputs import kept_model
from .text_input import text_batches


@dataclass(frozen=True)
class Prediction:
    """One answer.

    Attributes:
        label: The class, the labels joined by ``|``, or the rating.
        probability: Of the class; ``None`` for several labels and ratings.
        probabilities: By class; empty for ratings.
        words: What each word adds to the class, where it was asked for.
        unread: Whether no word of the text is known to the model: the answer is then what it gives
            without reading, the mean of the training texts.
    """

    label: str
    probability: float | None
    probabilities: Mapping[str, float] = field(default_factory=dict[str, float])
    words: tuple[tuple[str, float], ...] = ()
    unread: bool = False


def predict(
    model: str | os.PathLike[str],
    source: Any,
    *,
    text: Sequence[str] = (),
    split: str | None = None,
    data: DataOptions | None = None,
    threshold: float = 0.5,
    explain: bool = False,
    device: str | None = None,
) -> Iterator[Prediction]:
    """Yield an answer for each text, in order.

    Args:
        model: Folder that :func:`train` wrote, or that ``adapt`` or ``zero-shot`` kept a model in.
        source: Texts: a line each, or a column of a table; ``"-"`` for standard input.
        text: Column of the text.
        split: Which part of a folder or data set.
        data: How tables are read.
        threshold: Of several labels a text: the probability from which one counts.
        explain: Say what each word adds.
        device: Where to compute; ``None`` leaves it to the model.
    """
    loaded = load_model(model, device=device)
    how = (data or DataOptions()).reading
    for batch in text_batches(source, text=one_or_more(text), split=split, how=how):
        yield from _answers(loaded, batch, threshold=threshold, explain=explain)


def load_model(path: str | os.PathLike[str], *, device: str | None = None) -> Any:
    """Return what answers for texts: the model of a folder, or the one kept in it."""
    from ..models.loading import load_predictor

    return load_predictor(kept_model(path), device=device)


def _answers(
    model: Any, texts: list[Text], *, threshold: float, explain: bool
) -> Iterator[Prediction]:
    classes, unread = getattr(model, "classes_", None), _unread(model, texts)
    if classes is None:
        for value, blank in zip(model.predict(texts), unread, strict=True):
            yield Prediction(f"{value:.4g}", None, unread=blank)
        return
    names = [str(one) for one in np.asarray(classes).tolist()]
    chances = model.predict_proba(texts)
    best = chances.argmax(axis=1)
    found = explain_texts(model, texts, best) if explain else []
    for i, row in enumerate(chances):
        by_name = {name: float(p) for name, p in zip(names, row, strict=True)}
        words = found[i].top() if found else []
        if getattr(model, "multilabel_", False):
            chosen = [name for name, p in by_name.items() if p >= threshold]
            yield Prediction("|".join(chosen), None, by_name, tuple(words), unread[i])
        else:
            yield Prediction(names[best[i]], float(row[best[i]]), by_name, tuple(words), unread[i])


def _unread(model: Any, texts: list[Text]) -> list[bool]:
    """Say of which texts no word is known."""
    if hasattr(model, "unread"):
        return model.unread(texts).tolist()
    indexer = getattr(model, "indexer_", None)
    return [False] * len(texts) if indexer is None else indexer(texts).empty.tolist()
