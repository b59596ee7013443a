from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from wordgraft.embeddings.corpus import MAX_SENTENCE, Corpus, as_corpus
from wordgraft.embeddings.errors import (
    ConfigurationError,
    CorpusError,
    CorpusNotFoundError,
)
from wordgraft.embeddings.reading import Tally

TEXT = "The cat sat.\n\nA dog\u0085 café!\nLast line"
SENTENCES = [["the", "cat", "sat"], ["a", "dog", "café"], ["last", "line"]]
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def as_json_lines(texts: list[str], field: str = "text") -> bytes:
    lines = (json.dumps({"id": i, field: text}, ensure_ascii=False) for i, text in enumerate(texts))
    return "".join(f"{line}\n" for line in lines).encode()


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("honest", [True, False])
def test_text_files_plain_and_compressed(tmp_path: Path, suffix: str, honest: bool) -> None:
    path = tmp_path / f"corpus.txt{suffix if honest else '.data'}"
    path.write_bytes(PACKERS[suffix](TEXT.encode()))
    assert list(Corpus(path)) == SENTENCES
    assert list(Corpus(str(path))) == SENTENCES


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("named", [True, False])
def test_json_lines_by_name_and_by_content(tmp_path: Path, suffix: str, named: bool) -> None:
    path = tmp_path / f"corpus{'.jsonl' if named else ''}{suffix}"
    records = ["The cat\nsat.", "", "A dog\u0085 café!", "\ud83d\ude00 last line"]
    path.write_bytes(PACKERS[suffix](as_json_lines(["", *records[:3]]) + b'{"text": null}\n\n'))
    assert list(Corpus(path)) == SENTENCES[:2]


def test_json_lines_with_another_field_token_lists_or_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"body": "One two"}\n{"body": ["Three", "four five"]}\n')
    assert list(Corpus(path, text_field="body")) == [["one", "two"], ["Three", "four five"]]
    assert list(Corpus(path, text_field=None))[0] == ["body", "one", "two"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"txt": "x", "id": 3}', r"bad.jsonl:2: no field 'text'; there are 'txt', 'id'. Name it"),
        ('["x"]', r"bad.jsonl:2: expected a JSON object, found list"),
        ('"x"', r"bad.jsonl:2: expected a JSON object, found str"),
        ('{"text": "x"', r"bad.jsonl:2: expected one JSON object a line, found .*column 13"),
        ('{"text": 5}', r"bad.jsonl, record 2: expected a text or a list of tokens, found int 5"),
        ('{"text": {"a": 1}}', r"bad.jsonl, record 2: expected a text or .* found dict"),
        ('{"text": ["a", 7]}', r"expected tokens of type str, found int 7 at position 1"),
        ("[" * 100_000, r"bad.jsonl:2: expected one JSON object a line"),
        ('{"text": "a\\ud800"}', r"record 2: expected Unicode text, .*surrogate U\+D800 at byte 1"),
    ],
)
def test_bad_json_lines_are_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f'{{"text": "fine"}}\n{line}\n')
    with pytest.raises(CorpusError, match=message):
        list(Corpus(path))


