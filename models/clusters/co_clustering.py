"""Self-taught clustering: documents clustered with the help of others, through shared words."""

from __future__ import annotations

import warnings
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.extmath import randomized_svd
from sklearn.utils.validation import check_array

from ...embeddings.errors import ConfigurationError, DomainError

_FLOOR = 1e-12  # below any share of words that occurs; keeps logarithms finite
_DIMENSIONS = 50


@dataclass(eq=False, repr=False)
class SelfTaughtClustering(ClusterMixin, BaseEstimator):
    """Cluster few target documents together with many auxiliary ones, by clusters of their words.

    Words are put in clusters that keep what they say about both kinds of documents; documents are
    put in clusters by the clusters of their words. What is minimised is the information lost,
    ``I(X; Z) - I(X~; Z~)`` of the target's documents X and words Z, plus ``trade_off`` times the
    same of the auxiliary documents. No step makes it greater.

    Args:
        n_clusters: Clusters of the target's documents.
        auxiliary_clusters: Of the auxiliary ones; ``None`` for as many, or one for each of fewer.
        word_clusters: Of the words.
        trade_off: How much the auxiliary documents count (lambda).
        n_init: Starts, of which the one that loses least is kept.
        max_iter: Rounds at most.
        tolerance: A round that gains less than this part of the loss is the last.
        seed: Of the starts.

    Attributes:
        labels_: int64[N], the clusters of the target's documents; -1 for those without a word.
        auxiliary_labels_: int64[M], likewise of the auxiliary ones.
        word_labels_: int64[V], clusters of the words.
        losses_: The loss after each round of the start that was kept, in nats.

    Source: Dai, Yang, Xue and Yu 2008, "Self-taught clustering" (ICML), equations 4 and 9 to 11.
        Without auxiliary documents it is Dhillon, Mallela and Modha 2003. Both begin at random;
        here documents and words begin as k-means finds them in a spectral projection (Dhillon
        2001).
    """

    n_clusters: int = 2
    _: KW_ONLY
    auxiliary_clusters: int | None = None
    word_clusters: int = 64
    trade_off: float = 1.0
    n_init: int = 3
    max_iter: int = 50
    tolerance: float = 1e-6
    seed: int = 0

    def fit(self, X: Any, y: Any = None, Xa: Any = None) -> Self:
        """Cluster.

        Args:
            X: Counts [N, V] of words in the target's documents, dense or sparse, not negative.
            y: Not used; scikit-learn passes it.
            Xa: Counts [M, V] of the same words in auxiliary documents; ``None`` for none.

        Raises:
            ConfigurationError: Settings are wrong; says all that are.
            DomainError: The two have other words, or none in common.
        """
        del y
        target = _shares(X, "target")
        other = None if Xa is None else _shares(Xa, "auxiliary documents")
        self._check(target, other)
        if other is not None:
            _check_common(target, other)
        best: _State | None = None
        for start in range(self.n_init):
            state = self._run(target, other, seed=self.seed + start)
            if best is None or state.losses[-1] < best.losses[-1]:
                best = state
        assert best is not None  # n_init is 1 or more
        self.labels_, self.word_labels_ = _said(target, best.rows), best.words
        self.auxiliary_labels_ = (
            np.zeros(0, np.int64) if best.others is None else _said(other, best.others)
        )
        self.losses_ = best.losses
        self.n_features_in_ = target.shape[1]
        return self

    def _run(self, target: Any, other: Any, *, seed: int) -> _State:
        k = self.n_clusters
        ka = self.auxiliary_clusters or min(k, k if other is None else other.shape[0])
        both = target if other is None else sp.vstack([target, other * self.trade_off])
        documents, words = _projected(sp.csr_array(both), seed)
        n = target.shape[0]
        state = _State(
            _begin(documents[:n], k, seed),
            None if other is None else _begin(documents[n:], ka, seed),
            _begin(words, min(self.word_clusters, len(words)), seed),
            [],
        )
        kz = int(state.words.max()) + 1
        for _ in range(self.max_iter):
            state.words = self._words(target, other, state, (k, ka, kz))
            state.rows = _assigned(target, state.rows, k, state.words, kz)
            if other is not None and state.others is not None:
                state.others = _assigned(other, state.others, ka, state.words, kz)
            state.losses.append(self._loss(target, other, state, (k, ka, kz)))
            last = state.losses[-2:]
            if len(last) == 2 and last[0] - last[1] <= self.tolerance * abs(last[0]):
                break
        return state

    def _words(
        self, target: Any, other: Any, state: _State, sizes: tuple[int, int, int]
    ) -> NDArray[np.int64]:
        """Put each word where its documents' clusters are least surprising (equation 11)."""
        k, ka, kz = sizes
        cost = _word_costs(target, state.rows, k, state.words, kz)
        if other is not None and state.others is not None:
            cost += self.trade_off * _word_costs(other, state.others, ka, state.words, kz)
        return _cheapest(cost, state.words)

    def _loss(self, target: Any, other: Any, state: _State, sizes: tuple[int, int, int]) -> float:
        k, ka, kz = sizes
        loss = _information(target) - _information(_joined(target, state.rows, k, state.words, kz))
        if other is not None and state.others is not None:
            joined = _joined(other, state.others, ka, state.words, kz)
            loss += self.trade_off * (_information(other) - _information(joined))
        return loss

    def _check(self, target: Any, other: Any) -> None:
        problems = [
            f"{name}: expected a whole number from {least}, found {value!r}"
            for name, least in (
                ("n_clusters", 1), ("auxiliary_clusters", 1), ("word_clusters", 1), ("n_init", 1),
                ("max_iter", 1), ("seed", 0),
            )
            if (value := getattr(self, name)) is not None
            and not _is_whole(value, least)
        ]  # fmt: skip
        for name in ("trade_off", "tolerance"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or (
                not 0 <= value < np.inf
            ):  # fmt: skip
                problems.append(f"{name}: expected a number from 0, found {value!r}")
        if not problems:
            for name, table in (("n_clusters", target), ("auxiliary_clusters", other)):
                wanted = getattr(self, name)
                if table is not None and wanted is not None and wanted > table.shape[0]:
                    problems.append(
                        f"{name}={wanted}: expected no more than the {table.shape[0]} documents"
                    )
        if problems:
            raise ConfigurationError(*problems)


@dataclass(eq=False)
class _State:
    """Clusters of the target's documents, the others, the words; and the losses so far."""

    rows: NDArray[np.int64]
    others: NDArray[np.int64] | None
    words: NDArray[np.int64]
    losses: list[float]


def _shares(counts: Any, what: str) -> Any:
    """Return counts as a joint distribution of documents and words, sparse, summing to 1."""
    check: Any = check_array
    checked = check(counts, accept_sparse="csr", dtype=np.float64)
    table = sp.csr_array(checked)
    if table.nnz and float(table.data.min()) < 0:
        raise DomainError(f"{what}: expected counts of words, found numbers below 0")
    total = float(table.sum())
    if not total:
        raise DomainError(f"{what}: no document has a word")
    return table / total


def _said(table: Any, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(np.diff(table.indptr) > 0, labels, -1)


def _check_common(target: Any, other: Any) -> None:
    if target.shape[1] != other.shape[1]:
        raise DomainError(
            f"expected counts of the same words, found {target.shape[1]:,} of the target and "
            f"{other.shape[1]:,} of the auxiliary documents: count both with one vectoriser"
        )
    here, there = (np.asarray(table.sum(axis=0)).ravel() > 0 for table in (target, other))
    if not (here & there).any():
        raise DomainError(
            f"target and auxiliary documents share no word: the {int(here.sum()):,} words of the "
            "one stand nowhere in the other, so nothing can be learnt from it"
        )


def _projected(table: Any, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return documents and words in the space of a spectral projection, of length 1."""
    svd: Any = randomized_svd
    left, right = (1.0 / np.sqrt(np.maximum(np.asarray(table.sum(axis=axis)).ravel(), _FLOOR))
                   for axis in (1, 0))  # fmt: skip
    scaled = sp.diags_array(left) @ table @ sp.diags_array(right)
    size = max(1, min(_DIMENSIONS, min(table.shape) - 1))
    u, _, v = svd(scaled, size, n_iter=4, random_state=seed)
    return _unit(u.astype(np.float32)), _unit(v.T.astype(np.float32))


def _begin(rows: NDArray[np.float32], k: int, seed: int) -> NDArray[np.int64]:
    make: Any = KMeans
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different rows than clusters
        found = make(k, n_init=1, max_iter=20, random_state=seed).fit_predict(rows)
    return found.astype(np.int64)


def _member(labels: NDArray[np.int64], k: int) -> Any:
    """Return a sparse [n, k] of ones."""
    n = len(labels)
    return sp.csr_array((np.ones(n), (np.arange(n), labels)), shape=(n, k))


def _joined(
    table: Any, rows: NDArray[np.int64], k: int, words: NDArray[np.int64], kz: int
) -> NDArray[np.float64]:
    """Return float64[k, kz], p(x~, z~)."""
    return np.asarray((_member(rows, k).T @ table @ _member(words, kz)).todense())


def _assigned(
    table: Any, rows: NDArray[np.int64], k: int, words: NDArray[np.int64], kz: int
) -> NDArray[np.int64]:
    """Put each document where its words' clusters are least surprising (equations 9 and 10).

    ``D(p(Z|x) || p~(Z|x~))`` is, but for what is the same for all clusters, ``- sum over z~ of
    p(z~|x) log p(z~|x~)``.
    """
    by_word = np.asarray((table @ _member(words, kz)).todense())
    joined = _member(rows, k).T @ by_word
    cost = -by_word @ _log_given(joined).T
    return _cheapest(cost, rows, empty=joined.sum(axis=1) <= 0)


def _word_costs(
    table: Any, rows: NDArray[np.int64], k: int, words: NDArray[np.int64], kz: int
) -> NDArray[np.float64]:
    """Return float64[V, kz], ``p(z) D(p(X|z) || p~(X|z~))``, but for what is the same for all."""
    by_row = np.asarray((_member(rows, k).T @ table).todense()).T
    joined = _member(words, kz).T @ by_row
    return -by_row @ _log_given(joined).T


def _log_given(joined: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return logarithms of each row's shares; a row of zeros is as dear as can be."""
    totals = joined.sum(axis=1, keepdims=True)
    return np.log(np.maximum(joined / np.maximum(totals, _FLOOR), _FLOOR))


def _cheapest(
    cost: NDArray[np.float64], now: NDArray[np.int64], *, empty: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Return the cheapest cluster of each row; the one it has where that is as cheap."""
    if empty is not None:
        cost = np.where(empty, np.inf, cost)
    best = cost.argmin(axis=1)
    places = np.arange(len(cost))
    return np.where(cost[places, best] < cost[places, now] - 1e-15, best, now)


def _information(joint: Any) -> float:
    """Return the mutual information of rows and columns, in nats."""
    table = sp.coo_array(joint)
    one, two = (np.asarray(table.sum(axis=axis)).ravel() for axis in (1, 0))
    kept = table.data > 0
    values, (i, j) = table.data[kept], (place[kept] for place in table.coords)
    return float((values * np.log(values / (one[i] * two[j]))).sum())


def _is_whole(value: object, least: int) -> bool:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return whole and int(value) >= least  # type: ignore[arg-type]


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
