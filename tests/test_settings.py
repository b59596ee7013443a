"""Settings: every mistake is told, all at once, before any work begins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.small import lists, saved, small
from wordgraft.embeddings.errors import ConfigurationError, NotTrainedError
from wordgraft.embeddings.settings import CBOW_RATE, SKIPGRAM_RATE, Settings
from wordgraft.embeddings.word2vec import Word2Vec

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"vector_size": 0}, "vector_size: expected a whole number from 1 to 65536, found 0"),
    ({"vector_size": 10.5}, r"vector_size: .*, found 10\.5"),
    ({"vector_size": True}, "vector_size: .*, found True"),
    ({"window": 0}, "window: expected a whole number from 1 to 1000, found 0"),
    ({"window": 1001}, "window: .*, found 1001"),
    ({"min_count": 0}, "min_count: expected a whole number from 1 .*, found 0"),
    ({"negative": -1}, "negative: expected a whole number from 0 to 1000, found -1"),
    ({"epochs": 0}, "epochs: expected a whole number from 1 .*, found 0"),
    ({"seed": -1}, "seed: expected a whole number from 0 .*, found -1"),
    ({"seed": None}, "seed: .*, found None"),
    ({"workers": 0}, "workers: expected a whole number from 1 to 1024, found 0"),
    ({"max_vocab_size": 0}, "max_vocab_size: expected a whole number from 1 .*, found 0"),
    ({"sample": 1.0}, r"sample: expected a share from 0 \(keep all words\) to below 1, found 1.0"),
    ({"sample": "0.1"}, "sample: .*, found '0.1'"),
    ({"alpha": 0}, "alpha: expected a learning rate above 0, at most 10, found 0"),
    ({"alpha": 11}, "alpha: .*, found 11"),
    ({"alpha": float("nan")}, "alpha: .*, found nan"),
    ({"min_alpha": -0.1}, r"min_alpha: expected a learning rate from 0 to 10, found -0\.1"),
    ({"ns_exponent": float("inf")}, "ns_exponent: expected a finite number, found inf"),
    ({"model": "glove"}, "model: expected 'skipgram' or 'cbow', found 'glove'"),
    ({"loss": None}, "loss: expected 'ns' or 'hs', found None"),
    ({"deterministic": 1}, "deterministic: expected True or False, found 1"),
    ({"negative": 0}, "negative=0 contradicts loss='ns', .* or loss='hs'"),
    ({"alpha": 0.01, "min_alpha": 0.02}, r"min_alpha=0\.02 contradicts alpha=0\.01"),
]


class Untouched:
    """A corpus that nobody may begin to read."""

    def __iter__(self) -> Iterator[list[str]]:
        raise AssertionError("work began before the settings were checked")


@pytest.mark.parametrize(("settings", "said"), WRONG, ids=lambda v: str(v)[:40])
def test_a_mistake_is_named_with_what_is_expected(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{said}") as caught:
        Word2Vec(**settings).fit(Untouched())
    assert len(caught.value.problems) == 1


def test_all_mistakes_are_told_at_once_those_of_the_call_too() -> None:
    model = Word2Vec(vector_size=0, epochs=-1, model="x")
    with pytest.raises(ConfigurationError) as caught:
        model.fit(Untouched(), train_only="old", resume=True, checkpoint_every=0)
    told = [problem.split(":")[0] for problem in caught.value.problems]
    assert told == [
        "vector_size",
        "epochs",
        "model",
        "train_only",
        "resume and checkpoint_every need checkpoint=FOLDER",
        "checkpoint_every",
    ]


@given(st.sets(st.sampled_from(range(len(WRONG) - 2)), min_size=2))
def test_any_mistakes_together_are_all_told(chosen: set[int]) -> None:
    settings: dict[str, Any] = {}
    for i in sorted(chosen):
        settings |= WRONG[i][0]
    with pytest.raises(ConfigurationError) as caught:
        Settings.of(_full(settings))
    assert {problem.split(":")[0] for problem in caught.value.problems} == set(settings)


def _full(settings: dict[str, Any]) -> dict[str, Any]:
    model = Word2Vec(**settings)
    return {name: getattr(model, name) for name in Settings.__dataclass_fields__}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"train_only": "new"}, "train_only='new' needs continue_training=True"),
        ({"train_only": True}, "train_only: expected 'all' or 'new', found True"),
        ({"resume": True}, "resume and checkpoint_every need checkpoint=FOLDER"),
        ({"checkpoint_every": 5.0}, "resume and checkpoint_every need checkpoint=FOLDER"),
        ({"checkpoint": "x", "checkpoint_every": -1}, "checkpoint_every: expected seconds above 0"),
        ({"checkpoint": "x", "checkpoint_every": float("nan")}, "checkpoint_every: .*, found nan"),
    ],
    ids=str,
)  # fmt: skip
def test_what_contradicts_in_a_call_is_named(call: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Word2Vec().fit(Untouched(), **call)


def test_what_was_learnt_keeps_its_shape() -> None:
    model = small().fit(lists(4_000))
    model.vector_size, model.model, model.loss, model.epochs = 32, "cbow", "hs", 0
    with pytest.raises(ConfigurationError) as caught:
        model.fit(Untouched(), continue_training=True)
    assert caught.value.problems == (
        "epochs: expected a whole number from 1 to 1000000, found 0",
        "vector_size=32 contradicts continue_training: the model was trained with 16",
        "model='cbow' contradicts continue_training: the model was trained with 'skipgram'",
        "loss='hs' contradicts continue_training: the model was trained with 'ns'",
    )


def test_going_on_needs_something_to_go_on_from() -> None:
    with pytest.raises(NotTrainedError, match="call fit first"):
        Word2Vec().fit(Untouched(), continue_training=True)


def test_numbers_of_numpy_are_numbers(tmp_path: Any) -> None:
    settings: dict[str, Any] = {
        "vector_size": np.int64(16), "window": np.int32(3), "sample": np.float32(0.5),
        "alpha": np.float64(0.05), "deterministic": np.bool_(True), "seed": np.uint64(3),
    }  # fmt: skip
    plain = {name: value.item() for name, value in settings.items()}
    mine, other = (small(**s).fit(lists(4_000)) for s in (settings, plain))
    assert saved(mine, tmp_path / "a") == saved(other, tmp_path / "b")
    assert Word2Vec.load(tmp_path / "a").window == 3


def test_the_rate_and_the_workers_have_defaults_of_their_own() -> None:
    assert Settings.of(_full({})).rate == SKIPGRAM_RATE
    assert Settings.of(_full({"model": "cbow"})).rate == CBOW_RATE
    assert Settings.of(_full({"alpha": 0.5})).rate == 0.5
    assert Settings.of(_full({"workers": 3})).threads == 3
    if hasattr(os, "sched_getaffinity"):
        assert Settings.of(_full({})).threads == len(os.sched_getaffinity(0))


def test_a_file_says_how_many_workers_there_were_only_where_it_mattered() -> None:
    assert Settings.of(_full({"workers": 3})).recorded()["workers"] == 3
    assert Settings.of(_full({"workers": 3, "deterministic": True})).recorded()["workers"] is None
