"""Which texts are read together: batches of texts of about the same length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...embeddings.errors import ConfigurationError
from ..indexing import PADDING, IndexedTexts

POOL = 50
"""Batches that are drawn together at random, and sorted by length among themselves."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Some texts as a network takes them.

    Attributes:
        ids: int64[B, L], rows of the embedding matrix; :data:`~.indexing.PADDING` behind the end of
            a text, which no network may take into account.
        lengths: int64[B], tokens of each text, 0 for an empty one; always on the CPU.
    """

    ids: Tensor
    lengths: Tensor

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def tokens(self) -> int:
        """Tokens of all its texts, without padding."""
        return int(self.lengths.sum())

    def to(self, device: Any, *, non_blocking: bool = False) -> Batch:
        """Return the batch with its ids on another device."""
        return replace(self, ids=self.ids.to(device, non_blocking=non_blocking))


def batches(
    lengths: Any,
    *,
    batch_size: int | None = None,
    max_tokens: int | None = None,
    seed: int = 0,
    epoch: int = 0,
    shuffle: bool = True,
) -> list[NDArray[np.int64]]:
    """Group texts into batches of similar lengths; every text is in exactly one.

    Texts are drawn into pools of :data:`POOL` batches at random, sorted by length within the pool
    and cut into batches, which come in random order: a batch holds texts of about one length, but
    with other company in each epoch.

    Args:
        lengths: int[N], tokens of each text.
        batch_size: Most texts in a batch.
        max_tokens: Most tokens in a batch, padding included; a longer text is a batch of its own.
        seed: Of the random order.
        epoch: Number of the passage over the texts: each has an order of its own.
        shuffle: Whether at random; else the longest come first, so that memory runs out at once or
            not at all.

    Returns:
        Numbers of texts, one int64 array for each batch; none for no texts.

    Raises:
        ConfigurationError: Neither limit is given, or one is below 1.
    """
    problems = [
        f"{name}: expected at least 1, found {limit}"
        for name, limit in (("batch_size", batch_size), ("max_tokens", max_tokens))
        if limit is not None and limit < 1
    ]
    if batch_size is None and max_tokens is None:
        problems.append("expected batch_size, max_tokens or both, found neither")
    if problems:
        raise ConfigurationError(*problems)
    sizes = np.asarray(lengths, np.int64)
    if not shuffle:
        return _cut(np.argsort(-sizes, kind="stable"), sizes, batch_size, max_tokens)
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(sizes))
    found: list[NDArray[np.int64]] = []
    for pool in _pools(order, sizes, batch_size, max_tokens):
        by_length = pool[np.argsort(-sizes[pool], kind="stable")]
        found += _cut(by_length, sizes, batch_size, max_tokens)
    return [found[turn] for turn in rng.permutation(len(found))]


def collate(texts: IndexedTexts, rows: Any) -> Batch:
    """Put texts side by side.

    Args:
        texts: Where they are.
        rows: int[B], their numbers.
    """
    chosen = np.asarray(rows, np.int64)
    lengths = texts.lengths[chosen]
    longest = int(lengths.max(initial=0))
    ids = np.full((len(chosen), longest), PADDING, np.int64)
    column = np.arange(longest)
    inside = column < lengths[:, None]
    source = texts.offsets[chosen][:, None] + column
    ids[inside] = texts.ids[source[inside]]
    return Batch(torch.from_numpy(ids), torch.from_numpy(lengths))


def _pools(
    order: NDArray[np.int64],
    sizes: NDArray[np.int64],
    batch_size: int | None,
    max_tokens: int | None,
) -> list[NDArray[np.int64]]:
    """Cut a random order into pools of about :data:`POOL` batches."""
    texts = len(order) if batch_size is None else POOL * batch_size
    if max_tokens is not None and len(order):
        texts = min(texts, POOL * max(1, int(max_tokens / max(1.0, float(sizes.mean())))))
    return [order[start : start + texts] for start in range(0, len(order), max(1, texts))]


def _cut(
    order: NDArray[np.int64],
    sizes: NDArray[np.int64],
    batch_size: int | None,
    max_tokens: int | None,
) -> list[NDArray[np.int64]]:
    """Cut an order, longest first, into batches within the limits."""
    found: list[NDArray[np.int64]] = []
    start = 0
    while start < len(order):
        count = len(order) - start if batch_size is None else batch_size
        if max_tokens is not None:
            count = min(count, max(1, max_tokens // max(1, int(sizes[order[start]]))))
        found.append(order[start : start + count])
        start += count
    return found
