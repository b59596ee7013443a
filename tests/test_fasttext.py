"""FastText: words are the mean of their parts, and all that Word2Vec does works with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.small import changed_rows, context, lists, saved
from wordgraft.embeddings.arrayfile import open_arrays, write_arrays
from wordgraft.embeddings.composition import Composition
from wordgraft.embeddings.errors import (
    CheckpointError,
    ConfigurationError,
    TrainingInterrupted,
    UnknownWordError,
    VectorFormatError,
)
from wordgraft.embeddings.fasttext import FastText, load_model
from wordgraft.embeddings.formats import load_vectors
from wordgraft.embeddings.progress import TrainingProgress
from wordgraft.embeddings.subword_settings import SubwordSettings
from wordgraft.embeddings.word2vec import Word2Vec
from wordgraft.tasks.vectors.train import run

OLD = lists(20_000)
NEW = [
    ["the", "zeppelin", "floats", "above", "the", "palaces", "of", "the", "queens"],
    ["a", "zeppelin", "lands", "near", "the", "palaces"],
    ["the", "queens", "float", "in", "a", "zeppelin"],
] * 40
both = pytest.mark.parametrize("model", ["skipgram", "cbow"])


def small(**settings: Any) -> FastText:
    """A model that trains in a blink."""
    usual = {"vector_size": 16, "epochs": 1, "workers": 1, "bucket": 5_000}
    return FastText(**(usual | settings))


def settings_of(model: FastText) -> SubwordSettings:
    return SubwordSettings.of({n: getattr(model, n) for n in SubwordSettings.__dataclass_fields__})


def ngrams_of(trained: FastText) -> dict[int, np.ndarray]:
    """Bucket to row."""
    subwords = trained.vectors_.subwords
    assert subwords is not None
    assert subwords.pruned is not None
    pairs = zip(subwords.pruned.buckets, subwords.pruned.rows, strict=True)
    return {int(bucket): subwords.table[row] for bucket, row in pairs}


# --- the parts of words ----------------------------------------------------------------------


def test_parts_are_numbered_by_word_then_by_bucket() -> None:
    settings = settings_of(small(min_n=3, max_n=3))
    made = Composition.of(["where", "her", "a"], settings)
    parts = np.split(made.rows, made.starts[1:-1])
    assert [len(own) for own in parts] == [6, 4, 2]  # <wh whe her ere re>; <he her er>; <a>
    assert [own[0] for own in parts] == [0, 1, 2]
    assert len(made.buckets) == 8
    assert (np.diff(made.buckets) > 0).all()
    assert made.size == 11
    assert len(np.intersect1d(parts[0][1:], parts[1][1:])) == 1  # "her" is not "<her>", but a part


def test_nothing_moves_that_a_frozen_word_has() -> None:
    settings = settings_of(small(min_n=3, max_n=3))
    made = Composition.of(["where", "her", "a"], settings)
    starts, rows, gains = made.moving(np.array([False, True, False]))
    assert np.diff(starts).tolist() == [5, 0, 2]
    held = set(made.rows[made.starts[1] : made.starts[2]].tolist())
    assert not held & set(rows.tolist())
    np.testing.assert_allclose(gains, [6 / 5, 4, 1])


@both
def test_vectors_are_means_of_their_parts(model: str) -> None:
    trained = small(model=model, bucket=2_000_000).fit(OLD)
    vectors, subwords = trained.vectors_, trained.vectors_.subwords
    assert subwords is not None
    unseen = vectors["queenlike"]
    rows = subwords.table[subwords.rows("queenlike")]
    np.testing.assert_allclose(unseen, rows.mean(axis=0), atol=1e-6)
    assert "queenlike" not in vectors
    with pytest.raises(UnknownWordError):
        vectors["ж"]  # its n-grams were never seen


@both
def test_a_word_and_its_forms_are_alike(model: str) -> None:
    """What n-grams are for: a misspelling stands beside the word."""
    trained = small(model=model, epochs=5, vector_size=32).fit(OLD)
    near = [name for name, _ in trained.vectors_.most_similar(["kingdomm"], topn=10)]
    words = [word for word in trained.vocabulary_.words if word.startswith("king")]
    assert set(near) & set(words), near


@both
def test_training_learns(model: str) -> None:
    history = small(model=model, epochs=4).fit(OLD).history_
    losses = [record.loss for record in history]
    assert losses == sorted(losses, reverse=True)


# --- settings --------------------------------------------------------------------------------


def test_mistakes_are_told_together() -> None:
    with pytest.raises(ConfigurationError) as caught:
        small(min_n=0, max_n=2.5, bucket=2**31).fit(OLD)  # type: ignore[arg-type]
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "min_n",
        "max_n",
        "bucket",
    ]
    with pytest.raises(ConfigurationError, match="min_n=4 contradicts max_n=3"):
        small(min_n=4, max_n=3).fit(OLD)
    with pytest.raises(ConfigurationError, match="loss='hs' isn't there for n-grams"):
        small(loss="hs").fit(OLD)


def test_words_too_short_for_any_ngram_are_trained_all_the_same(tmp_path: Path) -> None:
    trained = small(min_n=6, min_count=1, sample=0).fit([["a", "b", "c"]] * 50)
    assert len(trained.vectors_) == 3
    trained.save(tmp_path / "m")
    assert (FastText.load(tmp_path / "m").vectors_.vectors == trained.vectors_.vectors).all()


@both
def test_one_bucket_may_hold_all_ngrams(model: str) -> None:
    """All words are nearly the same then, and few positions are trained together."""
    trained = small(model=model, bucket=1).fit(OLD)
    assert len(ngrams_of(trained)) == 1
    assert trained.history_[0].loss < 6 * np.log(2)  # that of weights that know nothing


def test_overlap_of_words_alone_is_the_chance_of_the_most_frequent() -> None:
    settings = settings_of(small(min_n=9, max_n=9))
    made = Composition.of(["a", "b", "c"], settings)
    assert made.overlap(np.array([0.2, 0.5, 0.3])) == pytest.approx(0.5)


def test_overlap_counts_what_words_share() -> None:
    """cab and cat share <ca alone, of 4 parts each; the step of either moves itself wholly."""
    made = Composition.of(["cab", "cat"], settings_of(small(min_n=3, max_n=3, bucket=2**31 - 1)))
    assert made.overlap(np.array([0.5, 0.5])) == pytest.approx(0.5 + 0.5 * 1 / 4)


# --- equal bytes, files, stopping ------------------------------------------------------------


@both
def test_equal_settings_give_equal_bytes(model: str, tmp_path: Path) -> None:
    files = [
        saved(small(model=model, workers=workers, deterministic=True).fit(OLD), tmp_path / "m")
        for workers in (1, 1, 3)
    ]
    assert files[0] == files[1] == files[2]
    other = saved(small(model=model, seed=2, deterministic=True).fit(OLD), tmp_path / "m")
    assert other != files[0]


@both
def test_a_model_comes_back_whole(model: str, tmp_path: Path) -> None:
    made = small(model=model, window=3, min_n=2, max_n=4, bucket=700).fit(OLD)
    made.save(tmp_path / "m")
    back = FastText.load(tmp_path / "m")
    assert vars(back) | {"_learnt": None} == vars(made) | {"_learnt": None}
    assert (context(back) == context(made)).all()
    assert (back.vectors_.vectors == made.vectors_.vectors).all()
    assert (back.vectors_["unseenly"] == made.vectors_["unseenly"]).all()
    assert saved(back, tmp_path / "again") == (tmp_path / "m").read_bytes()
    assert (load_vectors(tmp_path / "m")["unseenly"] == made.vectors_["unseenly"]).all()
    assert type(load_model(tmp_path / "m")) is FastText


def test_each_class_opens_its_own_files(tmp_path: Path) -> None:
    small().fit(OLD).save(tmp_path / "parts")
    Word2Vec(vector_size=16, epochs=1).fit(OLD).save(tmp_path / "words")
    with pytest.raises(VectorFormatError, match=r"\(algorithm 'fasttext'\)\. FastText\.load opens"):
        Word2Vec.load(tmp_path / "parts")
    with pytest.raises(VectorFormatError, match=r"\(algorithm 'word2vec'\)"):
        FastText.load(tmp_path / "words")
    assert type(load_model(tmp_path / "words")) is Word2Vec


def test_a_file_without_its_ngrams_is_refused(tmp_path: Path) -> None:
    small().fit(OLD).save(tmp_path / "m")
    opened = open_arrays(tmp_path / "m")
    arrays = {n: a for n, a in opened.arrays.items() if not n.startswith("ngram")}
    notes = json.loads(opened.metadata["wordgraft"])
    del notes["subwords"]
    write_arrays(tmp_path / "m", arrays, metadata={"wordgraft": json.dumps(notes)})
    with pytest.raises(VectorFormatError, match="expected the rows of n-grams, found none"):
        FastText.load(tmp_path / "m")


@both
def test_a_stopped_run_goes_on_to_the_same_bytes(model: str, tmp_path: Path) -> None:
    how: dict[str, Any] = {"model": model, "epochs": 40, "vector_size": 64}
    expected = saved(small(**how).fit(OLD), tmp_path / "whole")

    def stop(state: TrainingProgress) -> None:
        if state.words_done > 0:
            raise KeyboardInterrupt

    folder = tmp_path / "kept"
    with pytest.raises(TrainingInterrupted, match="a checkpoint is in"):
        small(**how).fit(OLD, checkpoint=folder, progress=stop)
    with pytest.raises(CheckpointError, match="max_n=5 instead of 6"):
        small(**how, max_n=5).fit(OLD, checkpoint=folder, resume=True)
    resumed = small(**how).fit(OLD, checkpoint=folder, resume=True)
    assert saved(resumed, tmp_path / "resumed") == expected


# --- going on --------------------------------------------------------------------------------


@both
def test_what_was_learnt_stays_and_new_ngrams_join(model: str) -> None:
    trained = small(model=model).fit(OLD)
    before, ngrams, outputs = trained.vectors_, ngrams_of(trained), context(trained)
    trained.alpha, trained.min_alpha = 1e-30, 0.0
    trained.fit(NEW, continue_training=True)
    index = trained.vocabulary_.index
    old = [index[word] for word in before.index_to_key]
    np.testing.assert_allclose(trained.vectors_.vectors[old], before.vectors, atol=1e-6)
    np.testing.assert_array_equal(context(trained)[old], outputs)
    now = ngrams_of(trained)
    assert set(ngrams) < set(now)
    for bucket, row in ngrams.items():
        np.testing.assert_array_equal(now[bucket], row)
    assert all(now[bucket].any() for bucket in now)


@both
def test_new_words_alone_may_learn(model: str) -> None:
    trained = small(model=model, alpha=0.05).fit(OLD)
    before, ngrams = trained.vectors_, ngrams_of(trained)
    trained.fit(NEW, continue_training=True, train_only="new")
    index = trained.vocabulary_.index
    old = [index[word] for word in before.index_to_key]
    assert not changed_rows(before.vectors, trained.vectors_.vectors[old]).any()
    now = ngrams_of(trained)
    for bucket, row in ngrams.items():
        np.testing.assert_array_equal(now[bucket], row)
    losses = []
    for _ in range(2):
        trained.fit(NEW, continue_training=True, train_only="all")
        losses.append(trained.history_[-1].loss)
    assert changed_rows(before.vectors, trained.vectors_.vectors[old]).any()
    assert losses[1] < losses[0]


def test_new_words_learn_where_old_ones_stay() -> None:
    """Their loss falls, though most of their n-grams are held by words that must not move."""
    trained = small(alpha=0.05, sample=0).fit(OLD)
    trained.epochs = 6
    new = [[word for word in sentence if word != "of"] for sentence in NEW]
    trained.fit(new, continue_training=True, train_only="new")
    losses = [record.loss for record in trained.history_]
    assert losses[-1] < 0.97 * losses[0]


def test_ngrams_cant_change_when_training_goes_on() -> None:
    trained = small().fit(OLD)
    trained.max_n = 5
    with pytest.raises(ConfigurationError, match="max_n=5 contradicts continue_training"):
        trained.fit(NEW, continue_training=True)


# --- the task --------------------------------------------------------------------------------


def test_the_task_trains_with_ngrams_and_goes_on(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("\n".join(" ".join(sentence) for sentence in OLD))
    how: dict[str, Any] = {"vector_size": 16, "epochs": 1, "workers": 1}
    run(text, tmp_path / "parts", settings=how | {"min_n": 2}, subword=True)
    run(text, tmp_path / "words", settings=how)
    model = load_model(tmp_path / "parts")
    assert isinstance(model, FastText)
    assert model.min_n == 2
    run(text, tmp_path / "more", settings={"epochs": 1}, continue_from=tmp_path / "parts")
    assert isinstance(load_model(tmp_path / "more"), FastText)
    with pytest.raises(ConfigurationError, match="--min-n: n-grams are trained with --subword"):
        run(text, tmp_path / "x", settings={"min_n": 2})
    with pytest.raises(ConfigurationError, match="--subword, --bucket contradicts --continue-from"):
        run(
            text,
            tmp_path / "x",
            settings={"bucket": 9},
            subword=True,
            continue_from=tmp_path / "words",
        )
