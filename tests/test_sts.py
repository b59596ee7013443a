"""Rated pairs of sentences: the files, the scores, and the command."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from reference.commands import Run, runner
from wordgraft import WordVectors
from wordgraft.embeddings.errors import CorpusNotFoundError, EvaluationDataError
from wordgraft.embeddings.testsets import RatedTexts, read_rated_texts
from wordgraft.models.documents.sts import evaluate_sts
from wordgraft.models.documents.text_similarity import text_similarity

Write = Callable[..., Path]
WORDS = ["the", "a", "dog", "cat", "bird", "runs", "sings", "sleeps"]
BENCHMARK = (
    "main\tMSRvid\t2012\t0001\t4.5\tA dog runs.\tThe dog runs.\n"
    'main\tMSRvid\t2012\t0002\t0\tA "cat" sleeps.\tthe bird, sings\tsource\tlicence\n'
    'main\tnews\t2013\t0003\t2.5\tthe "dog runs\tthe dog sings\n'
    "main\tnews\t2013\t0004\t1\t# xyzzy\tthe dog\n"
)
PAIRS = (
    RatedTexts("A dog runs.", "The dog runs.", 4.5),
    RatedTexts('A "cat" sleeps.', "the bird, sings", 0.0),
    RatedTexts('the "dog runs', "the dog sings", 2.5),
    RatedTexts("# xyzzy", "the dog", 1.0),
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_text(text: str | bytes, name: str = "sts.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_text


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    rows = np.random.default_rng(1).standard_normal((len(WORDS), 6))
    counts = [900, 800, 30, 20, 10, 20, 9, 5]
    return WordVectors(WORDS, rows, counts=counts, tokenizer={"name": "default"})


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "evaluate")


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        BENCHMARK,
        "genre\tfile\tyear\tid\tscore\ttext\ttext\n" + BENCHMARK,
        "\ufeff" + BENCHMARK.replace("\n", "\r\n") + "\n\n",
        "".join(f"{p.rating}\t{p.text1}\t{p.text2}\n" for p in PAIRS),
        "".join(f"{p.text1}\t{p.text2}\t{p.rating}\n" for p in PAIRS),
        "text\ttext\tscore\n" + "".join(f"{p.text1}\t{p.text2}\t{p.rating}\n" for p in PAIRS),
    ],
)
def test_forms_of_files(write: Write, text: str) -> None:
    assert read_rated_texts(write(text)) == PAIRS
    assert read_rated_texts(write(gzip.compress(text.encode()), "sts.csv.gz")) == PAIRS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "sts.csv: expected pairs of texts with a rating, found none"),
        ("score\ttext\ttext\n", "found none"),
        ("a dog\n", "sts.csv:1: expected two texts and a number between tabs, found 'a dog'"),
        ("a,b,3\n", ":1: expected two texts and a number between tabs"),
        ("a\tb\tc\nd\te\tf\n", ":2: expected two texts and a number between tabs"),
        (BENCHMARK + "a\tb\tc\td\tx\te\tf\n", r":5: .* in columns 6, 7 and 5 between tabs"),
        (BENCHMARK + "a\tb\tc\td\tnan\te\tf\n", ":5: "),
        (BENCHMARK + "a\tb\tc\td\t3\te\n", r":5: .*found 'a\\tb\\tc\\td\\t3\\te'"),
        (BENCHMARK + "a\tb\tc\td\t3\te\t\n", ":5: "),
        (BENCHMARK.encode() + b"\xff\n", ":5: expected UTF-8 text, found the byte 0xff"),
    ],
)
def test_bad_files_are_refused_by_line(write: Write, text: str | bytes, message: str) -> None:
    with pytest.raises(EvaluationDataError, match=message):
        read_rated_texts(write(text))


def test_a_missing_file(vectors: WordVectors, tmp_path: Path) -> None:
    with pytest.raises(CorpusNotFoundError, match=r"none\.csv"):
        evaluate_sts(vectors, tmp_path / "none.csv")


# --- scores ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["align", "overlap"])
def test_scores_are_scipys(vectors: WordVectors, write: Write, method: str) -> None:
    report = evaluate_sts(vectors, write(BENCHMARK), method=method)  # type: ignore[arg-type]
    found = text_similarity([(p.text1, p.text2) for p in PAIRS], vectors, method=method)  # type: ignore[arg-type]
    ratings = [p.rating for p in PAIRS]
    assert report.pearson == pytest.approx(stats.pearsonr(found, ratings).statistic)
    assert report.spearman == pytest.approx(stats.spearmanr(found, ratings).statistic)
    assert (report.name, report.method, report.pairs) == ("sts", method, 4)
    assert (report.without_words, report.words, report.unknown_words) == (1, 21, 1)


def test_a_correlation_that_is_not_defined_is_none(vectors: WordVectors, write: Write) -> None:
    same = write("3\tthe dog\tthe dog\n2\ta cat\ta cat\n")
    for path in (same, write("3\tthe dog\ta cat\n", "one.tsv")):
        report = evaluate_sts(vectors, path)
        assert (report.pearson, report.spearman) == (None, None)


def test_the_tokenizer_can_be_named(write: Write) -> None:
    wv = WordVectors(WORDS, np.eye(len(WORDS)), tokenizer={"name": "whitespace", "lower": False})
    path = write(BENCHMARK)
    assert (
        evaluate_sts(wv, path).unknown_words
        > evaluate_sts(wv, path, tokenizer="default").unknown_words
    )


def test_real_files_are_read(data_file: Callable[[str], Path]) -> None:
    for part, pairs in (("train", 5749), ("dev", 1500), ("test", 1379)):
        found = read_rated_texts(data_file(f"sts/sts-{part}.csv.gz"))
        assert len(found) == pairs
        assert all(0 <= pair.rating <= 5 for pair in found)


# --- the command -------------------------------------------------------------------------------


def test_the_command_scores_files(vectors: WordVectors, write: Write, run: Run) -> None:
    vectors.save(path := write("", "v.safetensors"))
    again = write(BENCHMARK, "again.tsv")
    told = run(path, "--sts", write(BENCHMARK), "--sts", again)
    assert told.code == 0
    head, first, second = told.out.splitlines()
    assert head.split() == ["sts", "pearson", "spearman", "pairs", "words", "unknown"]
    report = evaluate_sts(vectors, again)
    assert first.split()[1:] == second.split()[1:]
    assert second.split()[:2] == ["again", f"{report.pearson:.4f}"]
    told = run(path, "--sts", again, "--sts-method", "overlap", "--json")
    (scores,) = json.loads(told.out)["sts"]
    assert (scores["name"], scores["method"], scores["pairs"]) == ("again", "overlap", 4)
    assert scores["without_words"] == 1


def test_wrong_files_are_one_line(vectors: WordVectors, write: Write, run: Run) -> None:
    vectors.save(path := write("", "v.safetensors"))
    bad = run(path, "--sts", write("a\tb\n", "bad.tsv"))
    assert bad.code == 1
    assert "bad.tsv:1: expected two texts and a number" in bad.err
    missing = run(path, "--sts", "nowhere.tsv")
    assert (missing.code, missing.err.count("\n")) == (1, 1)
    nothing = run(path)
    assert nothing.code == 1
    assert "nothing to score on: give" in nothing.err
    assert "--sts FILE" in nothing.err
