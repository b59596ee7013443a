"""Round trips with the real peers: gensim, spaCy, sentence-transformers, model2vec, torch."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wordgraft import WordVectors, from_gensim, load_vectors
from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.embeddings.formats.portable_tokenizer import tokenizer_json
from wordgraft.embeddings.tokenizers import DefaultTokenizer, WhitespaceTokenizer

WORDS = ["the", "café", "日本", "x\u00a0y", "\u2028", "king", "1.5"]
DEFAULT = DefaultTokenizer().spec()


def rows(words: int = 7, size: int = 3) -> np.ndarray:
    return np.random.default_rng(7).normal(size=(words, size)).astype(np.float32)


@pytest.fixture
def vectors() -> WordVectors:
    return WordVectors(WORDS, rows(), counts=[70, 60, 50, 40, 30, 20, 10], tokenizer=DEFAULT)


# --- gensim ----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # gensim's, without a header
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("word2vec", {}),
        ("fasttext", {}),
        ("word2vec-binary", {"binary": True}),
        ("glove", {"no_header": True}),
    ],
)
def test_gensim_reads_our_files_bit_for_bit(
    vectors: WordVectors, name: str, options: dict[str, bool], tmp_path: Path
) -> None:
    from gensim.models import KeyedVectors

    vectors.save_as(tmp_path / "v", format=name)
    read = KeyedVectors.load_word2vec_format(str(tmp_path / "v"), **options)
    assert tuple(read.index_to_key) == vectors.index_to_key
    np.testing.assert_array_equal(read.vectors.view(np.uint32), rows().view(np.uint32))


def test_gensim_takes_the_vectors_and_gives_them_back(vectors: WordVectors) -> None:
    theirs = vectors.to_gensim()
    assert [(w, theirs.get_vecattr(w, "count")) for w in theirs.index_to_key[:2]] == [
        ("the", 70),
        ("café", 60),
    ]
    expected = [tuple(pair) for pair in vectors.most_similar("king", topn=6)]
    found = theirs.most_similar("king", topn=6)
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], rtol=1e-5)
    ours = from_gensim(theirs)
    assert ours.index_to_key == vectors.index_to_key
    np.testing.assert_array_equal(ours.vectors, vectors.vectors)
    np.testing.assert_array_equal(ours.counts, vectors.counts)


def test_gensim_may_add_words_to_what_it_was_given(vectors: WordVectors) -> None:
    theirs = vectors.to_gensim()
    theirs.add_vectors(["new"], [np.ones(3, np.float32)])
    theirs["king"] = np.zeros(3, np.float32)
    assert theirs.index_to_key[-1] == "new"
    np.testing.assert_array_equal(theirs["new"], [1, 1, 1])
    np.testing.assert_array_equal(theirs["the"], vectors["the"])
    assert vectors["king"].any()  # a copy was changed


def test_from_gensim_takes_models_and_knows_made_up_counts(
    vectors: WordVectors, tmp_path: Path
) -> None:
    from gensim.models import KeyedVectors, Word2Vec

    model = Word2Vec([["a", "b", "a"]] * 3, vector_size=4, min_count=1, epochs=1, workers=1)
    ours = from_gensim(model)
    assert (ours.index_to_key, ours.counts.tolist()) == (("a", "b"), [6, 3])
    vectors.save_as(tmp_path / "v.vec")
    assert from_gensim(KeyedVectors.load_word2vec_format(str(tmp_path / "v.vec"))).counts is None


def test_gensims_fasttext_comes_and_goes_with_its_ngrams(data_file: Callable[[str], Path]) -> None:
    from gensim.models.fasttext import load_facebook_vectors

    path = data_file("gensim_test_data/crime-and-punishment.bin")
    theirs, ours = load_facebook_vectors(str(path)), load_vectors(path)
    # fastText takes no n-grams of the end of a sentence, gensim does.
    known = [word for word in theirs.index_to_key if word != "</s>"]
    words = [*known[:20], "студентъъ", "unseen"]
    expected = np.array([theirs[word] for word in words])
    for vectors in (ours, from_gensim(theirs), from_gensim(ours.to_gensim())):
        np.testing.assert_allclose(vectors[words], expected, atol=1e-6)
        assert vectors.index_to_key == tuple(theirs.index_to_key)
        assert "unseen" not in vectors
    back = ours.to_gensim()
    np.testing.assert_allclose([back[word] for word in words], expected, atol=1e-6)
    rows = [theirs.get_index(word) for word in known]
    np.testing.assert_allclose(back.vectors_vocab[rows], theirs.vectors_vocab[rows], atol=1e-5)


def test_quantised_ngrams_stay_behind_on_the_way_to_gensim(
    data_file: Callable[[str], Path],
) -> None:
    ours = load_vectors(data_file("embeddings/lid.176.ftz"))
    theirs = ours.to_gensim()
    assert not hasattr(theirs, "vectors_ngrams")
    word = ours.index_to_key[7]
    np.testing.assert_array_equal(theirs[word], ours[word])


def test_from_gensim_refuses_what_is_not_gensims() -> None:
    with pytest.raises(TypeError, match="expected gensim's KeyedVectors, .* found dict"):
        from_gensim({"a": [1.0]})


# --- spaCy -----------------------------------------------------------------------------------


def test_spacy_has_the_vectors_in_memory_and_from_the_folder(
    vectors: WordVectors, tmp_path: Path
) -> None:
    import spacy

    vectors.save_as(tmp_path / "pipeline", format="spacy")
    for pipeline in (vectors.to_spacy("en"), spacy.load(tmp_path / "pipeline")):
        assert pipeline.vocab.vectors.shape == (7, 3)
        for word in WORDS:
            np.testing.assert_array_equal(pipeline.vocab.get_vector(word), vectors[word])
        king, other = pipeline("King unheard")
        np.testing.assert_array_equal(king.vector, vectors["king"])  # all words are lower case
        assert not other.has_vector
        np.testing.assert_array_equal(other.vector, np.zeros(3))


def test_spacy_looks_tokens_up_as_they_stand_where_words_have_capitals() -> None:
    vectors = WordVectors(["king", "Paris"], rows(2))
    pipeline = vectors.to_spacy("de")
    assert pipeline.lang == "de"
    assert [token.has_vector for token in pipeline("King king Paris")] == [False, True, True]
    lowered = vectors.to_spacy(attr="LOWER")
    assert [token.has_vector for token in lowered("King king Paris")] == [True, True, False]
    with pytest.raises(ConfigurationError, match="attr must be 'ORTH', 'LOWER' or None"):
        vectors.to_spacy(attr="LEMMA")  # type: ignore[arg-type]


def test_spacys_own_command_reads_our_text(vectors: WordVectors, tmp_path: Path) -> None:
    from spacy.training.initialize import read_vectors

    vectors.save_as(tmp_path / "v.vec")
    matrix, words, _ = read_vectors(tmp_path / "v.vec", 0)
    assert words == WORDS
    np.testing.assert_array_equal(matrix, vectors.vectors)


# --- sentence-transformers and model2vec -----------------------------------------------------

TEXT = "The café's KING, the queen & <b>king</b>: 1.5 日本!"
"""By the default rules: the, café's, king, the, queen, king, 1.5, 日, 本."""


