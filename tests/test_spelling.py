"""Neighbours by n-grams: of one n-gram's vector, and by letters alone."""

from __future__ import annotations

from collections import Counter

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import ngrams as reference
from wordgraft import WordVectors
from wordgraft.embeddings import spelling
from wordgraft.embeddings.subwords import Subwords

WORDS = ["environment", "environments", "iron", "government", "aaaa", "日本語", "</s>", "meant"]
VECTORS = WordVectors(WORDS, np.eye(8, dtype=np.float32))


def dice(first: str, second: str) -> float:
    """Dice's coefficient of two words, by the slow twin's n-grams."""
    one, two = (Counter(reference.ngrams(w.encode(), 2, 4)) for w in (first, second))
    both = one.total() + two.total()
    return 2 * (one & two).total() / both if both else 0.0


@pytest.mark.parametrize("asked", ["enviroment", "aaa", "日本", "environment", "aaaaaa"])
def test_spellings_are_ranked_by_shared_letters(
    asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = sorted(
        ((word, dice(asked, word)) for word in WORDS if word != asked), key=lambda pair: -pair[1]
    )
    expected = [pair for pair in expected if pair[1] > 0]
    for block in (1 << 16, 3):
        monkeypatch.setattr(spelling, "_BLOCK", block)
        found = VECTORS.similar_by_spelling(asked, topn=20)
        assert [n.word for n in found] == [word for word, _ in expected]
        np.testing.assert_allclose([n.similarity for n in found], [s for _, s in expected], 1e-6)
    assert VECTORS.similar_by_spelling(asked, topn=1) == found[:1]


@given(word=st.text(st.sampled_from("aevirn日"), max_size=8))
def test_any_word_has_spellings(word: str) -> None:
    for found, score in VECTORS.similar_by_spelling(word, topn=99):
        assert score == pytest.approx(dice(word, found), rel=1e-6)
        assert found != word


def test_nothing_shared_is_nothing_alike() -> None:
    assert VECTORS.similar_by_spelling("qqq") == []
    assert VECTORS.similar_by_spelling("</s>") == []
    with pytest.raises(ValueError, match="can't be written as UTF-8"):
        VECTORS.similar_by_spelling("\ud800")


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="bytes are read by LLVM code")
def test_words_near_an_ngram() -> None:
    table = np.random.default_rng(1).standard_normal((300, 6)).astype(np.float32)
    subwords = Subwords(3, 4, 300, table)
    rows = subwords.vectors(["running", "jumping", "table"])
    rows[1] = subwords.ngram_vector("ing>") * 3
    vectors = WordVectors(["running", "jumping", "table"], rows, subwords=subwords)
    found = vectors.similar_by_ngram("ing>", topn=2)
    assert found[0] == ("jumping", pytest.approx(1.0, abs=1e-6))
    assert found[1].word == "running"
    with pytest.raises(ValueError, match="expected an n-gram of 3 to 4 characters, found 2"):
        vectors.similar_by_ngram("g>")
    with pytest.raises(ValueError, match="these vectors have no n-grams"):
        VECTORS.similar_by_ngram("ing>")
