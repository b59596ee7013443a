"""The space where documents meet: what pretrained vectors know, and what the collection says.

An average of pretrained vectors knows which words are alike, but nothing of the collection; latent
semantic analysis knows the collection, and needs much of it. Here every word gets a vector from
both, the mean of the documents that it stands in, and a weight, how much these documents agree:

1. Documents become rows X of TF-IDF, ``(1 + ln tf) * idf``, of length 1.
2. Each is described twice: by its latent semantic analysis, and by the mean of pretrained vectors
   under the weights X. Both are centred and of length 1; side by side they are the description Z.
3. A word's vector is the mean of the descriptions of its documents, weighted by X.
4. Its *topicality* is the length of this mean: near 1 for a word of few topics, near 0 for a word
   that stands everywhere. IDF times topicality replaces IDF in step 1, and steps 2 and 3 are done
   once more. No list of stop words is needed, in no language.
5. A document is the weighted mean of the vectors of its words, centred.

The fewer words a collection has, the less it knows by itself, and the more pretrained vectors count
in step 2 (:data:`EVIDENCE`). Words too rare for step 3 get the vector that a linear map from
pretrained vectors to those of step 3, learnt on the other words, foretells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from ...embeddings.errors import ConfigurationError

DIMENSIONS = 100
"""Dimensions of the latent semantic analysis, in large collections."""
TEXTS_PER_DIMENSION = 10
"""In small ones there are as many texts for each dimension, or more."""
EVIDENCE = 10_000
"""Words of a collection at which its own description counts as much as that by pretrained vectors;
in larger ones the latter counts ``sqrt(EVIDENCE / words)``, as the error of a mean shrinks."""
POWERS = (0.25, 0.0)
"""Singular values to this power, the first time and the second: 1 would leave in front what is
frequent, 0 takes all dimensions alike, which is safe once words that say nothing have no weight."""
ITERATIONS = 8
"""Of the randomised decomposition; with 4 clusters of long documents came out a little worse."""
MIN_TEXTS, MOST_SHARE = 2, 0.5
"""Words get vectors from so many documents or more, and none where a larger share has them."""
RIDGE = 10.0
"""How much evidence the map from pretrained vectors wants before it moves away from zero."""
MOST_TEXTS = 50_000
"""Texts that a space is learnt from; of more a sample of so many is drawn."""
NEGLIGIBLE = 1e-5
"""A centred document shorter than this part of itself is rounding: it says nothing."""


@dataclass(frozen=True, eq=False)
class JointSpace:
    """Vectors and weights of the words of a collection, and the middle of its documents.

    Attributes:
        rows: float32[V, W], a vector for each word; zeros for words that say nothing.
        weights: float32[V], IDF times topicality; 0 for those words.
        centre: float32[W], mean of the collection's documents.
        texts: How many documents it was learnt from.
        share: Weight of the pretrained vectors beside the collection's own description.
    """

    rows: NDArray[np.float32]
    weights: NDArray[np.float32]
    centre: NDArray[np.float32]
    texts: int
    share: float

    def documents(self, counts: Any) -> NDArray[np.float32]:
        """Return float32[N, W], documents of length 1; zeros for those of no known word.

        Args:
            counts: Sparse [N, V], how often each word stands in each document.
        """
        return _centred(_weighted(counts, self.weights) @ self.rows, self.centre)


def joint_space(
    counts: Any, vectors: NDArray[np.float32], *, seed: int = 0, dimensions: int = DIMENSIONS
) -> JointSpace:
    """Learn the space of a collection.

    Args:
        counts: Sparse [N, V], how often each word stands in each document. A word may stand in
            none: it gets the vector that its pretrained one foretells.
        vectors: float32[V, D], pretrained; zeros where a word has none.
        seed: Of the random projections of the analysis, and of the sample of texts.
        dimensions: Of the latent semantic analysis; fewer in small collections. The space has
            these and D: W = dimensions + D.

    Raises:
        ConfigurationError: Fewer than two documents have words, or ``counts`` and ``vectors`` are
            of different words.

    Source: Deerwester et al. 1990 (latent semantic analysis), Arora et al. 2017 (weighted means of
        vectors, centring); the mean of a word's documents is one step of orthogonal iteration, and
        the collection's counterpart of Rocchio's feedback (1971). The rest was found by trial, on
        parts of three collections of news and posts (docs/documents.md).
    """
    counts = sp.csr_array(counts, dtype=np.float32)
    if counts.shape[1] != len(vectors):
        raise ConfigurationError(
            f"expected vectors of the {counts.shape[1]} words counted, found {len(vectors)} rows"
        )
    counts = counts[np.diff(counts.indptr) > 0]
    if counts.shape[0] > MOST_TEXTS:
        rng = np.random.default_rng(seed)
        counts = counts[np.sort(rng.choice(counts.shape[0], MOST_TEXTS, replace=False))]
    texts = counts.shape[0]
    if texts < 2:
        raise ConfigurationError(
            f"expected at least 2 documents with words to learn a space from, found {texts}: "
            'weighting="sif" and others that need no collection take one'
        )
    # int64: a csr_array's own sums of float32 lose single words among millions.
    found = np.bincount(counts.indices, minlength=len(vectors))
    idf = np.log((1 + texts) / (1 + found)) + 1
    learnt = (found >= min(MIN_TEXTS, texts - 1)) & (found <= max(MOST_SHARE * texts, 1))
    if not learnt.any():
        learnt = found > 0  # every word in every text: all there is
    share = min(1.0, float(np.sqrt(EVIDENCE / max(1.0, float(counts.data.sum())))))
    size = max(1, min(dimensions, texts // TEXTS_PER_DIMENSION, int(learnt.sum()) - 1))
    weights = np.where(learnt, idf, 0.0)
    rows = np.zeros((0, 0), np.float32)
    for turn, power in enumerate(POWERS):
        if turn:
            weights = weights * np.linalg.norm(rows, axis=1)
        x = _weighted(counts, weights)
        told = _centred_on_mean(x @ vectors) * np.float32(share)
        own = _centred_on_mean(_analysed(x, size, power, seed))
        rows = _word_means(x, _unit(np.hstack([told, own])))
    rows, weights = _foretold(rows, weights, vectors, learnt=learnt, found=found, idf=idf)
    if size < dimensions:  # one width whatever the collection
        rows = np.pad(rows, ((0, 0), (0, dimensions - size)))
    rows, weights = rows.astype(np.float32), weights.astype(np.float32)
    centre = (_weighted(counts, weights) @ rows).mean(axis=0)
    return JointSpace(rows, weights, centre.astype(np.float32), texts, share)


def _weighted(counts: Any, weights: NDArray[Any]) -> Any:
    """Return float32 rows of length 1: ``(1 + ln tf) * weight``."""
    found = sp.csr_array(counts, dtype=np.float32, copy=True)
    found.data = ((1 + np.log(found.data)) * weights[found.indices]).astype(np.float32)
    squares = sp.csr_array((found.data**2, found.indices, found.indptr), shape=found.shape)
    norms = np.sqrt(np.asarray(squares.sum(axis=1)).ravel())
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    found.data *= np.repeat(scale, np.diff(found.indptr)).astype(np.float32)
    return found


def _analysed(x: Any, size: int, power: float, seed: int) -> NDArray[np.float32]:
    """Return float32[N, size], the latent semantic analysis of rows."""
    used = np.flatnonzero(np.bincount(x.indices[x.data != 0], minlength=x.shape[1]))
    if not len(used):  # no word tells documents apart: they are all alike
        return np.zeros((x.shape[0], size), np.float32)
    svd: Any = randomized_svd  # its signature says n_iter is a str
    left, values, _ = svd(x[:, used], size, n_iter=ITERATIONS, random_state=seed)
    return (left * (values / max(float(values[0]), 1e-30)) ** power).astype(np.float32)


def _word_means(x: Any, described: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32[V, W]: for each word the mean of the descriptions of its documents."""
    mass = np.asarray(x.sum(axis=0)).ravel() + 0.1
    return (x.T @ described) / mass[:, None].astype(np.float32)