def test_folder_is_read_in_sorted_order_with_folders_inside(tmp_path: Path) -> None:
    for name, data in {
        "b.txt": b"two",
        "a/z.txt.gz": gzip.compress(b"one"),
        "c": b"three",
        "d.jsonl": as_json_lines(["four"]),
        ".hidden": b"no",
        ".git/x.txt": b"no",
        "table.parquet": b"\0no",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    corpus = Corpus(tmp_path)
    assert list(corpus) == [["one"], ["two"], ["three"], ["four"]]
    assert corpus.name == tmp_path.name


def test_folder_without_text_and_missing_path(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("no")
    with pytest.raises(CorpusError, match=r"the folder holds no text file"):
        list(Corpus(tmp_path))
    with pytest.raises(CorpusNotFoundError, match=r"nothere\.txt: no such file.*pass a list: \[te"):
        Corpus(tmp_path / "nothere.txt")
    with pytest.raises(FileNotFoundError):
        Corpus("a text, not a path")


def test_a_file_that_goes_away_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    corpus = Corpus(path)
    path.unlink()
    with pytest.raises(CorpusNotFoundError, match=r"a\.txt: no such file"):
        list(corpus)
    with pytest.raises(CorpusNotFoundError, match=r"a\.txt: no such file"):
        corpus.fingerprint()


@pytest.mark.parametrize(
    "data", [TEXT.encode(), gzip.compress(TEXT.encode())], ids=["plain", "gzip"]
)
def test_standard_input_once(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    stdin(monkeypatch, data)
    corpus = Corpus("-")
    assert corpus.one_shot
    assert corpus.fingerprint() is None
    assert list(corpus) == SENTENCES
    with pytest.raises(CorpusError, match="standard input has been read already"):
        list(corpus)


def test_standard_input_with_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, as_json_lines(["One\ntwo", "three"]))
    assert list(Corpus("-")) == [["one", "two"], ["three"]]


def test_lists_of_texts_and_of_tokens() -> None:
    items = ["The cat\nsat.", ["The", "new york", ""], ("A",), ""]
    assert list(Corpus(items)) == [["the", "cat", "sat"], ["The", "new york"], ["A"]]
    assert list(Corpus(items, lower=True))[1:] == [["the", "new york"], ["a"]]
    corpus = Corpus(items)
    assert list(corpus) == list(corpus)
    assert not corpus.one_shot


def test_generators_are_read_once() -> None:
    corpus = Corpus(text for text in ["One two", "three"])
    assert corpus.one_shot
    assert list(corpus) == [["one", "two"], ["three"]]
    with pytest.raises(CorpusError, match="generator has been read already.*pass a list"):
        list(corpus)


def test_an_object_that_starts_anew_is_read_again() -> None:
    class Sentences:
        def __iter__(self):
            yield from (["a", "b"], ["c"])

    corpus = Corpus(Sentences())
    assert list(corpus) == list(corpus) == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([["a"], 5], r"item 2: expected a text or a list of tokens, found int 5"),
        ([b"bytes"], r"item 1: expected a text or a list of tokens, found bytes"),
        ([["a", b"b"]], r"item 1: expected tokens of type str, found bytes b'b' at position 1"),
        ([[["a"]]], r"found list \['a'\] at position 0"),
        ([["ok"], ["\ud800"]], r"item 2: expected Unicode text, found the lone surrogate U\+D800"),
        (["ok", "é\udfff"], r"item 2: .*surrogate U\+DFFF at byte 2"),
    ],
)
def test_wrong_items_are_named(items: list[object], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        list(Corpus(items))


def test_lone_surrogates_follow_the_policy() -> None:
    items = ["a\ud800b", ["\udc00", "x\udfffy"]]
    split = "whitespace"
    assert list(Corpus(items, tokenizer=split, errors="replace")) == [
        ["a\ufffdb"],
        ["\ufffd", "x\ufffdy"],
    ]
    assert list(Corpus(items, tokenizer=split, errors="ignore")) == [["ab"], ["xy"]]


@pytest.mark.parametrize("source", [5, None, {"a": 1}, b"text"])
def test_what_is_no_corpus(source: object) -> None:
    with pytest.raises(ConfigurationError, match="expected a path, a datasets.Dataset, or an iter"):
        Corpus(source)


def test_a_corpus_of_a_corpus() -> None:
    inner = Corpus(["A b"], tokenizer="whitespace")
    assert as_corpus(inner) is inner
    assert list(Corpus(inner)) == [["A", "b"]]
    with pytest.raises(ConfigurationError, match="has its own settings"):
        as_corpus(inner, lower=True)
    assert list(as_corpus(["A b"], lower=True)) == [["a", "b"]]
    with pytest.raises(ConfigurationError, match="errors: expected \"strict\".*found 'drop'"):
        Corpus(["x"], errors="drop")


def test_datasets() -> None:
    datasets = pytest.importorskip("datasets")
    table = {"text": ["The cat", None, "sat"], "tokens": [["A", "b"], [], ["c"]]}
    data = datasets.Dataset.from_dict(table)
    assert list(Corpus(data)) == [["the", "cat"], ["sat"]]
    assert list(Corpus(data, text_field="tokens")) == [["A", "b"], ["c"]]
    assert list(Corpus(data["text"][:1])) == [["the", "cat"]]
    assert list(Corpus(data.to_iterable_dataset())) == [["the", "cat"], ["sat"]]
    assert list(Corpus(data.with_format("numpy"), text_field="text")) == [["the", "cat"], ["sat"]]
    mark = Corpus(data).fingerprint()
    assert mark is not None
    assert mark != Corpus(data, text_field="tokens").fingerprint()
    with pytest.raises(CorpusError, match="no column 'body'; there are 'text', 'tokens'"):
        Corpus(data, text_field="body")
    with pytest.raises(CorpusError, match="expected one split.*'train', 'test'"):
        Corpus(datasets.DatasetDict(train=data, test=data))


def test_sentences_are_cut_at_the_limit() -> None:
    line = " ".join(f"w{i}" for i in range(2 * MAX_SENTENCE + 3))
    lengths = [len(s) for s in Corpus([line, line.split(), " ".join(["x"] * MAX_SENTENCE)])]
    assert lengths == [MAX_SENTENCE, MAX_SENTENCE, 3] * 2 + [MAX_SENTENCE]


def test_fingerprints_change_with_files_and_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    first = Corpus(path).fingerprint()
    assert first is not None
    assert first == Corpus(str(path)).fingerprint() == Corpus(Corpus(path)).fingerprint()
    others = [
        Corpus(path, lower=False).fingerprint(),
        Corpus(path, errors="ignore").fingerprint(),
        Corpus(path, text_field="body").fingerprint(),
    ]
    path.write_text("other")
    others.append(Corpus(path).fingerprint())
    assert len({first, *others}) == 5
    assert Corpus(["one"]).fingerprint() is None


def test_real_imdb_records_hold_c1_characters(data_file: Callable[[str], Path]) -> None:
    corpus = Corpus(data_file("imdb_train.jsonl.gz"))
    assert sum(len(batch) for batch in corpus.batches(Tally())) == 25_000
