"""Names for clusters: words that stand out in them, words near their centres, typical documents."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.similarity import row_norms, unit_rows
from ..indexing import Text
from .clustering import Clustering
from .rows import checked_rows
from .words import ClusterWords, count_cluster_words

TERMS, TITLE = 10, 3
"""Words kept of a cluster, and those that are its title."""
_LEAST, _SMALL = 2, 8  # documents a term stands in; in clusters below that size 1 is enough
_RARE = 0.003  # share of the documents that a word near a centre stands in: others say little
_JOINTS = frozenset("'’-_.·")  # may stand within a word


@dataclass(frozen=True)
class Term:
    """A word that stands out in a cluster.

    Attributes:
        word: The word.
        weight: As :func:`cluster_terms` says.
        documents: Documents of the cluster it stands in.
    """

    word: str
    weight: float
    documents: int


@dataclass(frozen=True)
class ClusterName:
    """What a cluster is about.

    Attributes:
        terms: Words that stand out in it, the most outstanding first.
        nearest: Words whose vectors are nearest to its centre, with their cosines; empty where the
            space of the documents has no words.
    """

    terms: tuple[Term, ...]
    nearest: tuple[tuple[str, float], ...] = ()

    @property
    def title(self) -> str:
        """The first words, with commas; "(no words)" where there are none."""
        words = [term.word for term in self.terms[:TITLE]] or [w for w, _ in self.nearest[:TITLE]]
        return ", ".join(words) or "(no words)"

    def __str__(self) -> str:
        return self.title


def name_clusters(
    texts: Sequence[Text],
    clustering: Clustering,
    *,
    tokenizer: Any = "default",
    terms: int = TERMS,
    stop_words: Collection[str] = (),
    vectorizer: Any = None,
) -> tuple[ClusterName, ...]:
    """Return a name for each cluster.

    Args:
        texts: The N documents that were clustered.
        clustering: Their clusters.
        tokenizer: How texts become words.
        terms: How many words to keep of each kind.
        stop_words: Words never to use. None are needed: what is everywhere has no weight.
        vectorizer: The fitted :class:`.DocumentVectorizer` of the rows, for nearest words.

    Raises:
        TypeError: ``texts`` are no texts.
    """
    counts = count_cluster_words(
        texts, clustering.labels, clusters=len(clustering), tokenizer=tokenizer
    )
    found = cluster_terms(counts, terms=terms, stop_words=stop_words)
    near = _nearest(clustering, counts, vectorizer, terms)
    return tuple(ClusterName(*both) for both in zip(found, near, strict=True))


def cluster_terms(
    counts: ClusterWords, *, terms: int = TERMS, stop_words: Collection[str] = ()
) -> list[tuple[Term, ...]]:
    """Return the words that stand out in each cluster, the most outstanding first.

    A word's weight in cluster c is ``f / n * log(1 + A / F) * (1 - H / log K)``: the share of its
    documents with the word, times the class-based inverse frequency (A is the mean of the
    clusters' sums of f, F the word's own sum), times how unevenly the word is spread: H is the
    entropy of its shares over the clusters. What is in all clusters alike, such as function words,
    has no weight, in any language and without a list. A word counts only where its share is above
    that of the average cluster.

    Words without a letter, single letters and addresses are left out, and forms of a word that is
    already there (labour, labour's).

    Args:
        counts: Words by cluster.
        terms: How many at most.
        stop_words: Words never to use.

    Source: Grootendorst 2022 (arXiv:2203.05794), equation 2, with documents counted for words, as
        shares; the last factor is that of Dumais 1991 (log-entropy weighting), over clusters.
    """
    clusters = len(counts.sizes)
    table = counts.documents.tocsc()
    shares = table.multiply(1.0 / np.maximum(counts.sizes, 1)[:, None]).tocsc()
    totals = np.asarray(shares.sum(axis=0)).ravel()
    column = np.repeat(np.arange(table.shape[1]), np.diff(table.indptr))
    spread = shares.data / totals[column]
    frequency = np.asarray(table.sum(axis=0)).ravel()
    uneven = np.ones(table.shape[1])
    if clusters > 1:
        entropy = -np.bincount(column, spread * np.log(spread), minlength=table.shape[1])
        uneven = np.maximum(1.0 - entropy / np.log(clusters), 0.0)
    mean = table.sum() / max(clusters, 1)
    weight = shares.data * (np.log1p(mean / np.maximum(frequency, 1)) * uneven)[column]
    least = np.where(counts.sizes < _SMALL, 1, _LEAST)[table.indices]
    above = spread * clusters > 1.0 if clusters > 1 else np.ones(len(spread), bool)
    weight = np.where(above & (table.data >= least), weight, 0.0)
    banned = {word.lower() for word in stop_words}
    found: list[tuple[Term, ...]] = []
    for cluster in range(clusters):
        own = np.flatnonzero((table.indices == cluster) & (weight > 0.0))
        order = own[np.argsort(-weight[own], kind="stable")]
        chosen: list[Term] = []
        for place in order.tolist():
            word = str(counts.words[int(column[place])])
            if word.lower() in banned or not _tells(word) or _same(word, chosen):
                continue
            chosen.append(Term(word, float(weight[place]), int(table.data[place])))
            if len(chosen) == terms:
                break
        found.append(tuple(chosen))
    return found


def nearest_words(
    centres: NDArray[np.float32],
    words: Sequence[str],
    rows: NDArray[np.float32],
    *,
    terms: int = TERMS,
) -> list[tuple[tuple[str, float], ...]]:
    """Return the words whose rows are nearest to each centre, by cosine.

    Args:
        centres: float32[K, W].
        words: V words.
        rows: float32[V, W], of the words in the space of the centres.
        terms: How many at most.
    """
    directions = unit_rows(centres, row_norms(centres))
    cosines = unit_rows(rows, row_norms(rows)) @ directions.T
    order = np.argsort(-cosines, axis=0, kind="stable")
    found: list[tuple[tuple[str, float], ...]] = []
    for cluster in range(len(centres)):
        chosen: list[Term] = []
        for place in order[:, cluster].tolist():
            word, cosine = str(words[int(place)]), float(cosines[place, cluster])
            if len(chosen) == terms or cosine <= 0.0:
                break
            if _tells(word) and not _same(word, chosen):
                chosen.append(Term(word, cosine, 0))
        found.append(tuple((one.word, one.weight) for one in chosen))
    return found


def typical_documents(
    rows: Any, clustering: Clustering, *, count: int = 5, texts: Sequence[Text] | None = None
) -> list[tuple[int, ...]]:
    """Return the documents of each cluster nearest to its centre, the nearest first.

    Args:
        rows: float[N, W], what was clustered.
        clustering: The clusters.
        count: How many of each.
        texts: The N documents: one that says the same as a nearer one is left out.
    """
    close = clustering.closeness(checked_rows(rows))
    order = np.lexsort((-close, clustering.labels))
    order = order[clustering.labels[order] >= 0]
    starts = np.concatenate([[0], np.cumsum(clustering.sizes)])
    found: list[tuple[int, ...]] = []
    for cluster in range(len(clustering)):
        chosen: list[int] = []
        said: set[Any] = set()
        for place in order[starts[cluster] : starts[cluster + 1]].tolist():
            if len(chosen) == count:
                break
            if texts is not None:
                text = texts[place]
                key = " ".join(text.split()).lower() if isinstance(text, str) else tuple(text)
                if key in said:
                    continue
                said.add(key)
            chosen.append(place)
        found.append(tuple(chosen))
    return found


def _nearest(
    clustering: Clustering, counts: ClusterWords, vectorizer: Any, terms: int
) -> list[tuple[tuple[str, float], ...]]:
    if vectorizer is None:
        return [()] * len(clustering)
    frequency = np.asarray(counts.documents.sum(axis=0)).ravel()
    documents = int(counts.sizes.sum())
    least = max(_LEAST, round(_RARE * documents)) if documents >= _SMALL else 1
    words = [counts.words[i] for i in np.flatnonzero(frequency >= least).tolist()]
    rows = vectorizer.transform([[word] for word in words])
    known = np.flatnonzero(row_norms(rows)).tolist()
    return nearest_words(clustering.centres, [words[i] for i in known], rows[known], terms=terms)


def _tells(word: str) -> bool:
    """Say whether a word may name something: it has letters and no signs but joints."""
    letters = [sign for sign in word if sign.isalpha()]
    if not letters or any(not (s.isalnum() or s in _JOINTS or _is_mark(s)) for s in word):
        return False
    # A single letter is a word only in scripts without cases.
    return len(letters) > 1 or letters[0].lower() == letters[0].upper()


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign).startswith("M")


def _same(word: str, chosen: Sequence[Term]) -> bool:
    """Say whether a word is a form of one that is there: films, film's, tories."""
    for other in chosen:
        short, long = sorted((word.lower(), other.word.lower()), key=len)
        stem = short[:-1] if short.endswith("y") else short
        if len(stem) >= 3 and long.startswith(stem) and len(long) - len(stem) <= 3:
            return True
    return False
