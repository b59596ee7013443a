"""Translations by cosine, and by cosine corrected for words that are near to everything (CSLS).

In spaces of many dimensions a few words, the hubs, are among the nearest of very many. CSLS takes
off a cosine what both words have with their nearest on the other side anyway, so that a hub is
answered only where it is nearer than hubs always are. All products go through :mod:`.ranking`:
exact, on all cores, and never more of the scores in memory than a cache holds.

Rows of zeros have no direction: they are never an answer, and get none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from .ranking import Ranking, rank_batch
from .similarity import row_norms, unit_rows

Retrieval = Literal["csls", "nearest"]
RETRIEVALS: tuple[Retrieval, ...] = get_args(Retrieval)
_BLOCK = 512  # rows whose scores are held at a time: 40 MB where there are 20,000 answers


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows of two tables that belong together.

    Attributes:
        source: int64[n].
        target: int64[n].
        scores: float32[n], how sure it is: by CSLS, or 1 where it was given.
    """

    source: np.ndarray
    target: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.source)


class Directions:
    """Rows of length 1, as questions and as answers; rows of zeros are known as such.

    Args:
        rows: float32[V, D], finite, of any length.
    """

    def __init__(self, rows: np.ndarray) -> None:
        norms = row_norms(rows)
        self.rows = unit_rows(rows, norms)
        self.there = np.flatnonzero(norms > 0.0)
        self.norms = (norms > 0.0).astype(np.float32)

    def __len__(self) -> int:
        return len(self.rows)

    def head(self, rows: int | None) -> Directions:
        """Return the first so many rows; ``None`` for all."""
        if rows is None or rows >= len(self):
            return self
        return Directions(self.rows[:rows])


def neighbourhood(queries: Directions, answers: Directions, k: int) -> np.ndarray:
    """Return the mean cosine of each row with its ``k`` nearest among the answers.

    Args:
        queries: Q rows.
        answers: V rows.
        k: How many, at least 1; of fewer answers all count.

    Returns:
        float32[Q]; 0.0 for rows of zeros, and where there are no answers.

    Source: Conneau et al. 2018, arXiv:1710.04087, section 2.3: r(x).
    """
    means = np.zeros(len(queries), np.float32)
    found = _ranked(queries.rows[queries.there], answers, k)
    means[queries.there] = [float(one.scores.mean()) if len(one.scores) else 0.0 for one in found]
    return means


