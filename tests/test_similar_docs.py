"""``wordgraft similar-docs``: nearest documents, words beside them, near duplicates, bad input."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.commands import Run, runner
from wordgraft import WordVectors
from wordgraft.models.documents.nearest import DocumentIndex
from wordgraft.models.documents.vectorizer import DocumentVectorizer

WORDS = ["sun", "rain", "wind", "goal", "team", "bank", "rate", "and", "the"]
TEXTS = [
    "Sun and rain.", "The rain, the wind", "team goal", "bank rate", "xyzzy", "goal and team",
    "bank and rate", "sun and rain", "a very long text of wind " * 9,
]  # fmt: skip


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "similar-docs")


@pytest.fixture(scope="module")
def words() -> WordVectors:
    rows = np.random.default_rng(1).standard_normal((len(WORDS), 8))
    counts = [30, 30, 20, 20, 20, 15, 15, 500, 900]
    return WordVectors(WORDS, rows, counts=counts, tokenizer={"name": "default"})


@pytest.fixture
def files(tmp_path: Path, words: WordVectors) -> tuple[Path, Path]:
    words.save(tmp_path / "v.safetensors")
    lines = [json.dumps({"id": f"d{n}", "text": text}) for n, text in enumerate(TEXTS)]
    (tmp_path / "docs.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "docs.jsonl", tmp_path / "v.safetensors"


def expected(words: WordVectors, query: str, topn: int) -> list[tuple[str, float]]:
    vectorizer = DocumentVectorizer(words, weighting="idf")
    index = DocumentIndex(vectorizer.fit_transform(TEXTS), vectorizer=vectorizer)
    return [(f"d{one.row}", one.similarity) for one in index.nearest(query, topn=topn)[0]]


def test_the_nearest_documents_are_printed(run: Run, words: WordVectors, files: Any) -> None:
    docs, vectors = files
    done = run(docs, "--vectors", vectors, "--weighting", "idf", "--query", "rain", "--topn", 3)
    assert done.code == 0
    lines = [line.split("  ") for line in done.out.splitlines()]
    assert [(name, float(cosine)) for cosine, name, _ in lines] == [
        (name, round(cosine, 4)) for name, cosine in expected(words, "rain", 3)
    ]
    assert lines[0][2] in TEXTS


def test_several_queries_words_and_json(run: Run, words: WordVectors, files: Any) -> None:
    docs, vectors = files
    options = (
        "--vectors",
        vectors,
        "--weighting",
        "idf",
        "--query",
        "bank",
        "--query",
        "team goal",
    )
    done = run(docs, *options, "--words", 2)
    first, second = done.out.split("\n\n")
    assert first.startswith("bank:\n")
    assert second.startswith("team goal:\n")
    assert first.splitlines()[-1].startswith("words: bank, ")
    assert len(second.splitlines()) == 1 + 8 + 1
    told = json.loads(run(docs, *options, "--words", 2, "--topn", 1, "--json").out)
    assert (told["documents"], told["empty"], told["duplicates"]) == (9, 1, None)
    (found,) = told["answers"][0]["documents"]
    assert (found["id"], found["row"], found["text"]) == ("d3", 3, "bank rate")
    assert [word["word"] for word in told["answers"][0]["words"]][0] == "bank"


def test_queries_from_a_file_and_from_standard_input(
    run: Run, files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs, vectors = files
    asked = tmp_path / "asked.txt"
    asked.write_text("bank rate\nteam\n")
    options = ("--vectors", vectors, "--weighting", "mean", "--topn", 1)
    done = run(docs, *options, "--query", asked)
    assert done.out.splitlines()[::3] == ["1: bank rate", "2: team"]
    stdin = io.TextIOWrapper(io.BytesIO(b"bank rate\nteam\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run(docs, *options, "--query", "-").out == done.out


def test_near_duplicates_are_printed(run: Run, files: Any) -> None:
    docs, vectors = files
    options = ("--vectors", vectors, "--duplicates")
    done = run(docs, *options, "--threshold", 0.999)
    assert done.out.splitlines() == [
        "2 groups of documents with a cosine from 0.999; 2 of 9 documents repeat another",
        "2 documents, from 1.0000:",
        "  d0  Sun and rain.",
        "  d7  sun and rain",
        "2 documents, from 0.9996:",
        "  d3  bank rate",
        "  d6  bank and rate",
    ]
    told = json.loads(
        run(
            docs, *options, "--weighting", "mean", "--threshold", 0.5, "--approximate", "--json"
        ).out
    )
    assert told["duplicates"]["exact"] is False
    assert told["duplicates"]["groups"][0]["rows"]
    assert told["answers"] == []


def test_a_fitted_vectorizer_serves(run: Run, words: WordVectors, files: Any) -> None:
    docs, vectors = files
    model = docs.parent / "fitted"
    DocumentVectorizer(words, weighting="idf").fit(TEXTS).save(model)
    asked = ("--query", "rain", "--json")
    one = run(docs, "--model", model, *asked)
    other = run(docs, "--vectors", vectors, "--weighting", "idf", *asked)
    assert json.loads(one.out)["answers"] == json.loads(other.out)["answers"]


def test_bad_input_is_one_line(run: Run, files: Any, tmp_path: Path) -> None:
    docs, vectors = files
    own = ("--vectors", vectors, "--weighting", "mean")
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    for arguments, said in (
        ((docs, *own), "expected --query TEXT, FILE or -, or --duplicates; found neither"),
        ((docs, *own, "--query", "a", "--duplicates"), "or --duplicates; found both"),
        ((docs, "--query", "rain"), "expected --vectors FILE or --model FITTED, found neither"),
        ((docs, *own, "--query", "plugh"), "1 of 1 queries have no known word: 'plugh'"),
        ((docs, *own, "--query", empty), "empty.txt: expected documents, found none"),
        ((empty, *own, "--query", "rain"), "empty.txt: expected documents, found none"),
        (("nowhere.txt", *own, "--query", "rain"), "nowhere.txt"),
        ((docs, *own, "--duplicates", "--threshold", 2), "threshold: expected a cosine above 0"),
        ((docs, *own, "--query", "-", "--query", "-"), "standard input (-) can be read once only"),
        ((docs, "--model", tmp_path / "none", "--query", "rain"), "there is no such folder"),
        ((docs, "--model", "m", "--seed", 1, "--query", "a"), "seed: a fitted model has its own"),
    ):
        done = run(*arguments)
        assert (done.code, done.out) == (1, ""), arguments
        assert said in done.err
        assert done.err.count("\n") == 1


def test_one_document_and_unknown_words_only(run: Run, files: Any, tmp_path: Path) -> None:
    _, vectors = files
    one = tmp_path / "one.txt"
    one.write_text("rain\n")
    done = run(one, "--vectors", vectors, "--weighting", "mean", "--query", "rain")
    assert done.out == "1.0000  1  rain\n"
    done = run(one, "--vectors", vectors, "--weighting", "mean", "--duplicates")
    assert done.out.startswith("0 groups")
    one.write_text("xyzzy plugh\n")
    done = run(one, "--vectors", vectors, "--weighting", "mean", "--query", "rain")
    assert done.code == 1
    assert "none of the 1 documents has a word that the vectors know" in done.err


def test_the_default_recipe_serves(run: Run, files: Any) -> None:
    docs, vectors = files
    done = run(docs, "--vectors", vectors, "--query", "rain", "--topn", 2)
    assert done.code == 0
    assert len(done.out.splitlines()) == 2
