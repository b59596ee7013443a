"""MultiTaskClassifier: several heads on one reader, labels that are partly there, a head added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch.nn import functional

from reference.toy_texts import SMALL, plain, small, vectors
from wordgraft.embeddings.errors import ConfigurationError, LabelledDataError, ModelFormatError
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.multitask import MultiTaskClassifier
from wordgraft.models.task_heads import TaskHeads, task_loss, task_score
from wordgraft.models.task_labels import joined_tasks, sampled, sampling_rates, task_labels
from wordgraft.models.training.row_optimizer import RowAdam

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = vectors()
ASPECTS = ("music", "plot", "story")


def about(count: int = 120, *, seed: int = 1) -> tuple[list[str], list[str], list[str]]:
    """Texts, the mood of each, and what each is about."""
    texts, moods = plain(count, seed=seed)
    topics = [ASPECTS[n] for n in np.random.default_rng(seed).integers(0, 3, count)]
    said = [text.replace("plot", topic) for text, topic in zip(texts, topics, strict=True)]
    return said, moods, topics


TEXTS, MOODS, TOPICS = about()
PARTLY: dict[str, list[Any]] = {
    "mood": [mood if n % 3 else None for n, mood in enumerate(MOODS)],
    "topic": [topic if n % 2 else None for n, topic in enumerate(TOPICS)],
}
UNKNOWN = "qqq www"


def multi(**settings: Any) -> MultiTaskClassifier:
    return MultiTaskClassifier(WORDS, **{**SMALL, **settings})


@pytest.fixture(scope="module")
def fitted() -> MultiTaskClassifier:
    return multi().fit(TEXTS, PARTLY)


# --- learning --------------------------------------------------------------------------------


def test_tasks_of_other_classes_are_learnt_from_labels_partly_there(
    fitted: MultiTaskClassifier,
) -> None:
    assert fitted.tasks_ == ("mood", "topic")
    assert fitted.classes_["topic"].tolist() == list(ASPECTS)
    assert fitted.unlabelled_ == sum(n % 3 == 0 and n % 2 == 0 for n in range(120))
    new, moods, topics = about(60, seed=2)
    found = fitted.predict(new)
    assert (found["mood"] == np.array(moods)).mean() >= 0.95
    assert (found["topic"] == np.array(topics)).mean() >= 0.7  # 40 labels; a third by chance
    assert fitted.predict(new, task="mood").tolist() == found["mood"].tolist()
    scores = fitted.scores(TEXTS, PARTLY)
    assert fitted.score(TEXTS, PARTLY) == pytest.approx((scores["mood"] + scores["topic"]) / 2)


def test_probabilities_are_shares_and_a_text_that_cannot_be_read_gets_the_prior(
    fitted: MultiTaskClassifier,
) -> None:
    found = fitted.predict_proba([TEXTS[0], UNKNOWN])
    for name, chances in found.items():
        np.testing.assert_allclose(chances.sum(1), 1.0)
        np.testing.assert_allclose(chances[1], fitted.priors_[name])
        own = [one for one in PARTLY[name] if one is not None]
        shares = [own.count(one) / len(own) for one in fitted.classes_[name]]
        np.testing.assert_allclose(fitted.priors_[name], shares)


def test_one_task_is_what_the_plain_classifier_learns() -> None:
    alone = small(WORDS, epochs=3).fit(TEXTS, MOODS)
    both = multi(epochs=3).fit(TEXTS, {"mood": MOODS})
    np.testing.assert_allclose(
        both.predict_proba(TEXTS, task="mood"), alone.predict_proba(TEXTS), atol=1e-5
    )


def test_a_task_without_weight_teaches_nothing() -> None:
    y = {"mood": MOODS, "topic": TOPICS}
    shuffled = {"mood": MOODS, "topic": TOPICS[::-1]}
    one, other = (
        multi(epochs=2, task_weights={"topic": 0.0}).fit(TEXTS, labels) for labels in (y, shuffled)
    )
    for name, tensor in one.network_.state_dict().items():
        assert torch.equal(tensor, other.network_.state_dict()[name]), name
    assert one.scores(TEXTS, y)["mood"] >= 0.9


# --- loss --------------------------------------------------------------------------------------


def test_the_loss_is_the_sum_over_the_labels_there_are() -> None:
    rng = torch.Generator().manual_seed(0)
    output = torch.randn(4, 5, generator=rng)
    target = torch.tensor([[0, -1], [1, 2], [-1, 0], [-1, -1]])
    by_hand = (
        functional.cross_entropy(output[0:1, :2], target[0:1, 0])
        + functional.cross_entropy(output[1:2, :2], target[1:2, 0])
        + 3 * functional.cross_entropy(output[1:2, 2:], target[1:2, 1])
        + 3 * functional.cross_entropy(output[2:3, 2:], target[2:3, 1])
    ) / 4
    torch.testing.assert_close(task_loss([2, 3], [1.0, 3.0])(output, target), by_hand)
    right = task_score([2, 3])(torch.tensor([[9.0, 0, 0, 0, 9]] * 4), target)
    assert right.tolist() == [1.0, 0.5, 0.0, 0.0]


def test_a_head_without_labels_in_the_batch_does_not_move_even_by_momentum() -> None:
    heads = TaskHeads([torch.nn.Linear(3, 2), torch.nn.Linear(3, 3)])
    adam = RowAdam(heads.parameters(), lr=0.1)
    loss, features = task_loss([2, 3], [1.0, 1.0]), torch.ones(4, 3)
    both, first = torch.zeros(4, 2, dtype=torch.int64), torch.tensor([[0, -1]] * 4)
    assert heads.training
    for target, moves in ((both, True), (first, False)):
        before = heads.tasks[1].state_dict()["weight"].clone()
        adam.zero_grad()
        loss(heads(features), target).backward()
        adam.step()
        assert torch.equal(before, heads.tasks[1].state_dict()["weight"]) is not moves


# --- sampling ----------------------------------------------------------------------------------


def test_rates_by_temperature() -> None:
    known = np.zeros((100, 2), bool)
    known[:90, 0], known[90:, 1] = True, True
    np.testing.assert_allclose(sampling_rates(known, 1.0), 1.0)
    equal = sampling_rates(known, float("inf"))
    np.testing.assert_allclose([equal[:90].sum(), equal[90:].sum()], [50, 50])
    half = sampling_rates(known, 2.0)
    assert half[90:].sum() / half[:90].sum() == pytest.approx((10 / 90) ** 0.5)


def test_an_epoch_has_as_many_texts_and_each_at_its_rate() -> None:
    rates = np.array([0.25] * 40 + [2.5] * 20)
    rates /= rates.mean()
    times = np.zeros(60)
    for epoch in range(200):
        found = sampled(rates, seed=1, epoch=epoch)
        assert len(found) == 60
        counts = np.bincount(found, minlength=60)
        assert (counts >= np.floor(rates)).all()
        assert (counts <= np.ceil(rates)).all()
        times += counts
    np.testing.assert_allclose(times / 200, rates, atol=0.12)
    assert sampled(np.ones(9), seed=0, epoch=0).tolist() == list(range(9))


def test_a_small_task_is_met_more_often_where_temperature_says_so() -> None:
    few = {"mood": MOODS, "topic": [s if n < 8 else None for n, s in enumerate(TOPICS)]}
    hot = multi(temperature=float("inf"), epochs=4).fit(TEXTS, few)
    cold = multi(temperature=1.0, epochs=4).fit(TEXTS, few)
    assert hot.history_.epochs[0].examples == cold.history_.epochs[0].examples == 120
    assert not np.allclose(hot.predict_proba(TEXTS)["topic"], cold.predict_proba(TEXTS)["topic"])


# --- a head added -------------------------------------------------------------------------------


def test_a_task_added_leaves_everything_else_as_it_was_bit_for_bit(tmp_path: Path) -> None:
    model = multi(epochs=3).fit(TEXTS, {"mood": MOODS})
    before = {name: tensor.clone() for name, tensor in model.network_.state_dict().items()}
    answers = model.predict_proba(TEXTS, task="mood")
    head = model.add_task("topic", [*TEXTS, UNKNOWN], [*TOPICS, "plot"])
    after = model.network_.state_dict()
    for name, tensor in before.items():
        assert torch.equal(tensor, after[name]), name
    assert len(after) == len(before) + 2
    assert np.array_equal(model.predict_proba(TEXTS, task="mood"), answers)
    assert model.scores(TEXTS, {"topic": TOPICS})["topic"] >= 0.8
    features = model._layer(model.indexer_(TEXTS), "last")
    np.testing.assert_allclose(
        head.predict_proba(features), model.predict_proba(TEXTS, task="topic"), atol=1e-4
    )
    model.save(tmp_path / "m")
    again = MultiTaskClassifier.load(tmp_path / "m", device="cpu")
    assert again.tasks_ == ("mood", "topic")
    for name, chances in model.predict_proba([*TEXTS, UNKNOWN]).items():
        np.testing.assert_allclose(again.predict_proba([*TEXTS, UNKNOWN])[name], chances, atol=1e-6)


def test_a_task_of_the_same_name_is_refused(fitted: MultiTaskClassifier) -> None:
    with pytest.raises(ConfigurationError, match="name: expected one other than 'mood', 'topic'"):
        fitted.add_task("mood", TEXTS, MOODS)
    with pytest.raises(LabelledDataError, match="new: expected a label for each text"):
        fitted.add_task("new", TEXTS, MOODS[:3])
    with pytest.raises(LabelledDataError, match="at least two classes"):
        fitted.add_task("new", TEXTS[:3], ["a", "a", "a"])
    assert fitted.tasks_ == ("mood", "topic")


# --- kept, carried, copied ----------------------------------------------------------------------


def test_it_is_kept_with_an_infinite_temperature_and_carried_both_ways(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"temperature": float("inf"), "task_weights": {"mood": 2.0}}
    model = multi(epochs=2, **settings).fit(TEXTS, PARTLY)
    model.save(tmp_path / "m")
    again = MultiTaskClassifier.load(tmp_path / "m", device="cpu")
    assert again.temperature == float("inf")
    assert again.task_weights == {"mood": 2.0}
    carried = small(init_from=tmp_path / "m", embeddings="frozen", epochs=6).fit(TEXTS, MOODS)
    assert carried.score(TEXTS, MOODS) >= 0.9
    back = MultiTaskClassifier(init_from=carried, **{**SMALL, "epochs": 2}).fit(TEXTS, PARTLY)
    assert back.history_.stages == ("head", "top 2", "all")
    with pytest.raises(ModelFormatError, match="expected a TextClassifier"):
        TextClassifier.load(tmp_path / "m")


def test_the_same_seed_gives_the_same_bits_and_clones_are_unfitted() -> None:
    model = multi(epochs=2, temperature=3.0)
    one = model.fit(TEXTS, PARTLY).network_.state_dict()
    other = clone(model).fit(TEXTS, PARTLY).network_.state_dict()
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


# --- refused ------------------------------------------------------------------------------------


def test_all_wrong_labels_are_named_at_once() -> None:
    wrong = {"a": ["x"], "b": [None, None], "c": ["x", "x"], "d": ["x", "y"]}
    with pytest.raises(LabelledDataError) as told:
        task_labels(wrong, texts=2)
    for said in ("a: expected 2 labels, found 1", "b: expected some labels, found none", "c: "):
        assert said in str(told.value)
    assert "d:" not in str(told.value)
    with pytest.raises(ConfigurationError, match="joined_tasks makes one of separate data"):
        multi().fit(TEXTS, MOODS)  # type: ignore[arg-type]


def test_wrong_settings_are_named_at_once(fitted: MultiTaskClassifier) -> None:
    with pytest.raises(ConfigurationError) as told:
        multi(temperature=0.5, task_weights={"mood": -1}).fit(TEXTS, PARTLY)
    assert [problem.split(":")[0] for problem in told.value.problems] == [
        "temperature", "task_weights"
    ]  # fmt: skip
    with pytest.raises(ConfigurationError, match="'style' is none of the tasks 'mood', 'topic'"):
        multi(task_weights={"style": 1}).fit(TEXTS, PARTLY)
    with pytest.raises(ConfigurationError, match="task: expected one of 'mood', 'topic'"):
        fitted.predict(TEXTS, task="style")


def test_separate_data_are_joined() -> None:
    texts, y = joined_tasks({"a": (["t", "u"], [1, 2]), "b": (["v"], ["x"])})
    assert texts == ["t", "u", "v"]
    assert y == {"a": [1, 2, None], "b": [None, None, "x"]}
    with pytest.raises(LabelledDataError, match="b: expected a label for each text"):
        joined_tasks({"b": (["v"], [])})
