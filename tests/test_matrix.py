"""Vocabularies as matrices: whose row is where, and what stands in for the missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wordgraft import Vocabulary, WordVectors, embedding_matrix, load_vectors
from wordgraft.embeddings.errors import ConfigurationError, UnknownWordError, VectorFormatError

ROWS = np.array([[1, 2], [3, 5], [-1, 0], [0.5, 4], [7, 7]], np.float32)


@pytest.fixture
def vectors() -> WordVectors:
    return WordVectors(["king", "queen", "Paris", "cafe", "NATO"], ROWS)


def test_rows_are_padding_unknown_and_the_vocabulary_in_order(vectors: WordVectors) -> None:
    m = embedding_matrix(vectors, ["queen", "zzz", "king"], oov="zero")
    assert m.words == ("<pad>", "<unk>", "queen", "zzz", "king")
    assert (m.padding_index, m.unknown_index) == (0, 1)
    assert m.known.tolist() == [False, False, True, False, True]
    np.testing.assert_array_equal(m.matrix, [[0, 0], [0, 0], [3, 5], [0, 0], [1, 2]])
    assert m.matrix.dtype == np.float32
    assert not m.matrix.flags.writeable
    assert dict(m.index) == {"<pad>": 0, "<unk>": 1, "queen": 2, "zzz": 3, "king": 4}


def test_tokens_that_the_vocabulary_has_keep_their_place(vectors: WordVectors) -> None:
    words = ["king", "[PAD]", "queen", "[UNK]"]
    m = vectors.embedding_matrix(words, padding="[PAD]", unknown="[UNK]", oov="mean")
    assert m.words == tuple(words)
    assert (m.padding_index, m.unknown_index) == (1, 3)
    np.testing.assert_array_equal(m.matrix, [[1, 2], [0, 0], [3, 5], [2, 3.5]])
    assert m.coverage.types == 2


def test_without_tokens_rows_are_those_of_the_vocabulary(vectors: WordVectors) -> None:
    m = vectors.embedding_matrix(["queen", "king"], padding=None, unknown=None)
    assert m.words == ("queen", "king")
    assert m.padding_index is m.unknown_index is None
    assert m.to_torch().padding_idx is None


def test_padding_is_zero_though_the_vectors_have_a_word_of_that_name() -> None:
    vectors = WordVectors(["<pad>", "<unk>", "a"], [[1, 1], [2, 2], [3, 3]])
    m = vectors.embedding_matrix(["a"])
    np.testing.assert_array_equal(m.matrix, [[0, 0], [2, 2], [3, 3]])  # but <unk> is theirs
    assert m.known.tolist() == [False, True, True]
    other = WordVectors(["<UNK>", "A"], [[2, 2], [3, 3]])  # of another name: not theirs
    m = other.embedding_matrix(["a"], fallbacks=["upper"], oov="zero")
    np.testing.assert_array_equal(m.matrix, [[0, 0], [0, 0], [3, 3]])
    assert dict(m.coverage.by_fallback) == {"upper": 1}


@pytest.mark.parametrize(
    "vocabulary",
    [
        Vocabulary(["king", "zzz", "queen"], [9, 5, 1]),
        Counter({"king": 9, "zzz": 5, "queen": 1}),
        {"king": 9, "zzz": 5, "queen": 1},
        WordVectors(["king", "zzz", "queen"], np.eye(3), counts=[9, 5, 1]),
    ],
    ids=lambda v: type(v).__name__,
)
def test_vocabularies_with_counts_have_coverage_by_tokens(
    vectors: WordVectors, vocabulary: Counter[str]
) -> None:
    coverage = vectors.embedding_matrix(vocabulary).coverage
    assert (coverage.types, coverage.known, coverage.exact) == (3, 2, 2)
    assert (coverage.tokens, coverage.known_tokens) == (15, 10)
    assert (coverage.type_share, coverage.token_share) == (2 / 3, 10 / 15)
    assert (coverage.missing, coverage.missing_counts) == (("zzz",), (5,))
    assert str(coverage) == (
        "2 of 3 words have a vector (66.7%); 66.7% of all 15 tokens. Missing: 'zzz' (5)."
    )


def test_missing_words_come_most_frequent_first_and_not_all_are_shown(
    vectors: WordVectors,
) -> None:
    counts = {f"w{i}": i for i in range(1, 14)} | {"king": 14}
    coverage = vectors.embedding_matrix(Counter(counts) | Counter({"king": 100})).coverage
    assert coverage.missing == tuple(f"w{i}" for i in range(13, 0, -1))
    assert str(coverage).endswith("'w4' (4) and 3 more.")
    listed = vectors.embedding_matrix(iter(["b", "king", "a"])).coverage
    assert (listed.missing, listed.missing_counts, listed.token_share) == (("b", "a"), None, None)
    assert str(listed) == "1 of 3 words have a vector (33.3%). Missing: 'b', 'a'."


def test_a_mapping_of_words_to_rows_is_not_taken_for_counts(vectors: WordVectors) -> None:
    for first in (0, 1):
        ids = {word: row for row, word in enumerate(["king", "queen", "zzz"], first)}
        with pytest.raises(
            ValueError, match=f"numbers from {first} to {first + 2}, .* look like r"
        ):
            vectors.embedding_matrix(ids)
    with pytest.raises(ValueError, match="expected a mapping of words to counts"):
        vectors.embedding_matrix({"king": 0.5})  # type: ignore[dict-item]


def test_fall_backs_are_tried_in_order_and_counted(vectors: WordVectors) -> None:
    words = ["KING", "paris", "café", "Café", "nato", "queen", "zzz"]
    assert vectors.embedding_matrix(words).coverage.known == 1
    m = vectors.embedding_matrix(words, fallbacks=("lower", "title", "upper", "accents"))
    np.testing.assert_array_equal(m.matrix[2:8], ROWS[[0, 2, 3, 3, 4, 1]])
    coverage = m.coverage
    assert dict(coverage.by_fallback) == {
        "lower": 1, "title": 1, "upper": 1, "accents": 1, "accents and lower": 1,
    }  # fmt: skip
    assert (coverage.exact, coverage.known, coverage.missing) == (1, 6, ("zzz",))
    assert "of them 1 by lower, 1 by title, 1 by accents" in str(coverage)
    both = WordVectors(["us", "Us"], [[1], [2]])
    for order, row in ((("lower", "title"), 1), (("title", "lower"), 2)):
        assert both.embedding_matrix(["US"], fallbacks=order).matrix[2, 0] == row


def test_random_rows_look_like_vectors_and_come_from_the_seed(vectors: WordVectors) -> None:
    words = ["king", "queen", *(f"w{i}" for i in range(4000))]
    m = vectors.embedding_matrix(words, seed=3)
    drawn = m.matrix[4:]
    np.testing.assert_allclose(drawn.mean(axis=0), [2, 3.5], atol=0.1)  # king and queen's
    np.testing.assert_allclose(drawn.std(axis=0), [1, 1.5], atol=0.1)
    np.testing.assert_array_equal(m.matrix, vectors.embedding_matrix(words, seed=3).matrix)
    assert (m.matrix[5] != vectors.embedding_matrix(words, seed=4).matrix[5]).any()
    assert m.matrix[1].any()  # the unknown token is drawn, too
    alone = vectors.embedding_matrix(["zzz"], oov="mean")  # no known word: of all vectors
    np.testing.assert_allclose(alone.matrix[1:], [ROWS.mean(axis=0)] * 2)


def test_an_error_names_the_words(vectors: WordVectors) -> None:
    with pytest.raises(UnknownWordError, match="no vector for 'zzz', 'yyy'"):
        vectors.embedding_matrix(["king", "zzz", "yyy"], oov="error")
    m = vectors.embedding_matrix(["king", "queen"], oov="error")
    np.testing.assert_array_equal(m.matrix, [[0, 0], [2, 3.5], [1, 2], [3, 5]])


def test_subwords_compose_what_is_missing(data_file: Callable[[str], Path]) -> None:
    model = load_vectors(data_file("gensim_test_data/crime-and-punishment.bin"))
    known = model.index_to_key[5]
    m = model.embedding_matrix({known: 4, "студентъъ": 3}, oov="subword")
    np.testing.assert_array_equal(m.matrix[2], model[known])
    np.testing.assert_array_equal(m.matrix[3], model["студентъъ"])
    assert (m.coverage.exact, m.coverage.composed, m.coverage.missing) == (1, 1, ())
    assert m.known.tolist() == [False, False, True, True]
    assert "of them 1 from their n-grams" in str(m.coverage)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"oov": "drop"}, "oov must be one of random, zero, mean, subword, error, found 'drop'"),
        ({"oov": "subword"}, "needs vectors with character n-grams"),
        ({"fallbacks": "lower"}, "fallbacks must be a list of lower, .* found 'lower'"),
        ({"fallbacks": ["stem"]}, r"found \['stem'\]"),
        ({"padding": "x", "unknown": "x"}, "padding and unknown must differ, both are 'x'"),
        ({"padding": ""}, "padding and unknown must be None or a word"),
    ],
)
def test_wrong_arguments_are_said(
    vectors: WordVectors, options: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        vectors.embedding_matrix(["king"], **options)


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [([], "at least one word"), (["a", "a"], "distinct words"), (["a", ""], "row 1 is empty")],
)
def test_wrong_vocabularies_are_refused(
    vectors: WordVectors, vocabulary: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        vectors.embedding_matrix(vocabulary)
    with pytest.raises(TypeError, match="the single str"):
        vectors.embedding_matrix("king")


def test_damaged_rows_of_a_mapped_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    WordVectors(["a", "bad"], [[1, 2], [3, 4]]).save(path)
    path.write_bytes(path.read_bytes()[:-4] + np.float32(np.inf).tobytes())
    with pytest.raises(VectorFormatError, match=r"vector of 'bad' \(row 1\) has NaN or an inf"):
        load_vectors(path).embedding_matrix(["a", "bad"])


def test_packed_vectors_are_unpacked_row_by_row(vectors: WordVectors, tmp_path: Path) -> None:
    vectors.save(tmp_path / "v.safetensors")
    packed = load_vectors(tmp_path / "v.safetensors", dtype="int8")
    m = packed.embedding_matrix(["NATO", "king"])
    np.testing.assert_array_equal(m.matrix[2:], packed[["NATO", "king"]])


def test_texts_become_rows(vectors: WordVectors) -> None:
    m = vectors.embedding_matrix(["king", "queen"])
    assert m.rows_of(["queen", "zzz", "king"]).tolist() == [3, 1, 2]
    assert m.rows_of([]).tolist() == []
    closed = vectors.embedding_matrix(["king"], unknown=None)
    with pytest.raises(UnknownWordError, match="no vector for 'zzz'"):
        closed.rows_of(["king", "zzz", "zzz"])
    with pytest.raises(TypeError, match="the single str"):
        m.rows_of("king")


def test_to_torch_has_a_padding_row_that_is_and_stays_zero(vectors: WordVectors) -> None:
    import torch

    m = vectors.embedding_matrix(["king", "zzz"])
    layer = m.to_torch()
    np.testing.assert_array_equal(layer.weight.detach().numpy(), m.matrix)
    assert layer.padding_idx == 0
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    layer(torch.tensor([0, 1, 2, 3])).pow(2).sum().backward()
    optimizer.step()
    trained = layer.weight.detach().numpy()
    np.testing.assert_array_equal(trained[0], [0, 0])
    assert (trained[1:] != m.matrix[1:]).all()
    assert not m.to_torch(freeze=True).weight.requires_grad


def test_torch_can_train_the_new_rows_only(vectors: WordVectors) -> None:
    """The recipe of docs/matrix.md."""
    import torch

    m = vectors.embedding_matrix(["king", "zzz", "queen"])
    layer = m.to_torch()
    known = torch.tensor(m.known)[:, None]
    layer.weight.register_hook(lambda gradient: gradient.masked_fill(known, 0.0))
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (layer(torch.tensor([0, 1, 2, 3, 4])) - 1).pow(2).sum().backward()
        optimizer.step()
    trained = layer.weight.detach().numpy()
    np.testing.assert_array_equal(trained[m.known], m.matrix[m.known])
    assert (trained[[1, 3]] != m.matrix[[1, 3]]).all()
    np.testing.assert_array_equal(trained[0], [0, 0])
