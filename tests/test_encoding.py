from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import encode as reference
from wordgraft.embeddings import corpus as corpus_module
from wordgraft.embeddings import encoding
from wordgraft.embeddings.corpus import Corpus
from wordgraft.embeddings.encoded import EncodedCorpus
from wordgraft.embeddings.encoding import EncodingProgress, encode, open_encoded
from wordgraft.embeddings.errors import CorpusError
from wordgraft.embeddings.tokenizers import DefaultTokenizer, Tokenizer, WhitespaceTokenizer
from wordgraft.embeddings.vocabulary import Vocabulary

_WORDY = st.lists(
    st.sampled_from(
        ["the", "The", "the,", "cat", "don't", "x", "ΣΑΣ", "café", "東京", "<br />", "<br", "/>"]
        + ["&amp;", " ", "  ", "\n", "\n\n", "\t", "\r\n", "a@b.co", "1,000", "\u0085", "\x1c"]
    ),
    max_size=60,
)
TOKENIZERS: list[Tokenizer] = [
    WhitespaceTokenizer(),
    WhitespaceTokenizer(lower=True),
    DefaultTokenizer(),
    DefaultTokenizer(lower=False, keep_punctuation=True),
]


def content(encoded: EncodedCorpus) -> tuple[dict[str, int], list[list[str]]]:
    words = encoded.vocabulary.words
    counts = dict(zip(words, encoded.vocabulary.counts.tolist(), strict=True))
    assert np.array_equal(np.bincount(encoded.tokens, minlength=len(words)), encoded.corpus_counts)
    return counts, list(encoded.sentences())


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=repr)
@given(parts=_WORDY, min_count=st.integers(1, 3))
@settings(max_examples=30)
def test_fast_way_slow_way_and_twin_agree(
    tokenizer: Tokenizer, parts: list[str], min_count: int
) -> None:
    text = " ".join(parts) if len(parts) % 2 else "".join(parts)
    lines = text.split("\n")
    sentences = [tokens for line in lines if (tokens := tokenizer(line))]
    expected = reference.encode(sentences, min_count=min_count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        path.write_text(text, newline="")
        assert list(Corpus(path, tokenizer=tokenizer)) == sentences
        ways = {
            "lines of a file": Corpus(path, tokenizer=tokenizer, text_field=None),
            "texts": Corpus(lines, tokenizer=tokenizer),
            "token lists": Corpus(sentences, tokenizer=tokenizer),
            "any tokeniser": Corpus(lines, tokenizer=tokenizer.__call__),
            "mixed": Corpus([*lines[:2], *map(tokenizer, lines[2:])], tokenizer=tokenizer),
        }
        digests = set()
        for way, corpus in ways.items():
            if not expected[0]:
                with pytest.raises(CorpusError):
                    encode(corpus, Path(folder) / "out", min_count=min_count)
                continue
            encoded = encode(corpus, Path(folder) / "out", min_count=min_count)
            assert content(encoded) == expected, way
            assert encoded.vocabulary.words == list(expected[0]), way
            digests.add(encoded.digest)
            if way in ("texts", "mixed", "any tokeniser"):
                assert encoded.report.empty_records == len(lines) - len(sentences), way
        assert len(digests) <= 1


def test_records_keep_their_inner_newlines_in_one_sentence(tmp_path: Path) -> None:
    texts = ["one\ntwo <br\n/> three", "", "four\n"]
    fast = encode(Corpus(texts), tmp_path / "a", min_count=1)
    slow = encode(Corpus(texts, tokenizer=DefaultTokenizer().__call__), tmp_path / "b", min_count=1)
    assert content(fast) == content(slow)
    assert list(fast.sentences()) == [["one", "two", "three"], ["four"]]
    assert fast.report.empty_records == slow.report.empty_records == 1


def test_newlines_from_entities_end_no_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a&#10;b&NewLine;c\n")
    for source in (["a&#10;b&NewLine;c"], tmp_path / "text"):
        encoded = encode(Corpus(source), tmp_path / "out", min_count=1)
        assert list(encoded.sentences()) == [["a", "b", "c"]]


def test_report_counts(tmp_path: Path) -> None:
    path = tmp_path / "text"
    long_line = b"w " * 20_001
    path.write_bytes(b"a b a\n\n ... \nc\xff rare a\n" + long_line + b"\n")
    encoded = encode(Corpus(path, errors="replace"), tmp_path / "out", min_count=2)
    report = encoded.report
    assert report.tokens_read == 3 + 3 + 20_001
    assert report.tokens_kept == len(encoded.tokens) == 3 + 20_001
    assert report.sentences == len(encoded.offsets) - 1 == 5
    assert (report.empty_records, report.sentences_cut, report.bad_bytes) == (2, 2, 1)
    assert (report.types_read, report.types_kept, report.types_pruned) == (5, 2, 0)
    assert report.seconds > 0
    surrogates = ["a\ud800b", ["\udc00\udc01", "c"]]
    lenient = encode(Corpus(surrogates, errors="ignore"), tmp_path, min_count=1)
    assert lenient.report.bad_bytes == 3
    assert encoded.offsets.tolist() == [0, 2, 3, 10_003, 20_003, 20_004]


def test_a_sentence_may_go_on_over_any_number_of_blocks(tmp_path: Path) -> None:
    path = tmp_path / "line"
    path.write_text("ab cd " * 600_000)
    slow_tokenizer = WhitespaceTokenizer().__call__
    fast = encode(Corpus(path, tokenizer="whitespace"), tmp_path / "a")
    slow = encode(Corpus(path, tokenizer=slow_tokenizer), tmp_path / "b")
    assert np.array_equal(fast.offsets, np.arange(0, 1_200_001, 10_000))
    assert fast.digest == slow.digest
    assert fast.report.sentences_cut == 119


def test_what_is_opened_is_what_was_made(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("b a b\nc 'x' \"y\" \\ \u2028 é\n")
    corpus = Corpus(path, tokenizer="whitespace")
    made = encode(corpus, tmp_path / "out", min_count=1)
    opened = open_encoded(str(tmp_path / "out"))
    assert content(opened) == content(made)
    assert opened.vocabulary == made.vocabulary
    assert opened.report == made.report
    assert opened.digest == made.digest
    assert opened.fingerprint == corpus.fingerprint()
    assert opened.tokenizer_spec == {"name": "whitespace", "lower": False}
    assert opened.name == "text.txt"
    assert opened.tokens.dtype == np.int32
    assert opened.offsets.dtype == np.int64
    opened.tokens[0] = 5  # copy-on-write: the file stays
    assert open_encoded(tmp_path / "out").tokens[0] == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        *("meta.json", "offsets.int64", "tokens.int32", "vocabulary.json")
    ]


def test_specs_say_how_the_text_was_tokenised(tmp_path: Path) -> None:
    def spec(corpus: Corpus) -> object:
        return encode(corpus, tmp_path, min_count=1).tokenizer_spec["name"]

    assert spec(Corpus([["a"]])) == "tokens"
    assert spec(Corpus([["a"]], tokenizer="whitespace")) == "whitespace"
    assert spec(Corpus([["a"], "b"])) == "default"
    assert spec(Corpus(["b"], tokenizer=str.split)) == "custom"


def test_keep_adds_old_counts_and_drops_no_old_word(tmp_path: Path) -> None:
    old = Vocabulary(["king", "queen", "gone"], [10, 4, 2])
    text = ["queen new new queen rare", "new king queen"]
    encoded = encode(Corpus(text), tmp_path, min_count=3, keep=old)
    assert encoded.vocabulary.words == ["king", "queen", "new", "gone"]
    assert encoded.vocabulary.counts.tolist() == [11, 7, 3, 2]
    assert encoded.corpus_counts.tolist() == [1, 3, 3, 0]
    assert list(encoded.sentences()) == [["queen", "new", "new", "queen"], ["new", "king", "queen"]]
    assert encoded.report.types_read == 4
    again = open_encoded(tmp_path)
    assert again.corpus_counts.tolist() == [1, 3, 3, 0]


def junk_lines(seed: int, lines: int) -> list[str]:
    rng = np.random.default_rng(seed)
    common = rng.zipf(1.3, (lines, 12)) % 300
    return [
        " ".join([*(f"c{n}" for n in row), f"junk{i}", f"Junk{i}b"]) for i, row in enumerate(common)
    ]


@pytest.mark.parametrize("source", ["file", "texts"])
def test_pruning_is_the_same_both_ways_and_keeps_counts_true(tmp_path: Path, source: str) -> None:
    lines = junk_lines(1, 60_000)
    if source == "file":
        (tmp_path / "text").write_text("\n".join(lines))
    made = tmp_path / "text" if source == "file" else lines
    results = []
    for way, tokenizer in (("fast", DefaultTokenizer()), ("slow", DefaultTokenizer().__call__)):
        corpus = Corpus(made, tokenizer=tokenizer)
        encoded = encode(corpus, tmp_path / way, min_count=2, max_vocab_size=500)
        results.append(content(encoded))
        assert encoded.report.types_pruned > 80_000
        assert encoded.report.tokens_read == 60_000 * 14
        assert len(encoded.vocabulary) <= 500
        assert not list((tmp_path / way).glob("*.partial"))
    assert results[0] == results[1]
    truth = Counter(word for line in lines for word in line.lower().split())
    for word, count in truth.most_common(150):
        assert results[0][0][word] == count
    assert not any(word.startswith("junk") for word in results[0][0])


def test_pruning_spares_kept_words(tmp_path: Path) -> None:
    old = Vocabulary(["once", "absent"], [3, 2])
    lines = ["once upon", *junk_lines(2, 40_000)]
    encoded = encode(Corpus(lines), tmp_path, min_count=2, max_vocab_size=400, keep=old)
    counts = dict(zip(encoded.vocabulary.words, encoded.vocabulary.counts.tolist(), strict=True))
    assert (counts["once"], counts["absent"]) == (4, 2)
    assert len(counts) <= 400
    assert "upon" not in counts


def test_progress_comes_now_and_then_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(np.arange(0, 1000, 0.15))
    monkeypatch.setattr(encoding.time, "monotonic", lambda: float(next(clock)))
    path = tmp_path / "text"
    path.write_text("word " * 1_500_000)
    reports: list[EncodingProgress] = []
    encode(Corpus(path), tmp_path / "out", progress=reports.append)
    gaps = np.diff([report.seconds for report in reports[:-1]])
    assert len(reports) > 2
    assert (gaps >= 0.2).all()
    last = reports[-1]
    assert last.finished
    assert not any(report.finished for report in reports[:-1])
    assert last.tokens == 1_500_000
    assert last.bytes_done == last.bytes_total == 7_500_000
    assert last.words_per_second == pytest.approx(last.tokens / last.seconds)


def test_vocabulary_file_holds_any_characters(tmp_path: Path) -> None:
    words = ["\x00", '"', "\\", "\n", "new york", "\u2028", "😀", "{}", "a" * 1000]
    encoded = encode(Corpus([[word] for word in words]), tmp_path, min_count=1)
    assert encoded.vocabulary.words == words
    assert json.loads((tmp_path / "vocabulary.json").read_text())["words"] == words


def test_wiki_counts_are_those_of_its_data_sheet(
    tmp_path: Path, data_file: Callable[[str], Path]
) -> None:
    corpus = Corpus(data_file("wiki_text8style.gz"), tokenizer="whitespace")
    report = encode(corpus, tmp_path).report
    assert (report.tokens_read, report.types_read, report.types_kept) == (
        16_912_022,
        221_279,
        67_989,
    )
    assert report.sentences == -(-16_912_022 // corpus_module.MAX_SENTENCE)