def test_sentence_transformers_averages_the_words(vectors: WordVectors, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    assert vectors.to_sentence_transformers(tmp_path / "st").notes == ()
    model = SentenceTransformer(str(tmp_path / "st"), device="cpu")
    found = model.encode([TEXT, "king", "unheard", ""])
    known = ["the", "king", "the", "king", "1.5"]
    # Four of nine words are unknown: zeros that shorten the mean and leave its direction.
    expected = vectors[known].sum(axis=0) / 9
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)
    np.testing.assert_allclose(found[1], vectors["king"], rtol=1e-6)
    np.testing.assert_array_equal(found[2:], np.zeros((2, 3)))


def test_model2vec_averages_the_words_it_knows(vectors: WordVectors, tmp_path: Path) -> None:
    from model2vec import StaticModel
    from sentence_transformers import SentenceTransformer

    vectors.save_as(tmp_path / "m2v", format="model2vec")
    model = StaticModel.from_pretrained(tmp_path / "m2v")
    known = ["the", "king", "the", "king", "1.5"]
    np.testing.assert_allclose(model.encode(TEXT), vectors[known].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(model.encode("king " * 1000), vectors["king"], rtol=1e-5)
    assert model.tokens[:7] == tuple(WORDS)
    # The folder is one of sentence-transformers, too.
    other = SentenceTransformer(str(tmp_path / "m2v"), device="cpu")
    np.testing.assert_allclose(other.encode("king"), vectors["king"], rtol=1e-6)


def test_a_word_named_like_the_unknown_token_keeps_its_vector(tmp_path: Path) -> None:
    from model2vec import StaticModel

    spec = WhitespaceTokenizer().spec()
    vectors = WordVectors(["a", "[UNK]"], [[1, 2], [3, 4]], tokenizer=spec)
    vectors.save_as(tmp_path / "m2v", format="model2vec")
    model = StaticModel.from_pretrained(tmp_path / "m2v")
    np.testing.assert_array_equal(model.encode("a [UNK] b"), [2, 3])


def cut_by_both(
    tokenizer: DefaultTokenizer | WhitespaceTokenizer, texts: list[str]
) -> list[tuple[list[str], list[str]]]:
    """Tokens by our tokeniser, and by the JSON that leaves with the vectors."""
    from tokenizers import Tokenizer

    value, note = tokenizer_json(["a"], tokenizer.spec(), unknown="?", lower=False)
    assert note == ""
    theirs = Tokenizer.from_str(json.dumps(value))
    normalise, cut = theirs.normalizer, theirs.pre_tokenizer
    found = []
    for text in texts:
        plain = text if normalise is None else normalise.normalize_str(text)
        found.append((tokenizer(text), [token for token, _ in cut.pre_tokenize_str(plain)]))
    return found


TOKENIZERS = [
    DefaultTokenizer(),
    DefaultTokenizer(lower=False, keep_punctuation=True, strip_markup=False),
    WhitespaceTokenizer(lower=True),
]
TEXTS = [
    "Don't stop: it's 1,000.50 kg - well-known e.g. u.s.a. new_york _x_ x_",
    "See https://example.com/a?b=c, www.a.org. Or mail some.one+x@mail.example.org!",
    "naïve cafe\u0301 co\xadop ’tis rock’n’roll 東京タワー is tall",
    "<br />one<b>two</b> a < b and c > d <!-- no --> &amp; &lt;x&gt; &quot;y&quot;",
    " \t tabs\x0bfeeds\x0cand\r\nlines  ",
    "हिन्दी भाषा, עִבְרִית, ไทย. x\u200dy 1st 2nd 3.14cm",
    "",
]


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=lambda t: t.name)
def test_the_portable_tokeniser_cuts_as_ours_does(tokenizer: DefaultTokenizer) -> None:
    for ours, theirs in cut_by_both(tokenizer, TEXTS):
        assert theirs == ours


