"""The critic and its turned gradient, and the networks that learn against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from sklearn.base import clone
from torch import nn
from torch.nn import functional

from reference.toy_domains import reviews
from reference.toy_texts import SMALL, plain, vectors
from wordgraft.embeddings.errors import ConfigurationError, DomainError
from wordgraft.models.domains import network
from wordgraft.models.domains.adversarial import (
    AdversarialNetwork,
    Answers,
    DomainBatch,
    PairedSource,
    adversarial_loss,
    domain_loss,
    reverse_gradient,
    strength_at,
)
from wordgraft.models.domains.network import DomainAdversarial, RowBatches
from wordgraft.models.domains.text_network import DomainAdversarialText
from wordgraft.models.loading import load_estimator
from wordgraft.models.training.batch_source import ArraySource

pytestmark = pytest.mark.usefixtures("one_thread")

QUICK: dict[str, Any] = {"hidden": 16, "critic": 8, "device": "cpu", "rate": 0.01}


def test_the_gradient_comes_back_turned_round() -> None:
    torch.manual_seed(0)
    features = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    critic = nn.Linear(3, 1, dtype=torch.float64)

    def loss(rows: torch.Tensor) -> torch.Tensor:
        return domain_loss(critic(rows).squeeze(1), 2)

    through = reverse_gradient(features, 0.7)
    torch.testing.assert_close(through, features)
    loss(through).backward()
    assert features.grad is not None
    turned, own = features.grad.clone(), critic.weight.grad
    assert own is not None
    critic.weight.grad = None
    step = 1e-6
    by_differences = torch.zeros_like(turned)
    with torch.no_grad():
        for i in range(5):
            for j in range(3):
                moved = features.detach().clone()
                moved[i, j] += step
                up = loss(moved)
                moved[i, j] -= 2 * step
                by_differences[i, j] = (up - loss(moved)) / (2 * step)
    torch.testing.assert_close(turned, -0.7 * by_differences, atol=1e-8, rtol=1e-5)
    straight = features.detach().clone().requires_grad_(True)
    loss(straight).backward()
    torch.testing.assert_close(critic.weight.grad, own)  # the critic itself learns as it should


def test_the_strength_rises_as_in_the_paper() -> None:
    assert strength_at(0.0) == 0.0
    assert strength_at(0.1) == pytest.approx(2 / (1 + np.exp(-1)) - 1)
    assert strength_at(0.5) == pytest.approx(0.98661, abs=1e-5)
    assert strength_at(1.0, most=0.3) == pytest.approx(0.3, abs=1e-4)
    assert strength_at(0.2, steepness=5) == pytest.approx(strength_at(0.1))


def test_each_domain_is_half_of_the_loss_of_domains() -> None:
    logits = torch.tensor([0.3, -0.2, 1.0, 0.5, 0.1])
    own = functional.binary_cross_entropy_with_logits(logits[:2], torch.zeros(2))
    other = functional.binary_cross_entropy_with_logits(logits[2:], torch.ones(3))
    torch.testing.assert_close(domain_loss(logits, 2), (own + other) / 2)
    classes = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    both = adversarial_loss(functional.cross_entropy)
    target = torch.tensor([0, 0])
    torch.testing.assert_close(
        both(Answers(classes, logits), target),
        functional.cross_entropy(classes, target) + (own + other) / 2,
    )
    torch.testing.assert_close(both(classes, target), functional.cross_entropy(classes, target))


def test_pairs_are_a_function_of_the_epoch_and_the_step() -> None:
    source = ArraySource(torch.arange(10.0)[:, None], torch.arange(10), batch_size=4)
    target = ArraySource(torch.arange(100.0, 106.0)[:, None], torch.zeros(6), batch_size=3)
    pairs = PairedSource(source, target, epochs=2, strength=strength_at)
    epochs = [list(pairs.epoch(n)) for n in range(2)]
    assert [len(one) for one in epochs] == [3, 3]
    for _ in range(2):
        assert sorted(x for b, _ in epochs[0] for x in b.source.ravel().tolist()) == list(range(10))
    met = [x for one in epochs for b, _ in one for x in b.target.ravel().tolist()]
    assert sorted(met) == sorted([*range(100, 106)] * 3)  # six batches, two a passage
    assert [b.strength for b, _ in epochs[0]] == [strength_at(i / 6) for i in range(3)]
    again = pairs.epoch(1)[2]
    torch.testing.assert_close(again[0].source, epochs[1][2][0].source)
    assert pairs.digest() != PairedSource(source, target, epochs=3, strength=strength_at).digest()
    with pytest.raises(IndexError, match="from 0 to 2, found 3"):
        pairs.epoch(0)[3]
    batch = DomainBatch(torch.zeros(4, 1), torch.zeros(2, 1), 0.5)
    assert batch.tokens == 6
    assert batch.to("cpu").strength == 0.5


def test_without_strength_the_critic_changes_nothing_below() -> None:
    X, y, Xt, _ = reviews(60)
    settings = {**QUICK, "strength": 0.0, "epochs": 3}
    one = DomainAdversarial(**settings).fit(X, y, Xt)
    other = DomainAdversarial(**settings).fit(X, y, Xt[::-1])
    for name, tensor in one.network_.body.state_dict().items():
        assert torch.equal(tensor, other.network_.body.state_dict()[name])
    adapted = DomainAdversarial(**{**settings, "strength": 1.0}).fit(X, y, Xt)
    assert not np.array_equal(adapted.predict_proba(X), one.predict_proba(X))


def test_what_says_the_domain_is_given_up_though_it_says_the_class_in_the_source() -> None:
    gains: list[float] = []
    for seed in (0, 2):
        rng = np.random.default_rng(seed)
        y, yt = rng.integers(2, size=(2, 400))
        noise, other = rng.normal(size=(2, 400, 2)) * [1.0, 0.5]
        X = np.outer(2 * y - 1, [1.5, 1.0]) + noise
        Xt = np.outer(2 * yt - 1, [1.5, 0.0]) + other + [0, 3]  # the second column tells the domain
        settings = {**QUICK, "epochs": 40, "input_dropout": 0.0, "dropout": 0.0}
        plainly, adapted = (
            DomainAdversarial(**settings, strength=strength).fit(X, y, Xt)
            for strength in (0.0, 1.0)
        )
        assert plainly.score(X, y) > 0.95
        assert plainly.score(Xt, yt) < 0.6
        gains.append(adapted.score(Xt, yt) - plainly.score(Xt, yt))
    assert np.mean(gains) > 0.1


def test_the_protocol_of_features() -> None:
    X, y, Xt, _ = reviews(60)
    labels = ["good" if one else "bad" for one in y]
    model = DomainAdversarial(**QUICK, epochs=2)
    state = torch.random.get_rng_state()
    first = model.fit(X, labels, Xt).predict_proba(Xt)
    assert torch.equal(state, torch.random.get_rng_state())
    np.testing.assert_array_equal(clone(model).fit(X, labels, Xt).predict_proba(Xt), first)
    full = clone(model).fit(X.toarray(), labels, Xt.toarray())
    np.testing.assert_allclose(full.predict_proba(Xt.toarray()), first, atol=1e-6)
    np.testing.assert_allclose(first.sum(1), 1)
    assert set(model.predict(Xt)) <= {"good", "bad"}
    assert len(model.history_.epochs) == 2
    assert model.history_.epochs[0].accuracy is not None
    with pytest.raises(DomainError, match="found None"):
        model.fit(X, labels)
    with pytest.raises(DomainError, match="swapped"):
        model.fit(X, labels, Xt[:, :5])
    with pytest.raises(ValueError, match="has 5 features, but DomainAdversarial is expecting 80"):
        full.predict(X[:, :5])
    assert DomainAdversarial(**QUICK, epochs=1, batch_size=500).fit(X, y, Xt[:7]) is not None
    wrong = dict.fromkeys(model.get_params(), -1) | {"device": "toaster"}
    with pytest.raises(ConfigurationError) as told:
        DomainAdversarial(**wrong).fit(X, y, Xt)
    assert {one.split(":")[0] for one in told.value.problems} == set(wrong)


def test_few_rows_are_passed_over_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LEAST_EPOCHS", 2)
    monkeypatch.setattr(network, "LEAST_STEPS", 60)
    X, y, Xt, _ = reviews(60)
    for rows, epochs, expected in ((4, None, 4), (1, None, 2), (4, 3, 3)):  # 15 and 60 steps
        model = DomainAdversarial(hidden=2, batch_size=rows, epochs=epochs, device="cpu")
        assert len(model.fit(X, y, Xt).history_.epochs) == expected


def test_rows_come_dense_and_each_once_an_epoch() -> None:
    X, y, *_ = reviews(50)
    source = RowBatches(X, y, batch_size=16, seed=3)
    seen = [(rows, labels) for rows, labels in source.epoch(0)]
    assert [len(labels) for _, labels in seen] == [17, 17, 16]
    assert len(source) == 3
    assert sum(len(rows) for rows, _ in seen) == 50
    assert seen[0][0].dtype == torch.float32
    first = source.epoch(0)[1][0]
    torch.testing.assert_close(first, seen[1][0])
    assert RowBatches(X, y, batch_size=16, seed=4).digest() != source.digest()
    assert RowBatches(sp.csr_matrix(X * 2), y, batch_size=16, seed=3).digest() != source.digest()


# --- texts ------------------------------------------------------------------------------------


def test_texts_are_learnt_against_a_critic(tmp_path: Path) -> None:
    texts, labels = plain(60)
    others = [text.replace("the plot", "a book") for text in plain(50, seed=2)[0]]
    settings = {**SMALL, "epochs": 3, "head_epochs": 1}
    model = DomainAdversarialText(vectors(), **settings, strength=0.5, critic=4)
    model.fit(texts, labels, [*others, "xyzzy"])
    assert model.score(texts, labels) >= 0.8
    assert [epoch.stage for epoch in model.history_.epochs] == ["head", "all", "all", "all"]
    assert "critic.0.weight" not in model.network_.state_dict()
    assert not hasattr(model, "_target")
    again = clone(model).fit(texts, labels, [*others, "xyzzy"])
    np.testing.assert_array_equal(again.predict_proba(others), model.predict_proba(others))
    plainly = clone(model).set_params(strength=0.0).fit(texts, labels, others)
    assert not np.array_equal(plainly.predict_proba(others), model.predict_proba(others))
    model.save(tmp_path / "model")
    loaded = load_estimator(tmp_path / "model", device="cpu")
    assert isinstance(loaded, DomainAdversarialText)
    assert loaded.strength == 0.5
    np.testing.assert_array_equal(loaded.predict_proba(others), model.predict_proba(others))


def test_a_killed_run_on_texts_is_resumed(tmp_path: Path) -> None:
    import signal

    from wordgraft.embeddings.errors import TrainingInterrupted
    from wordgraft.models.training.progress import FitProgress

    texts, labels = plain(40)
    others = plain(30, seed=2)[0]
    settings = {**SMALL, "epochs": 3, "head_epochs": 1}
    model = DomainAdversarialText(vectors(), **settings, strength=0.5, critic=4)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def stop(state: FitProgress) -> None:
        if state.epoch == 3:
            signal.raise_signal(signal.SIGINT)

    try:
        with pytest.raises(TrainingInterrupted):
            model.fit(texts, labels, others, checkpoint=tmp_path / "kept", progress=stop)
    finally:
        signal.signal(signal.SIGINT, before)
    model.fit(texts, labels, others, checkpoint=tmp_path / "kept", resume=True)
    whole = clone(model).fit(texts, labels, others)
    np.testing.assert_array_equal(whole.predict_proba(others), model.predict_proba(others))


def test_texts_of_another_language_are_refused() -> None:
    texts, labels = plain(20)
    model = DomainAdversarialText(vectors(), **SMALL)
    with pytest.raises(DomainError, match="none of the 2 texts of the target has a word"):
        model.fit(texts, labels, ["привет", "мир"])
    with pytest.raises(DomainError, match="found None"):
        model.fit(texts, labels)
    with pytest.raises(ConfigurationError, match="strength: .*; steepness: .*; critic: "):
        DomainAdversarialText(vectors(), **SMALL, strength=-1, steepness=0, critic=-1).fit(
            texts, labels, texts
        )


def test_a_network_without_hidden_critic_is_linear() -> None:
    network = AdversarialNetwork(nn.Identity(), nn.Linear(3, 2), 3, hidden=0)
    assert len(network.critic) == 1
    answers = network(DomainBatch(torch.zeros(4, 3), torch.zeros(2, 3), 1.0))
    assert answers.classes.shape == (4, 2)
    assert answers.domains.shape == (6,)
    assert network(torch.zeros(5, 3)).shape == (5, 2)
