"""Classes of words, and categorisation sets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.commands import Run, runner
from reference.toy_topics import topic_vectors
from wordgraft.embeddings.errors import (
    ConfigurationError,
    CorpusNotFoundError,
    EvaluationDataError,
    OutputError,
)
from wordgraft.embeddings.testsets import CategorySet, read_categories
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.models.clusters.categorisation import evaluate_categories
from wordgraft.tasks.toys.words import TOPICS
from wordgraft.tasks.vectors import word_clusters

VECTORS = topic_vectors()
HOMES = {w: name for name, words in TOPICS.items() for w in " ".join(words).split()}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    VECTORS.save(tmp_path / "v.safetensors")
    return tmp_path / "v.safetensors"


def categories_file(path: Path, rows: dict[str, str] = HOMES) -> Path:
    path.write_text("".join(f"{word}\t{category}\n" for word, category in rows.items()))
    return path


# --- classes -----------------------------------------------------------------------------------


def test_words_of_a_topic_are_a_class(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "classes.tsv"
    found = word_clusters.run(file, k=11, output=out, topn=3)
    assert (found.words, found.without_direction) == (len(VECTORS), 0)
    assert len(found.classes) == 11
    close = [one.closeness for one in found.classes]
    assert close == sorted(close, reverse=True)
    by_class: dict[str, list[str]] = {}
    for line in out.read_text().splitlines():
        word, number = line.split("\t")
        by_class.setdefault(number, []).append(word)
    assert list(by_class) == [str(n) for n in range(11)]
    assert sorted(word for words in by_class.values() for word in words) == sorted(VECTORS)
    for one in found.classes:
        assert one.size == len(by_class[str(one.number)])
        assert by_class[str(one.number)][:3] == list(one.words)
    homes = [Counter(HOMES.get(word) for word in words) for words in by_class.values()]
    assert sum(max(one.values()) for one in homes) > 0.9 * len(VECTORS)


def test_the_command_prints_classes(file: Path, tmp_path: Path, run: Run) -> None:
    ran = run("word-clusters", file, "-k", 4, "--topn", 2, "--seed", 1)
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 4 + 3
    assert ran.out.splitlines()[-1] == f"{len(VECTORS)} words in 4 classes"
    found = json.loads(run("word-clusters", file, "-k", 3, "--restrict-vocab", 20, "--json").out)
    assert (found["words"], len(found["classes"])) == (20, 3)
    ran = run("word-clusters", file, "-k", 999)
    assert ran.code == 1
    assert "at most" in ran.err
    out = tmp_path / "none" / "c.tsv"
    assert "none doesn't exist" in run("word-clusters", file, "-k", 2, "-o", out).err
    with pytest.raises(OutputError):
        word_clusters.run(file, k=2, output=out)


def test_words_of_zeros_are_in_no_class(tmp_path: Path) -> None:
    WordVectors(["a", "b", "c"], np.array([[1.0, 0], [0, 0], [0, 1]])).save(tmp_path / "v.st")
    found = word_clusters.run(tmp_path / "v.st", k=2, output=tmp_path / "c.tsv")
    assert (found.words, found.without_direction) == (2, 1)
    assert "1 words of zeros are in none" in word_clusters.text(found)
    assert (tmp_path / "c.tsv").read_text() == "a\t0\nc\t1\n"


# --- categorisation sets -----------------------------------------------------------------------


def test_purity_by_hand(tmp_path: Path) -> None:
    rows = np.array([[1, 0], [1, 0.1], [0.9, 0], [0, 1], [0.1, 1], [0, 0]], np.float32)
    vectors = WordVectors(["Cat", "dog", "car", "bus", "tram", "zero"], rows)
    path = tmp_path / "set.tsv"
    path.write_text(
        "# animals and the like\n\ncat\tanimal\ndog\tanimal\ncar\tvehicle\nbus\tvehicle\n"
        "tram\tvehicle\ntram\tvehicle\nzero\tanimal\nseal\tanimal\nseal\tact\nship\tvehicle\n"
    )
    found = evaluate_categories(vectors, path)
    assert found.name == "set"
    assert found.purity == pytest.approx(4 / 5)  # the car is among animals
    assert (found.words, found.covered, found.categories) == (8, 5, 2)
    assert found.ambiguous == ("seal",)
    assert found.oov_words == ("seal", "ship")
    exact = evaluate_categories(vectors, path, case_insensitive=False)
    assert exact.covered == 4
    assert evaluate_categories(vectors, path, restrict_vocab=4).covered == 4


def test_topics_are_categories(tmp_path: Path) -> None:
    found = evaluate_categories(VECTORS, categories_file(tmp_path / "topics.tsv"))
    assert found.purity > 0.9
    assert found.covered + len(found.ambiguous) == found.words
    again = evaluate_categories(VECTORS, tmp_path / "topics.tsv")
    assert again == found


def test_files_with_named_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text(",category,word\n0,fish,Trout\n1,precious stone,ruby\n")
    assert read_categories(path).pairs == (("Trout", "fish"), ("ruby", "precious stone"))
    path.write_text("trout;fish\nruby;stone\n")
    assert read_categories(path) == CategorySet((("trout", "fish"), ("ruby", "stone")), ())


def test_lines_without_a_word_are_left_out_and_told(file: Path, tmp_path: Path, run: Run) -> None:
    path = categories_file(tmp_path / "topics.tsv")
    whole = evaluate_categories(VECTORS, path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["\tfish", lines[0], "trout\t", *lines[1:]]) + "\n")
    found = evaluate_categories(VECTORS, path)
    assert found == replace(whole, incomplete=(1, 3))
    with pytest.raises(EvaluationDataError, match=r"topics\.tsv:1: expected a word"):
        evaluate_categories(VECTORS, path, strict=True)
    ran = run("evaluate", file, "--categories", path)
    told = "topics: 2 lines without a word or a category left out (line 1, 3)"
    assert ran.out.splitlines()[-1] == told
    assert run("evaluate", file, "--categories", path, "--strict").code == 1


def test_the_set_ap_is_read_as_it_goes_about(data_file: Callable[[str], Path]) -> None:
    found = read_categories(data_file("categorization/ap.csv"))
    assert (len(found.pairs), len(found.incomplete)) == (402, 21)
    assert len({category for _, category in found.pairs}) == 21


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trout fish\n", ":1: expected a word and its category.*found 'trout fish'"),
        ("a,b\n,,\n", ":2: expected a word"),
        ("a\tb\nc\n", ":2: expected a word"),
        ("\tb\nc\t\n", "expected words with their categories, found none"),
        ("\n# nothing\n", "expected words with their categories, found none"),
        ("x\ty\n", "expected words that the vectors know, found none of 1"),
    ],
)
def test_broken_sets_name_file_and_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "set.tsv").write_text(text)
    with pytest.raises(EvaluationDataError, match=said):
        evaluate_categories(VECTORS, tmp_path / "set.tsv")


def test_what_is_impossible_is_said(tmp_path: Path) -> None:
    with pytest.raises(CorpusNotFoundError):
        evaluate_categories(VECTORS, tmp_path / "none.tsv")
    with pytest.raises(ConfigurationError, match="restrict_vocab"):
        evaluate_categories(VECTORS, tmp_path / "none.tsv", restrict_vocab=0)


def test_the_command_scores_sets(file: Path, tmp_path: Path, run: Run) -> None:
    path = categories_file(tmp_path / "topics.tsv")
    ran = run("evaluate", file, "--categories", path, "--categories", path)
    assert ran.code == 0
    assert ran.out.splitlines()[0].split()[:3] == ["categories", "purity", "nmi"]
    assert len(ran.out.splitlines()) == 3
    told: Any = json.loads(run("evaluate", file, "--categories", path, "--json").out)
    assert told["categories"][0]["categories"] == 10
    assert "--categories FILE" in run("evaluate", file).err
