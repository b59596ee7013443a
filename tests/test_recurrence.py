"""Compiled recurrent layers against PyTorch's own: states, gradients, any company."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from wordgraft.models.networks.encoders import RecurrentEncoder
from wordgraft.models.networks.ragged import Layout, TokenVectors
from wordgraft.models.networks.recurrence import can_run, run_layer

pytestmark = pytest.mark.usefixtures("one_thread")

KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def some_tokens(lengths: list[int], *, size: int, words: int = 7, seed: int = 1) -> TokenVectors:
    torch.manual_seed(seed)
    layout = Layout(np.array(lengths, np.int64))
    index = torch.randint(0, words, (layout.tokens,))
    return TokenVectors(torch.randn(words, size, requires_grad=True), index, layout)


def one_by_one(layer: nn.Module, tokens: TokenVectors) -> Tensor:
    """PyTorch's layer over each text alone."""
    texts = tokens.spread().split(tokens.layout.lengths.tolist())
    found = [layer(text[:, None])[0][:, 0] for text in texts if len(text)]
    return torch.cat(found) if found else torch.zeros(0, layer.hidden_size)  # type: ignore[arg-type]


def learnt(states: Tensor, tokens: TokenVectors, layer: nn.Module, weights: Tensor) -> list[Tensor]:
    wanted = [tokens.vectors, *layer.parameters()]
    return list(torch.autograd.grad((states * weights).sum(), wanted))


@pytest.mark.parametrize("both", [False, True], ids=["forwards", "both ways"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hidden", [16, 5, 37])
def test_states_and_gradients_are_those_of_pytorch(kind: str, both: bool, hidden: int) -> None:
    torch.manual_seed(2)
    layer = KINDS[kind](6, hidden, bidirectional=both)
    # More texts than one group of the kernels, some without tokens, some of one.
    lengths = [3, 0, 11, 1, 1, 7, 0, *range(20), 9, 9]
    tokens = some_tokens(lengths, size=6)
    mine, theirs = run_layer(layer, tokens), one_by_one(layer, tokens)
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=2e-6)
    weights = torch.randn_like(theirs)
    for one, other in zip(
        learnt(mine, tokens, layer, weights), learnt(theirs, tokens, layer, weights), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5 * float(other.abs().max()))


@settings(max_examples=20)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.sampled_from(sorted(KINDS)))
def test_a_text_has_the_same_states_in_any_company(lengths: list[int], kind: str) -> None:
    torch.manual_seed(1)
    layer = KINDS[kind](4, 16, bidirectional=True).requires_grad_(requires_grad=False)
    tokens = some_tokens(lengths, size=4)
    together = run_layer(layer, tokens).split(lengths)
    for text, ids in enumerate(tokens.index.split(lengths)):
        layout = Layout(np.array([len(ids)], np.int64))
        alone = run_layer(layer, TokenVectors(tokens.vectors, ids, layout))
        assert torch.equal(alone, together[text])  # bit by bit


def test_large_numbers_neither_overflow_nor_become_nan() -> None:
    layer = nn.GRU(4, 16)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(1e4)
    tokens = some_tokens([5, 3], size=4)
    torch.testing.assert_close(run_layer(layer, tokens), one_by_one(layer, tokens))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_that_have_diverged_show(kind: str) -> None:
    layer, tokens = KINDS[kind](4, 16), some_tokens([40, 3], size=4)
    with torch.no_grad():
        layer.weight_hh_l0[-1, 2] = float("nan")
    states = run_layer(layer, tokens)
    assert states[:40].isnan().any()
    assert one_by_one(layer, tokens)[:40].isnan().any()


def test_threads_change_nothing() -> None:
    layer, tokens = nn.LSTM(6, 32, bidirectional=True), some_tokens(list(range(40)), size=6)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            states = run_layer(layer, tokens)
            found.append([states.detach(), *learnt(states, tokens, layer, torch.ones(()))][:2])
    finally:
        torch.set_num_threads(before)
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


def test_backward_works_once_and_says_so() -> None:
    layer, tokens = nn.GRU(3, 16), some_tokens([4], size=3)
    total = run_layer(layer, tokens).sum()
    total.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="works once: run it forward again"):
        total.backward()


def test_nothing_is_kept_where_nothing_is_learnt() -> None:
    layer, tokens = nn.GRU(3, 16), some_tokens([4, 2], size=3)
    learning = run_layer(layer, tokens)
    with torch.no_grad():
        states = run_layer(layer, tokens)
    assert learning.requires_grad
    assert not states.requires_grad
    assert torch.equal(states, learning)


@pytest.mark.parametrize("kind", KINDS)
def test_an_encoder_is_the_same_on_both_ways_of_running(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(3)
    encoder = RecurrentEncoder(kind, 6, hidden=8, layers=2, dropout=0.5).eval()  # type: ignore[arg-type]
    tokens = some_tokens([4, 0, 9, 2], size=6)
    mine = encoder(tokens)
    monkeypatch.setattr("wordgraft.models.networks.encoders.can_run", lambda *_: False)
    theirs = encoder(tokens)
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=2e-6)
    assert mine.shape == (15, 16)
    assert encoder(some_tokens([0, 0], size=6)).shape == (0, 16)
    for one, other in zip(
        learnt(mine, tokens, encoder, torch.ones(())),
        learnt(theirs, tokens, encoder, torch.ones(())),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_only_texts_without_words_make_no_states() -> None:
    layer, tokens = nn.GRU(3, 16, bidirectional=True), some_tokens([0, 0], size=3)
    states = run_layer(layer, tokens)
    assert states.shape == (0, 32)
    states.sum().backward()


def test_other_precisions_and_autocast_are_left_to_pytorch() -> None:
    layer = nn.GRU(3, 16)
    assert can_run(layer, torch.zeros(1, 3))
    assert not can_run(layer, torch.zeros(1, 3, dtype=torch.float64))
    assert not can_run(nn.Linear(3, 3), torch.zeros(1, 3))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not can_run(layer, torch.zeros(1, 3))


def test_dropout_between_layers_is_for_training_only() -> None:
    encoder = RecurrentEncoder("gru", 6, hidden=8, layers=2, dropout=0.9)
    tokens = some_tokens([5, 5], size=6)
    assert not torch.equal(encoder(tokens), encoder(tokens))
    encoder.eval()
    assert torch.equal(encoder(tokens), encoder(tokens))