def _foretold(
    rows: NDArray[np.float32],
    weights: NDArray[np.float64],
    vectors: NDArray[np.float32],
    *,
    learnt: NDArray[np.bool_],
    found: NDArray[np.int64],
    idf: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Fill in words that are too rare, by ridge regression on pretrained vectors of the others."""
    known = vectors.any(axis=1)
    teach, ask = learnt & known, known & (found < MIN_TEXTS) & ~learnt
    if not (teach.any() and ask.any()):
        return rows, weights
    mass = np.sqrt(found[teach])[:, None]
    scale = float(np.linalg.norm(vectors[teach], axis=1).mean()) or 1.0
    x = (vectors[teach] / scale * mass).astype(np.float64)
    gram = x.T @ x + RIDGE * np.eye(x.shape[1])
    map_ = np.linalg.solve(gram, x.T @ (rows[teach] * mass))
    rows, weights = rows.copy(), weights.copy()
    rows[ask] = vectors[ask] / scale @ map_
    weights[ask] = idf[ask] * np.linalg.norm(rows[ask], axis=1)
    return rows, weights


def _centred_on_mean(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return _centred(rows, rows.mean(axis=0))


def _centred(rows: NDArray[np.float32], centre: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows minus the centre, of length 1; rows of zeros, and those in the centre, zeros."""
    moved = rows - centre
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    moved[(np.linalg.norm(moved, axis=1, keepdims=True) <= NEGLIGIBLE * lengths).ravel()] = 0
    moved[lengths.ravel() == 0] = 0
    return _unit(moved)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
