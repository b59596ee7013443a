"""Classes by the very words of their names: what zero-shot learning is without vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ..indexing import FIRST_WORD, Text, TextIndexer, listed_texts


def match_names(
    texts: Iterable[Text], names: Sequence[Sequence[str]], *, tokenizer: Any = "default"
) -> NDArray[np.int64]:
    """Return int64[N], the class whose words a text has most of; -1 where it has none.

    A word counts ``(1 + ln tf) idf``, as TF-IDF has it, divided by the length of the class's own
    weights; ties go to the first class. It is the comparison for what vectors add.

    Args:
        texts: N texts.
        names: Words of each of C classes.
        tokenizer: How texts become words.
    """
    listed = listed_texts(texts)
    words = sorted({word for one in names for word in one})
    if not words:
        return np.full(len(listed), -1, np.int64)
    read = TextIndexer(words, tokenizer)(listed)
    counts = sp.csr_array(
        (np.ones(len(read.ids)), read.ids - FIRST_WORD, read.offsets.copy()),
        shape=(len(listed), len(words)),
    )
    counts.sum_duplicates()
    frequency = np.bincount(counts.indices, minlength=len(words))
    idf = np.log((1 + len(listed)) / (1 + frequency)) + 1
    place = {word: number for number, word in enumerate(words)}
    classes = np.zeros((len(words), len(names)))
    for number, one in enumerate(names):
        for word in one:
            classes[place[word], number] = idf[place[word]]
    classes /= np.maximum(np.linalg.norm(classes, axis=0), 1e-12)
    counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
    scores = np.asarray(counts @ classes)
    return np.where(scores.any(axis=1), scores.argmax(axis=1), -1)
