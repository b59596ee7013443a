"""Batches: every text once, alike in length, in another order each epoch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.indexing import IndexedTexts
from wordgraft.models.networks.batching import batches, collate

LENGTHS = np.random.default_rng(0).geometric(1 / 200, 3_000)


@given(
    st.lists(st.integers(0, 50)),
    st.one_of(st.none(), st.integers(1, 7)),
    st.one_of(st.none(), st.integers(1, 99)),
    st.booleans(),
)
def test_every_text_is_in_one_batch_within_the_limits(
    lengths: list[int], size: int | None, tokens: int | None, shuffle: bool
) -> None:
    if size is None and tokens is None:
        return
    found = batches(lengths, batch_size=size, max_tokens=tokens, seed=1, shuffle=shuffle)
    assert sorted(row for batch in found for row in batch.tolist()) == list(range(len(lengths)))
    for batch in found:
        assert size is None or len(batch) <= size
        padded = len(batch) * max(lengths[row] for row in batch)
        assert tokens is None or padded <= tokens or len(batch) == 1


def test_texts_of_a_batch_are_alike_and_their_order_is_not_always_the_same() -> None:
    one, two = (batches(LENGTHS, batch_size=32, seed=1, epoch=epoch) for epoch in (0, 1))
    for found in (one, two):
        padded = sum(len(batch) * LENGTHS[batch].max() for batch in found)
        assert padded < 1.1 * LENGTHS.sum()
        longest = [LENGTHS[batch].max() for batch in found]
        assert abs(np.corrcoef(np.arange(len(longest)), longest)[0, 1]) < 0.3
    assert {frozenset(b.tolist()) for b in one}.isdisjoint(frozenset(b.tolist()) for b in two)
    again = batches(LENGTHS, batch_size=32, seed=1, epoch=1)
    assert all(np.array_equal(a, b) for a, b in zip(two, again, strict=True))
    other = batches(LENGTHS, batch_size=32, seed=2, epoch=1)
    assert not np.array_equal(two[0], other[0])


def test_without_shuffling_the_longest_come_first() -> None:
    found = np.concatenate(batches(LENGTHS, batch_size=32, shuffle=False))
    assert (np.diff(LENGTHS[found]) <= 0).all()
    assert [b.tolist() for b in batches([1, 3, 2], max_tokens=4, shuffle=False)] == [[1], [2, 0]]


def test_no_texts_make_no_batches() -> None:
    assert batches([], batch_size=4) == []


def test_both_limits_are_checked_at_once() -> None:
    with pytest.raises(
        ConfigurationError, match=r"batch_size: .* found 0; max_tokens: .* found -1"
    ):
        batches([1], batch_size=0, max_tokens=-1)
    with pytest.raises(ConfigurationError, match="batch_size, max_tokens or both, found neither"):
        batches([1])


def test_texts_are_put_side_by_side() -> None:
    texts = IndexedTexts(
        np.array([5, 6, 7, 8, 9, 4], np.int32), np.array([0, 3, 3, 5, 6]), np.zeros(4, np.int64)
    )
    batch = collate(texts, [2, 1, 0])
    assert batch.ids.tolist() == [[8, 9, 0], [0, 0, 0], [5, 6, 7]]
    assert batch.lengths.tolist() == [2, 0, 3]
    assert (len(batch), batch.tokens) == (3, 5)
    assert str(batch.ids.dtype) == str(batch.lengths.dtype) == "torch.int64"
    assert collate(texts, [1]).ids.shape == (1, 0)
    assert collate(texts, []).ids.shape == (0, 0)
    assert batch.to("cpu").ids.tolist() == batch.ids.tolist()
