from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import encode as reference
from wordgraft.embeddings.errors import ConfigurationError, EmptyVocabularyError
from wordgraft.embeddings.vocabulary import Vocabulary


def test_order_is_by_count_then_first_occurrence() -> None:
    v = Vocabulary.from_counts({"b": 5, "z": 9, "a": 5, "rare": 1}, min_count=2)
    assert v.words == ["z", "b", "a"]
    assert v.counts.tolist() == [9, 5, 5]
    assert v.counts.dtype == np.int64
    assert (len(v), v.total, list(v)) == (3, 19, ["z", "b", "a"])
    assert "a" in v
    assert "rare" not in v
    assert v.index == {"z": 0, "b": 1, "a": 2}
    assert v == Vocabulary.from_counts(["b", "z", "a", "rare"], [5, 9, 5, 1], min_count=2)
    assert v != Vocabulary(["z"], [9])
    with pytest.raises(ValueError, match="read-only"):
        v.counts[0] = 1


def test_input_counts_are_copied() -> None:
    counts = np.array([2, 1])
    v = Vocabulary(["a", "b"], counts)
    counts[0] = 99
    assert v.counts.tolist() == [2, 1]
    with pytest.raises(ValueError, match=r"one count for each of 2 words.*shape \(1,\)"):
        Vocabulary(["a", "b"], [1])


@given(
    counts=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 6), min_size=1),
    old=st.dictionaries(st.sampled_from("efghijk"), st.integers(0, 6), max_size=5),
    min_count=st.integers(1, 6),
)
def test_choice_equals_reference(counts: dict, old: dict, min_count: int) -> None:
    keep = Vocabulary(old, list(old.values()))
    sentences = [[word] * n for word, n in counts.items()]
    expected, _ = reference.encode(sentences, min_count=min_count, keep=old)
    # A kept word is counted with its past; a new one needs min_count by itself, which is the same.
    if not expected:
        with pytest.raises(EmptyVocabularyError):
            Vocabulary.from_counts(counts, min_count=min_count, keep=keep)
        return
    v = Vocabulary.from_counts(counts, min_count=min_count, keep=keep)
    assert dict(zip(v.words, v.counts.tolist(), strict=True)) == expected
    assert v.words == list(expected)


def test_size_limit_keeps_the_most_frequent_and_all_kept() -> None:
    keep = Vocabulary(["old"], [0])
    v = Vocabulary.from_counts({"a": 5, "b": 7, "c": 6}, min_count=1, max_vocab_size=3, keep=keep)
    assert v.words == ["b", "c", "old"]


def test_empty_vocabulary_names_the_highest_count() -> None:
    with pytest.raises(
        EmptyVocabularyError,
        match=r"no word occurs min_count=5 times or more; the most frequent of 2, 'the', occurs 3 ",
    ):
        Vocabulary.from_counts({"a": 1, "the": 3})
    with pytest.raises(EmptyVocabularyError, match=r"occurs 1 time\. Lower min_count"):
        Vocabulary.from_counts({"a": 1})
    with pytest.raises(EmptyVocabularyError, match="no word at all"):
        Vocabulary.from_counts({})


def test_keep_probability_is_that_of_word2vec() -> None:
    counts = [900, 90, 9, 1]
    v = Vocabulary("abcd", counts)
    sample, total = 1e-2, 1000
    expected = []
    for f in (
        counts
    ):  # word2vec.c: (sqrt(cn / (sample * train_words)) + 1) * (sample * train_words) / cn
        ran = (np.sqrt(f / (sample * total)) + 1) * (sample * total) / f
        expected.append(min(1.0, ran))
    got = v.keep_probability(sample)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    assert got[0] == pytest.approx(0.1165, abs=1e-4)
    assert v.keep_probability(0).tolist() == [1, 1, 1, 1]
    assert Vocabulary("a", [0]).keep_probability(1e-3).tolist() == [1]
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ConfigurationError, match="sample: expected 0 or more"):
            v.keep_probability(wrong)


def test_noise_distribution() -> None:
    v = Vocabulary("abc", [16, 1, 0])
    assert v.noise_distribution(0.75).tolist() == pytest.approx([8 / 9, 1 / 9, 0])
    assert v.noise_distribution(0).tolist() == pytest.approx([1 / 3] * 3)
    assert v.noise_distribution(-1).tolist() == pytest.approx([1 / 17, 16 / 17, 0])
    assert v.noise_distribution().dtype == np.float64