def test_the_portable_tokeniser_cuts_real_reviews_as_ours_does(
    data_file: Callable[[str], Path],
) -> None:
    with gzip.open(data_file("imdb_test.jsonl.gz"), "rt", encoding="utf-8") as file:
        texts = [json.loads(next(file))["text"] for _ in range(300)]
    pairs = cut_by_both(DefaultTokenizer(), texts)
    assert sum(len(ours) for ours, _ in pairs) > 50_000
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


def test_words_that_no_text_is_cut_into_are_counted(tmp_path: Path) -> None:
    vectors = WordVectors(["new york", "a"], rows(2), tokenizer=DEFAULT)
    report = vectors.save_as(tmp_path / "m2v", format="model2vec")
    assert report.notes == ("Words with white space, which no text is cut into: 1",)


@pytest.mark.parametrize(
    ("spec", "said"),
    [(None, "in a way not known"), ({"name": "spacy"}, "by 'spacy', which JSON can't tell")],
)
def test_what_the_portable_tokeniser_can_not_do_is_said(
    spec: dict[str, str] | None, said: str, tmp_path: Path
) -> None:
    vectors = WordVectors(["king", ","], rows(2), tokenizer=spec)
    report = vectors.save_as(tmp_path / "st", format="sentence-transformers")
    assert report.notes == (
        f"The words were cut {said}: the folder's tokenizer.json takes words and punctuation "
        "marks by wordgraft's default rules, in lower case",
    )


# --- torch -----------------------------------------------------------------------------------


def test_torch_gets_a_copy_of_all_rows(vectors: WordVectors) -> None:
    layer = vectors.to_torch()
    np.testing.assert_array_equal(layer.weight.detach().numpy(), vectors.vectors)
    assert layer.weight.requires_grad
    assert layer.padding_idx is None
    layer.weight.data.zero_()
    assert vectors.vectors.any()
    assert not vectors.to_torch(freeze=True).weight.requires_grad
