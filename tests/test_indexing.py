"""Texts to rows: what is counted, cut and taken, against tokenisers run one by one."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordgraft import embedding_matrix, make_tokenizer
from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.models.indexing import FIRST_WORD, UNKNOWN, IndexedTexts, TextIndexer
from wordgraft.tasks.toys import world as toyworld

WORDS = ["the", "film", "was", "good", "don't"]


def by_hand(texts: list, words: list[str], tokenizer: str, unknown: str) -> list[list[int]]:
    """The slow twin: the tokeniser, then a dictionary."""
    rows = {word: row for row, word in enumerate(words, FIRST_WORD)}
    cut = make_tokenizer(tokenizer)
    found = [[rows.get(t, UNKNOWN) for t in (cut(x) if isinstance(x, str) else x)] for x in texts]
    return found if unknown == "unk" else [[r for r in text if r != UNKNOWN] for text in found]


def test_words_have_their_rows_and_others_are_left_out_and_counted() -> None:
    found = TextIndexer(WORDS, "default", unknown="skip")(["The film? GOOD film!", "", "xyz xyz"])
    assert found.ids.tolist() == [2, 3, 5, 3]
    assert found.offsets.tolist() == [0, 4, 4, 4]
    assert found.unknown.tolist() == [0, 0, 2]
    assert found.empty.tolist() == [False, True, True]
    assert (found.ids.dtype, found.offsets.dtype, found.unknown.dtype) == (
        np.int32, np.int64, np.int64,
    )  # fmt: skip


def test_unknown_words_may_have_a_row() -> None:
    found = TextIndexer(WORDS, "default", unknown="unk")(["what a good film"])
    assert found.ids.tolist() == [1, 1, 5, 3]
    assert found.unknown.tolist() == [2]
    assert not found.empty.any()


@given(
    st.lists(st.text(alphabet="the film\n\r\t<br/>good&amp;'DON\u2019\x85\xe9", max_size=40)),
    st.sampled_from(["default", "whitespace"]),
    st.sampled_from(["skip", "unk"]),
)
def test_texts_are_indexed_as_one_by_one(texts: list[str], tokenizer: str, unknown: str) -> None:
    found = TextIndexer(WORDS, tokenizer, unknown=unknown)(texts)
    assert [text.tolist() for text in found] == by_hand(texts, WORDS, tokenizer, unknown)


def test_many_texts_pass_through_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wordgraft.models.indexing._BLOCK_CHARACTERS", 100)
    texts = list(toyworld.sentences(2_000, seed=3))
    words = sorted({w for text in texts[::2] for w in make_tokenizer(None)(text)})
    found = TextIndexer(words, "default", unknown="skip")(texts)
    assert [text.tolist() for text in found] == by_hand(texts, words, "default", "skip")
    assert found.unknown.sum() > 0


def test_lists_of_tokens_and_functions_are_read_one_by_one() -> None:
    indexer = TextIndexer(WORDS, str.split, unknown="unk")
    found = indexer(["good film", ["film", "Film"], ("the",), np.array(["was"])])
    assert [text.tolist() for text in found] == [[5, 3], [3, 1], [2], [4]]
    assert TextIndexer(WORDS, unknown="unk")(["Film!", ["Film!"]]).ids.tolist() == [3, 1]


def test_a_sentence_splitter_gives_one_text() -> None:
    class Sentences(type(make_tokenizer("whitespace"))):  # type: ignore[misc]
        chunkwise = False

        def sentences(self, text):
            yield from (part.split() for part in text.split("."))

    found = TextIndexer(WORDS, Sentences())(["good film. the film", "was"])
    assert [text.tolist() for text in found] == [[5, 3, 2, 3], [4]]


def test_a_lone_surrogate_is_no_reason_to_stop() -> None:
    assert TextIndexer(WORDS)(["good \ud83d film"]).ids.tolist() == [5, 3]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", "expected a list of texts, found the single str 'one text'"),
        (["a", None], "text 1: expected a str or a list of tokens, found NoneType"),
        (["a", "b", 0.5], "text 2: .* found float"),
        ([b"bytes"], "text 0: .* found bytes"),
        ([["a", 3]], "text 0: expected tokens that are str, found int 3"),
    ],
)
def test_what_is_no_text_is_refused_with_its_number(texts: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        TextIndexer(WORDS)(texts)  # type: ignore[arg-type]


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='expected "skip" or "unk", found \'drop\''):
        TextIndexer(WORDS, unknown="drop")  # type: ignore[arg-type]


def test_a_matrix_brings_its_rows() -> None:
    vectors = WordVectors(WORDS, np.eye(5))
    matrix = embedding_matrix(vectors, ["good", "bad"])
    indexer = TextIndexer.of_matrix(matrix, "default", unknown="unk")
    assert len(indexer) == len(matrix.words) == 4
    assert (
        indexer(["bad good worse"]).ids.tolist()
        == matrix.rows_of(["bad", "good", "worse"]).tolist()
    )
    with pytest.raises(ValueError, match="expected padding in row 0 and the unknown word in row 1"):
        TextIndexer.of_matrix(embedding_matrix(vectors, WORDS, padding=None))


def some_texts(lengths: list[int]) -> IndexedTexts:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = np.arange(offsets[-1], dtype=np.int32) + 1
    return IndexedTexts(ids, offsets, np.arange(len(lengths), dtype=np.int64))


def test_long_texts_keep_their_head_and_tail() -> None:
    texts = some_texts([10, 3, 0, 4])  # 1..10, 11..13, nothing, 14..17
    assert [t.tolist() for t in texts.cut(4, head_share=0.25)] == [
        [1, 8, 9, 10], [11, 12, 13], [], [14, 15, 16, 17],
    ]  # fmt: skip
    assert texts.cut(4, head_share=1)[0].tolist() == [1, 2, 3, 4]
    assert texts.cut(4, head_share=0)[0].tolist() == [7, 8, 9, 10]
    assert texts.cut(4).unknown.tolist() == [0, 1, 2, 3]
    assert texts.cut(10) is texts


@given(st.lists(st.integers(0, 9)), st.integers(1, 6), st.floats(0, 1))
def test_a_cut_is_that_of_each_text(lengths: list[int], most: int, share: float) -> None:
    texts, head = some_texts(lengths), round(most * share)
    for whole, part in zip(texts, texts.cut(most, head_share=share), strict=True):
        wanted = whole.tolist()
        if len(wanted) > most:
            wanted = wanted[:head] + wanted[len(wanted) - (most - head) :]
        assert part.tolist() == wanted


@given(st.lists(st.integers(0, 12)), st.integers(1, 5))
def test_chunks_make_up_the_texts(lengths: list[int], most: int) -> None:
    texts = some_texts(lengths)
    parts, owner = texts.chunks(most)
    again: list[list[int]] = [[] for _ in lengths]
    for part, text in zip(parts, owner.tolist(), strict=True):
        assert len(part) <= most
        again[text] += part.tolist()
    assert again == [text.tolist() for text in texts]
    assert parts.unknown.sum() == texts.unknown.sum()
    sizes = [len(part) for part, text in zip(parts, owner, strict=True) if text == 0]
    assert not sizes or max(sizes) - min(sizes) <= 1


def test_some_texts_are_taken_in_the_order_asked() -> None:
    texts = some_texts([2, 0, 3])
    assert [t.tolist() for t in texts.take([2, 0, 2])] == [[3, 4, 5], [1, 2], [3, 4, 5]]
    assert texts.take([2, 0, 2]).unknown.tolist() == [2, 0, 2]
    assert [t.tolist() for t in texts.take(~texts.empty)] == [[1, 2], [3, 4, 5]]
    assert len(texts.take([])) == 0
    with pytest.raises(IndexError, match="numbers of texts from 0 to 2"):
        texts.take([3])
    with pytest.raises(IndexError, match="one of 3 texts, found 3"):
        _ = texts[3]
    assert texts[-1].tolist() == [3, 4, 5]


def test_what_is_held_is_read_only_and_whole() -> None:
    texts = some_texts([2, 1])
    with pytest.raises(ValueError, match="read-only"):
        texts.ids[0] = 5
    with pytest.raises(ValueError, match="expected offsets from 0 to 3"):
        IndexedTexts(texts.ids, texts.offsets[:-1], texts.unknown[:-1])
    with pytest.raises(ValueError, match="expected 2 numbers of unknown words"):
        IndexedTexts(texts.ids, texts.offsets, texts.unknown[:-1])


def test_reviews_are_indexed_as_one_by_one(data_file) -> None:
    import gzip

    texts: list[str] = []
    with gzip.open(data_file("imdb_test.jsonl.gz"), "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            texts.append(json.loads(line)["text"])
            if len(texts) == 300:
                break
    cut = make_tokenizer(None)
    words = sorted({word for text in texts[::3] for word in cut(text)})
    found = TextIndexer(words)(texts)
    assert [text.tolist() for text in found] == by_hand(texts, words, "default", "skip")