def neighbourhoods(source: Directions, target: Directions, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return :func:`neighbourhood` of both sides in each other, float32[V] and float32[U]."""
    return neighbourhood(source, target, k), neighbourhood(target, source, k)


def translations(
    queries: Directions, answers: Directions, topn: int, *, penalties: np.ndarray | None = None
) -> list[Ranking]:
    """Return the best answers for each row.

    Args:
        queries: Q rows.
        answers: V rows.
        topn: How many.
        penalties: float32[V], what :func:`neighbourhood` says of the answers: by CSLS; ``None`` is
            by cosine alone.

    Returns:
        Q rankings, best first; none for rows of zeros. By CSLS the scores are twice the cosine
        minus the answer's penalty; the question's own is the same for all answers and is left out.

    Source: Conneau et al. 2018, arXiv:1710.04087, equation 2.
    """
    none = Ranking(np.empty(0, np.int64), np.empty(0, np.float32))
    rankings = [none] * len(queries)
    asked = queries.rows[queries.there]
    if penalties is None:
        found = _ranked(asked, answers, topn)
    else:
        found = _penalised(asked, answers, topn, penalties)
    for row, ranking in zip(queries.there.tolist(), found, strict=True):
        rankings[row] = ranking
    return rankings


def mutual(source: Directions, target: Directions, *, neighbours: int) -> Pairs:
    """Return the pairs of rows each of which is the other's best answer by CSLS.

    Args:
        source: V rows.
        target: U rows.
        neighbours: Cosines that a neighbourhood is the mean of.

    Returns:
        At most min(V, U) pairs, in the order of the source's rows, with their CSLS.
    """
    around_source, around_target = neighbourhoods(source, target, neighbours)
    forth, scores = _first(translations(source, target, 1, penalties=around_target))
    back, _ = _first(translations(target, source, 1, penalties=around_source))
    rows = np.flatnonzero(forth >= 0)
    rows = rows[back[forth[rows]] == rows]
    return Pairs(rows, forth[rows], scores[rows] - around_source[rows])


def drawn(
    source: Directions,
    target: Directions,
    *,
    around: tuple[np.ndarray, np.ndarray],
    share: float,
    generator: np.random.Generator,
) -> Pairs:
    """Return each row's best answer by CSLS among a random share of the pairs, both ways.

    What a dictionary misses by chance in one turn it may find in the next: that is what lets a poor
    beginning become a good dictionary.

    Args:
        source: V rows.
        target: U rows.
        around: float32[V] and float32[U], what :func:`neighbourhood` says of both.
        share: Of all pairs of a row and a row, those that may be answers; 1 leaves nothing to
            chance. In steps of 1/256.
        generator: Of the draws.

    Returns:
        Up to V + U pairs; one that is best from both sides stands twice.

    Source: Artetxe, Labaka and Agirre 2018 (ACL), arXiv:1805.06297, section 3.3.
    """
    around_source, around_target = around
    limit = min(256, max(1, round(256 * share)))
    forth = np.full(len(source), -1, np.int64)
    forth_scores = np.full(len(source), -np.inf, np.float32)
    back = np.full(len(target), -1, np.int64)
    back_scores = np.full(len(target), -np.inf, np.float32)
    columns = np.arange(len(target))
    answers = 2 * target.rows.T
    for start in range(0, len(source), _BLOCK):
        part = slice(start, start + _BLOCK)
        scores = source.rows[part] @ answers
        scores -= around_source[part, None]
        scores -= around_target
        scores[:, target.norms == 0.0] = -np.inf
        scores[source.norms[part] == 0.0] = -np.inf
        if limit < 256:
            lots = np.frombuffer(generator.bytes(scores.size), np.uint8).reshape(scores.shape)
            scores[lots >= limit] = -np.inf
        places = scores.argmax(axis=1)
        forth[part] = places
        forth_scores[part] = scores[np.arange(len(scores)), places]
        rows = scores.argmax(axis=0)
        tops = scores[rows, columns]
        better = tops > back_scores
        back[better] = rows[better] + start
        back_scores[better] = tops[better]
    rows = np.concatenate((np.arange(len(source)), back))
    found = np.concatenate((forth, columns))
    scores = np.concatenate((forth_scores, back_scores))
    kept = np.isfinite(scores)
    return Pairs(rows[kept], found[kept], scores[kept])


def _first(rankings: Sequence[Ranking]) -> tuple[np.ndarray, np.ndarray]:
    """Return the best row of each ranking, int64[Q], and its score; -1 inside only, for none."""
    rows = np.array([one.rows[0] if len(one.rows) else -1 for one in rankings], np.int64)
    scores = [float(one.scores[0]) if len(one.rows) else 0.0 for one in rankings]
    return rows, np.array(scores, np.float32)


def _ranked(asked: np.ndarray, answers: Directions, k: int) -> list[Ranking]:
    return rank_batch(answers.rows, answers.norms, asked, k, without=[()] * len(asked))


def _penalised(
    asked: np.ndarray, answers: Directions, k: int, penalties: np.ndarray
) -> list[Ranking]:
    """Rank by 2 cos(x, y) - r(y): a cosine too, of rows that are one number longer.

    ``[x, 1] . [y, -r / 2]`` is half of it. Both are shortened to a length of at most 1, as
    :func:`~.ranking.rank_batch` takes them; the lengths it is told are 1, so that it leaves rows as
    they are.
    """
    root = np.float32(np.sqrt(2.0))
    longest = np.float32(np.sqrt(1.0 + float(np.abs(penalties).max(initial=0.0)) ** 2 / 4))
    targets = np.empty((len(asked), asked.shape[1] + 1), np.float32)
    targets[:, :-1], targets[:, -1] = asked / root, 1 / root
    rows = np.empty((len(answers), answers.rows.shape[1] + 1), np.float32)
    rows[:, :-1], rows[:, -1] = answers.rows / longest, -penalties / (2 * longest)
    found = rank_batch(rows, answers.norms, targets, k, without=[()] * len(asked))
    factor = 2 * root * longest
    return [Ranking(one.rows, one.scores * factor) for one in found]
