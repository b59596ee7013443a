"""Going on: what was learnt stays, what is new joins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.small import KINDS, changed_rows, context, lists, saved, small
from wordgraft.embeddings.corpus import Corpus
from wordgraft.embeddings.errors import (
    ConfigurationError,
    CorpusError,
    EmptyVocabularyError,
    VectorFormatError,
)
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.embeddings.word2vec import Word2Vec

OLD = lists(20_000)
NEW = [
    ["the", "zeppelin", "floats", "above", "the", "palace", "of", "the", "queen"],
    ["a", "zeppelin", "lands", "near", "the", "palace"],
    ["the", "queen", "floats", "in", "a", "zeppelin"],
] * 40
NEWCOMERS = {"zeppelin", "floats", "lands", "above", "palace"}
kinds = pytest.mark.parametrize(("model", "loss"), KINDS)
ways = pytest.mark.parametrize("deterministic", [False, True])


def old_and_new(trained: Word2Vec, before: WordVectors) -> tuple[list[int], list[int]]:
    """Rows of the words known before, in their old order, and rows of the others."""
    index = trained.vocabulary_.index
    old = [index[word] for word in before.index_to_key]
    return old, sorted(set(index.values()) - set(old))


@kinds
@ways
def test_words_known_keep_their_rows_until_training_moves_them(
    model: str, loss: str, deterministic: bool
) -> None:
    trained = small(model=model, loss=loss, deterministic=deterministic).fit(OLD)
    before, outputs = trained.vectors_, context(trained)
    trained.alpha, trained.min_alpha = 1e-30, 0.0
    trained.fit(NEW, continue_training=True)
    old, new = old_and_new(trained, before)
    assert {trained.vocabulary_.words[i] for i in new} == NEWCOMERS
    assert not changed_rows(before.vectors, trained.vectors_.vectors[old]).any()
    if loss == "hs":
        assert not changed_rows(outputs, context(trained)[: len(outputs)]).any()
    else:
        assert not changed_rows(outputs, context(trained)[old]).any()
    assert (trained.vectors_.vectors[new] != 0).all(axis=1).all()


@kinds
@ways
def test_all_rows_learn_where_all_may(model: str, loss: str, deterministic: bool) -> None:
    trained = small(model=model, loss=loss, deterministic=deterministic, sample=0).fit(OLD)
    before = trained.vectors_
    trained.fit(NEW, continue_training=True)
    old, _ = old_and_new(trained, before)
    moved = changed_rows(before.vectors, trained.vectors_.vectors[old])
    there = {word for sentence in NEW for word in sentence}
    said = {before.index_to_key[i] for i in np.flatnonzero(moved)}
    assert said == there & set(before.index_to_key), "words absent from the new text stay"


@kinds
@ways
def test_train_only_new_leaves_every_bit_of_the_old(
    model: str, loss: str, deterministic: bool
) -> None:
    how: dict[str, Any] = {"model": model, "loss": loss, "deterministic": deterministic}
    trained = small(**how, sample=0, epochs=3).fit(OLD)
    before, outputs = trained.vectors_, context(trained)
    still = small(**how, sample=0, alpha=1e-30, min_alpha=0.0)
    still._learnt = trained._learnt
    still.fit(NEW, continue_training=True)  # where the new rows begin
    trained.fit(NEW, continue_training=True, train_only="new")
    old, new = old_and_new(trained, before)
    assert not changed_rows(before.vectors, trained.vectors_.vectors[old]).any()
    assert changed_rows(still.vectors_.vectors[new], trained.vectors_.vectors[new]).all()
    if loss == "hs":
        assert not changed_rows(outputs, context(trained)[: len(outputs)]).any()
        assert context(trained)[len(outputs) :].any(axis=1).all()
    else:
        assert not changed_rows(outputs, context(trained)[old]).any()
        assert context(trained)[new].any(axis=1).all()
    assert trained.history_[-1].loss < trained.history_[0].loss


def test_new_words_find_their_place_among_the_old() -> None:
    corpus = lists(200_000)
    trained = small(vector_size=32, epochs=4).fit(corpus)
    sentences = [[{"queen": "czarina"}.get(w, w) for w in s] for s in corpus if "queen" in s]
    trained.epochs = 40
    trained.fit(sentences, continue_training=True, train_only="new")
    assert trained.vectors_.rank("czarina", "queen") <= len(trained.vectors_) // 20


def test_counts_are_summed_and_order_the_words() -> None:
    trained = small().fit(OLD)
    old = dict(zip(trained.vocabulary_.words, trained.vocabulary_.counts.tolist(), strict=True))
    trained.fit(NEW * 60, continue_training=True)
    counts = trained.vocabulary_.counts.tolist()
    assert counts == sorted(counts, reverse=True)
    assert trained.vectors_.counts.tolist() == counts
    new = {w: 60 * sum(s.count(w) for s in NEW) for w in {w for s in NEW for w in s}}
    for word, count in zip(trained.vocabulary_.words, counts, strict=True):
        assert count == old.get(word, 0) + new.get(word, 0)
    assert trained.vocabulary_.words[0] == "the"
    assert trained.vocabulary_.words[1] == "zeppelin"


def test_known_words_stay_and_new_ones_must_be_frequent() -> None:
    trained = small(min_count=1).fit([*OLD, ["hapax", "queen"]])
    trained.min_count = 30
    trained.fit([*NEW, ["rare", "queen"] * 29], continue_training=True)
    assert "hapax" in trained.vocabulary_
    assert "rare" not in trained.vocabulary_
    assert "zeppelin" in trained.vocabulary_


@kinds
def test_it_goes_on_from_a_file_as_from_memory(model: str, loss: str, tmp_path: Path) -> None:
    there = small(model=model, loss=loss, sample=0).fit(OLD)
    there.save(tmp_path / "old")
    before = (tmp_path / "old").read_bytes()
    loaded = Word2Vec.load(tmp_path / "old")
    rows, outputs = np.array(loaded.vectors_.vectors), np.array(context(loaded))
    first = loaded.vectors_
    for trained in (there, loaded):
        for _ in range(2):  # a tree grows more than once
            trained.fit(NEW, continue_training=True)
            trained.fit([["dirigible", "queen"]] * 9, continue_training=True)
    assert saved(there, tmp_path / "a") == saved(loaded, tmp_path / "b")
    assert (tmp_path / "old").read_bytes() == before
    assert (first.vectors == rows).all()
    assert (context(Word2Vec.load(tmp_path / "old")) == outputs).all()
    found = loaded.predict_center(["zeppelin", "queen"], topn=len(loaded.vocabulary_))
    assert sum(p for _, p in found) == pytest.approx(1.0, abs=1e-6)
    loaded.save(tmp_path / "old")  # over the file whose arrays were mapped
    assert (tmp_path / "old").read_bytes() == (tmp_path / "b").read_bytes()


def test_vectors_alone_are_not_enough(tmp_path: Path) -> None:
    small().fit(OLD).vectors_.save(tmp_path / "v")
    with pytest.raises(
        VectorFormatError, match=r"holds vectors, .*context missing.*Word2Vec\.save"
    ):
        Word2Vec.load(tmp_path / "v")


@pytest.mark.parametrize(
    ("corpus", "error", "said"),
    [
        ([["x", "y"]], CorpusError, "no word of the corpus is in the vocabulary to keep"),
        ([["queen"], ["palace"]], CorpusError, "no pair of words to learn from"),
        ([["queen", "the"]] * 9, EmptyVocabularyError, "'new', but no new word occurs min_count=5"),
        ([], CorpusError, "holds no word"),
    ],
)
def test_a_failure_keeps_what_was_learnt(
    corpus: list[list[str]], error: type[Exception], said: str, tmp_path: Path
) -> None:
    trained = small().fit(OLD)
    before = saved(trained, tmp_path / "a")
    with pytest.raises(error, match=said):
        trained.fit(corpus, continue_training=True, train_only="new")
    assert saved(trained, tmp_path / "b") == before
    trained.fit(NEW, continue_training=True)
    assert "zeppelin" in trained.vectors_


# --- how text is cut -------------------------------------------------------------------------

TEXT = ["The Zeppelin, above: the Palace!"] * 9


def first(tokenizer: Any = None) -> Word2Vec:
    said = [" ".join(sentence).capitalize() + "." for sentence in OLD]
    return small().fit(Corpus(said, tokenizer=tokenizer))


def test_the_tokeniser_of_the_model_is_used(tmp_path: Path) -> None:
    first("whitespace").save(tmp_path / "v")
    trained = Word2Vec.load(tmp_path / "v").fit(TEXT, continue_training=True)
    assert {"Zeppelin,", "above:", "Palace!"} <= set(trained.vocabulary_.words)
    assert trained.vectors_.tokenizer == {"name": "whitespace", "lower": False}
    trained = first().fit(TEXT, continue_training=True)
    assert "zeppelin" in trained.vocabulary_


@pytest.mark.parametrize(
    "given",
    [Corpus(TEXT), Corpus(TEXT, tokenizer="default"), Corpus(TEXT, tokenizer=str.split)],
    ids=["unnamed", "named", "function"],
)
def test_another_tokeniser_is_refused(given: Corpus) -> None:
    with pytest.raises(ConfigurationError, match=r"tokenised with .*Give the same tokeniser"):
        first("whitespace").fit(given, continue_training=True)


def test_token_lists_go_with_any_tokeniser_and_leave_it() -> None:
    for corpus in (NEW, Corpus(NEW)):
        trained = first("whitespace").fit(corpus, continue_training=True)
        assert trained.vectors_.tokenizer == {"name": "whitespace", "lower": False}


def test_text_for_words_that_came_as_tokens_needs_a_tokeniser() -> None:
    for given in (TEXT, Corpus(TEXT)):
        with pytest.raises(ConfigurationError, match=r"came as token lists: .*tokenizer=\.\.\."):
            small().fit(OLD).fit(given, continue_training=True)
    corpus = Corpus(TEXT, tokenizer="whitespace")
    trained = small().fit(OLD).fit(corpus, continue_training=True)
    assert "Zeppelin," in trained.vocabulary_
    assert trained.vectors_.tokenizer == {"name": "whitespace", "lower": False}


def test_text_for_words_cut_by_a_function_needs_the_function() -> None:
    trained = first(str.split)
    with pytest.raises(ConfigurationError, match="cut by a function, which a file can't keep"):
        trained.fit(TEXT, continue_training=True)
    trained.fit(Corpus(TEXT, tokenizer=str.split), continue_training=True)
    assert "Zeppelin," in trained.vocabulary_
