"""Pooling against the same in NumPy over each text alone, and what empty texts become."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.networks.pooling import KINDS, Pooling
from wordgraft.models.networks.ragged import Layout

ALL = "last+mean+max+attention"


def by_hand(pooling: Pooling, states: Tensor, lengths: list[int]) -> np.ndarray:
    """The slow twin: every text by itself."""
    rows = []
    for text in states.split(lengths):
        one, half = text.detach().numpy().astype(np.float64), states.shape[1] // 2
        if not len(one):
            rows.append(np.zeros(states.shape[1] * len(pooling.kinds)))
            continue
        parts = {
            "last": np.concatenate([one[-1, :half], one[0, half:]])
            if pooling.directions == 2
            else one[-1],
            "mean": one.mean(0),
            "max": one.max(0),
        }
        if pooling.attention is not None:
            w, b = (p.detach().numpy() for p in pooling.attention.project.parameters())
            v = pooling.attention.score.weight.detach().numpy()[0]
            scores = np.exp(np.tanh(one @ w.T + b) @ v)
            parts["attention"] = (scores / scores.sum()) @ one
        rows.append(np.concatenate([parts[kind] for kind in pooling.kinds]))
    return np.array(rows)


lengths_of_texts = st.lists(st.integers(0, 7), min_size=1, max_size=9)


@given(lengths_of_texts, st.sampled_from([1, 2]), st.sampled_from([*KINDS, ALL, "max+mean"]))
def test_pooling_is_that_of_each_text_alone(
    lengths: list[int], directions: int, kinds: str
) -> None:
    torch.manual_seed(4)
    pooling = Pooling(kinds, 6, directions=directions)
    layout = Layout(np.array(lengths, np.int64))
    states = torch.randn(layout.tokens, 6)
    found = pooling(states, layout)
    assert found.shape == (len(lengths), pooling.size)
    np.testing.assert_allclose(
        found.detach().numpy(), by_hand(pooling, states, lengths), rtol=1e-5, atol=1e-6
    )


@given(lengths_of_texts)
def test_gradients_are_those_of_each_text_alone(lengths: list[int]) -> None:
    torch.manual_seed(5)
    pooling, layout = Pooling(ALL, 6, directions=2), Layout(np.array(lengths, np.int64))
    states = torch.randn(layout.tokens, 6, requires_grad=True)
    weights = torch.randn(len(lengths), pooling.size)
    wanted = [states, *pooling.parameters()]
    mine = torch.autograd.grad((pooling(states, layout) * weights).sum(), wanted)
    parts = [
        (pooling(text, Layout(np.array([len(text)], np.int64))) * weight).sum()
        for text, weight in zip(states.split(lengths), weights, strict=True)
    ]
    theirs = torch.autograd.grad(torch.stack(parts).sum(), wanted)
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_gradients_agree_with_finite_differences() -> None:
    torch.manual_seed(6)
    pooling, layout = Pooling("last+mean+attention", 4).double(), Layout(np.array([3, 0, 2]))
    states = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: pooling(x, layout), (states,))


def test_attention_is_one_in_sum_and_needs_a_pooling_with_it() -> None:
    pooling, layout = Pooling("attention", 4), Layout(np.array([3, 0, 2]))
    weights = pooling.weights(100 * torch.randn(5, 4), layout)
    assert [len(own) for own in weights] == [3, 0, 2]
    torch.testing.assert_close(weights[0].sum(), torch.ones(()))
    torch.testing.assert_close(weights[2].sum(), torch.ones(()))
    with pytest.raises(ConfigurationError, match='"max.mean" has no attention'):
        Pooling("max+mean", 4).weights(torch.zeros(5, 4), layout)


def test_of_equal_largest_numbers_one_learns() -> None:
    states = torch.ones(3, 2, requires_grad=True)
    Pooling("max", 2)(states, Layout(np.array([3]))).sum().backward()
    assert states.grad is not None
    assert sorted(states.grad[:, 0].tolist()) == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("kinds", ["", "min", "max+", "max+max", "max mean", None])
def test_unknown_ways_are_refused(kinds: str) -> None:
    with pytest.raises(ConfigurationError, match="pooling: expected last, mean, max, attention"):
        Pooling(kinds, 4)
