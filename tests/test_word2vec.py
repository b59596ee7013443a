"""Word2Vec: what it takes, that it repeats itself, and that it learns."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.small import KINDS, changed_rows, context, lists, saved, small, toy
from wordgraft.embeddings.corpus import Corpus
from wordgraft.embeddings.errors import (
    ConfigurationError,
    CorpusError,
    EmptyVocabularyError,
    NotTrainedError,
)
from wordgraft.embeddings.evaluate import evaluate_analogies
from wordgraft.embeddings.word2vec import EpochRecord, TrainingProgress, Word2Vec
from wordgraft.tasks.toys import world as toyworld


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "toy.txt"
    path.write_text("".join(" ".join(s) + "\n" for s in toy()))
    return path


# --- what it takes ---------------------------------------------------------------------------


def _dataset(path: Path) -> Any:
    datasets = pytest.importorskip("datasets")
    return datasets.Dataset.from_dict({"body": path.read_text().splitlines()})


SOURCES: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "name": str,
    "corpus": lambda path: Corpus(path, tokenizer="whitespace"),
    "token lists": lambda _: lists(),
    "generator of token lists": lambda _: (list(s) for s in toy()),
    "texts": lambda path: path.read_text().splitlines(),
    "generator of texts": lambda path: iter(path.read_text().splitlines()),
    "data set": lambda path: Corpus(_dataset(path), text_field="body"),
}


@pytest.mark.parametrize("source", SOURCES)
def test_sources_of_the_same_text_give_the_same_vectors(source: str, text: Path) -> None:
    model = small().fit(SOURCES[source](text))
    expected = small().fit(lists())
    assert model.vocabulary_ == expected.vocabulary_
    assert (model.vectors_.vectors == expected.vectors_.vectors).all()


def test_fit_returns_the_model_and_nothing_is_there_before(text: Path) -> None:
    model = small()
    for look in (lambda: model.vectors_, lambda: model.vocabulary_, lambda: model.history_):
        with pytest.raises(NotTrainedError, match="call fit first"):
            look()
    assert model.fit(text) is model
    assert list(model.vectors_.index_to_key) == model.vocabulary_.words
    assert model.vectors_.vectors.shape == (len(model.vocabulary_), 16)
    assert model.vectors_.counts.tolist() == model.vocabulary_.counts.tolist()


# --- the same again --------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "loss"), KINDS)
@pytest.mark.parametrize("deterministic", [False, True])
def test_equal_seeds_give_equal_files(
    model: str, loss: str, deterministic: bool, tmp_path: Path
) -> None:
    how: dict[str, Any] = {"model": model, "loss": loss, "deterministic": deterministic}
    first, again, other = (small(**how, seed=seed).fit(lists()) for seed in (1, 1, 2))
    assert saved(first, tmp_path / "a") == saved(again, tmp_path / "b")
    assert changed_rows(first.vectors_.vectors, other.vectors_.vectors).all()


@pytest.mark.parametrize(("model", "loss"), KINDS)
def test_deterministic_training_gives_equal_files_for_any_number_of_workers(
    model: str, loss: str, tmp_path: Path
) -> None:
    how: dict[str, Any] = {"model": model, "loss": loss, "deterministic": True, "epochs": 2}
    files = [
        saved(small(**how, workers=workers).fit(lists()), tmp_path / f"{workers}")
        for workers in (1, 2, 3, 20)
    ]
    assert files[0] == files[1] == files[2] == files[3]


def test_another_process_gives_equal_files(text: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from wordgraft import Word2Vec\n"
        "for deterministic in (False, True):\n"
        "    model = Word2Vec(16, epochs=1, workers=1, deterministic=deterministic)\n"
        "    model.fit(sys.argv[1]).save(f'{sys.argv[2]}/{deterministic}')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(text), str(tmp_path)], check=True)
    for deterministic in (False, True):
        mine = saved(small(deterministic=deterministic).fit(text), tmp_path / "mine")
        assert mine == (tmp_path / f"{deterministic}").read_bytes()


# --- it learns -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def analogies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("analogies") / "toy.txt"
    toyworld.write_analogies(path)
    return path


@pytest.mark.parametrize(("model", "loss"), KINDS)
def test_free_and_in_step_learn_equally_well(model: str, loss: str, analogies: Path) -> None:
    corpus = lists(200_000)
    scores = []
    for deterministic in (False, True):
        trained = Word2Vec(
            32, model=model, loss=loss, epochs=6, workers=2, deterministic=deterministic
        ).fit(corpus)
        report = evaluate_analogies(trained.vectors_, analogies)
        scores.append(report.total.accuracy)
        losses = [record.loss for record in trained.history_]
        assert losses == sorted(losses, reverse=True)
    assert min(scores) > 0.3
    assert abs(scores[0] - scores[1]) < 0.06


def test_history_and_progress_count_what_was_done() -> None:
    told: list[TrainingProgress] = []
    model = small(epochs=3, alpha=0.05, min_alpha=0.01).fit(lists(), progress=told.append)
    words = model.vocabulary_.total
    assert [record.epoch for record in model.history_] == [1, 2, 3]
    for record in model.history_:
        assert isinstance(record, EpochRecord)
        assert record.words == words
        assert record.pairs > 0
        assert record.seconds > 0
        assert record.words_per_second == pytest.approx(words / record.seconds)
        assert isinstance(record.loss, float)
    last = told[-1]
    assert (last.epoch, last.epochs, last.seconds_left) == (3, 3, 0.0)
    assert last.words_done == last.words_total == 3 * words
    assert last.loss == pytest.approx(model.history_[-1].loss)
    assert last.alpha == pytest.approx(0.01)


def test_the_learning_rate_falls_in_one_line() -> None:
    model = small(epochs=4, alpha=0.05, min_alpha=0.01).fit(lists())
    assert [r.alpha for r in model.history_] == pytest.approx([0.04, 0.03, 0.02, 0.01])
    steady = small(epochs=2, alpha=0.02, min_alpha=0.02).fit(lists())
    assert [r.alpha for r in steady.history_] == pytest.approx([0.02, 0.02])
    assert small(model="cbow").fit(lists()).history_[0].alpha == pytest.approx(1e-4)


@pytest.mark.parametrize(("model", "loss"), KINDS)
def test_the_loss_is_the_mean_over_pairs(model: str, loss: str) -> None:
    """Against a plain computation with weights that stand still; windows of 1 leave no draw."""
    corpus = lists(3_000 if loss == "hs" else 20_000)
    trained = small(model=model, loss=loss, window=1, sample=0, epochs=2).fit(corpus)
    trained.alpha, trained.min_alpha, trained.epochs = 1e-30, 0.0, 1
    found: list[float] = []
    for trained.seed in range(1, 7 if loss == "ns" else 2):  # the noise is a sample
        trained.fit(corpus, continue_training=True)
        found.append(trained.history_[0].loss)
    matrix, out = trained.vectors_.vectors, context(trained).astype(np.float64)
    index = trained.vocabulary_.index
    inputs: list[np.ndarray] = []
    targets: list[int] = []
    for sentence in corpus:
        ids = [index[word] for word in sentence if word in index]
        for t in range(len(ids)):
            near = [ids[o] for o in (t - 1, t + 1) if 0 <= o < len(ids)]
            if model == "cbow" and near:
                inputs.append(matrix[near].mean(axis=0))
                targets.append(ids[t])
            elif model == "skipgram":  # word and neighbour may change places: each pair is twice
                inputs.extend(matrix[word] for word in near)
                targets.extend([ids[t]] * len(near))
    scores, right = np.array(inputs) @ out.T, (np.arange(len(targets)), np.array(targets))
    if loss == "hs":
        tree = trained._result().tree
        assert tree is not None
        logarithms = np.array([tree.log_probabilities(row) for row in scores])
        expected, close = -logarithms[right].mean(), 1e-5
    else:
        noise = np.logaddexp(0, scores) * trained.vocabulary_.noise_distribution(0.75)
        losses = np.logaddexp(0, -scores[right]) + 5 * (noise.sum(axis=1) - noise[right])
        expected, close = losses.mean(), 0.015
    assert trained.history_[0].pairs == len(targets)
    assert np.mean(found) == pytest.approx(expected, rel=close)


@pytest.mark.parametrize(("model", "loss"), KINDS)
@pytest.mark.parametrize("deterministic", [False, True])
def test_a_rate_that_is_too_high_is_named(model: str, loss: str, deterministic: bool) -> None:
    hot = small(model=model, loss=loss, alpha=10.0, epochs=2, deterministic=deterministic)
    with pytest.raises(ConfigurationError, match=r"alpha=10\.0: training diverged .*Lower alpha"):
        hot.fit(lists())
    with pytest.raises(NotTrainedError):
        _ = hot.vectors_


def test_numbers_that_blow_up_without_nan_are_divergence_too() -> None:
    hot = small(model="cbow", loss="hs", alpha=1.0, epochs=2)
    with pytest.raises(ConfigurationError, match=r"diverged in epoch 1 \(the loss is .*e\+"):
        hot.fit(lists())


# --- little to learn from --------------------------------------------------------------------

FEW = {"min_count": 1, "sample": 0, "epochs": 2}


@pytest.mark.parametrize(("model", "loss"), KINDS)
@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("corpus", [[["a", "b"]], [["a", "b", "c", "a"]], [["a"], ["b", "a"]]])
def test_a_few_words_are_enough(
    model: str, loss: str, deterministic: bool, corpus: list[list[str]]
) -> None:
    how: dict[str, Any] = {"model": model, "loss": loss, "deterministic": deterministic}
    trained = small(**FEW, **how, workers=4, window=50).fit(corpus)
    pairs = {1: 2, 2: 2} if len(corpus) == 2 else {}
    assert trained.history_[0].pairs >= pairs.get(len(corpus), 2)
    assert np.isfinite(trained.vectors_.vectors).all()
    assert context(trained).any()


@pytest.mark.parametrize(
    ("corpus", "error", "said"),
    [
        ([], CorpusError, "holds no word"),
        ([[]], CorpusError, "holds no word"),
        ([["a"]], EmptyVocabularyError, "'a' is the only word .* telling it from others"),
        ([["a", "a", "a"]], EmptyVocabularyError, "'a' is the only word .* min_count=1"),
        ([["a"], ["b"], ["c"]], CorpusError, "no pair of words to learn from: no sentence"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(
    corpus: list[list[str]], error: type[Exception], said: str
) -> None:
    for model, loss in KINDS:
        with pytest.raises(error, match=said):
            small(**FEW, model=model, loss=loss).fit(corpus)


def test_subsampling_that_leaves_no_pair_is_named() -> None:
    with pytest.raises(CorpusError, match=r"nothing was learnt: sample=1e-09 .* Give sample=0"):
        small(min_count=1, sample=1e-9).fit([["a", "b"]] * 3)


def test_the_highest_count_is_named_where_all_are_too_rare() -> None:
    with pytest.raises(EmptyVocabularyError, match="'b', occurs 3 times. Lower min_count"):
        small(min_count=4).fit([["a", "b"], ["b", "c"], ["b"]])


# --- settings at their ends ------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 15, 17, 100, 300])
def test_every_size_of_vector_learns(size: int) -> None:
    for model, loss in KINDS:
        for deterministic in (False, True):
            how: dict[str, Any] = {"model": model, "loss": loss, "deterministic": deterministic}
            first = small(vector_size=size, alpha=1e-30, min_alpha=0.0, **how).fit(lists(8_000))
            then = small(vector_size=size, **how).fit(lists(8_000))
            assert then.vectors_.vectors.shape[1] == size
            moved = first.vectors_.vectors != then.vectors_.vectors
            assert moved.any(axis=0).all(), "a column that nothing trains"
            assert (context(then) != 0).any(axis=0).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"negative": 1},
        {"negative": 30},
        {"ns_exponent": 0.0},
        {"ns_exponent": -0.5},
        {"sample": 0},
        {"window": 1},
        {"window": 60},
        {"workers": 30},
        {"max_vocab_size": 50},
        {"model": "cbow", "negative": 30},
        {"model": "cbow", "ns_exponent": 0.0},
    ],
    ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()),
)
@pytest.mark.parametrize("deterministic", [False, True])
def test_settings_at_their_ends_learn(settings: dict[str, Any], deterministic: bool) -> None:
    trained = small(**({"epochs": 3} | settings), deterministic=deterministic).fit(lists())
    losses = [record.loss for record in trained.history_]
    assert losses[2] < losses[1] < losses[0]
    if "max_vocab_size" in settings:
        assert len(trained.vocabulary_) <= 50


def test_an_exponent_without_a_distribution_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="ns_exponent"):
        small(ns_exponent=1e6).fit(lists(4_000))


# --- memory ----------------------------------------------------------------------------------


def test_memory_holds_two_matrices_and_never_a_third(tmp_path: Path) -> None:
    size, words = 600, 20_000
    names = [f"w{i}" for i in range(words)]
    corpus = tmp_path / "wide.txt"
    lines = (" ".join(names[start : start + 20]) + "\n" for start in range(0, words, 20))
    corpus.write_text("".join(lines))
    small(min_count=1).fit(corpus)  # what is loaded once
    matrix = words * 608 * 4
    tracemalloc.start()
    try:
        model = small(vector_size=size, min_count=1, sample=0).fit(corpus)
        assert tracemalloc.get_traced_memory()[1] < 2.5 * matrix
        tracemalloc.reset_peak()
        model.save(tmp_path / "v")
        assert tracemalloc.get_traced_memory()[1] < 2.5 * matrix
        tracemalloc.reset_peak()
        model.fit(corpus, continue_training=True)  # the earlier two stay until it has gone well
        assert tracemalloc.get_traced_memory()[1] < 4.5 * matrix
    finally:
        tracemalloc.stop()
