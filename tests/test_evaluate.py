"""Scores on analogies and rated pairs: gensim's numbers, a slow twin's, and honest coverage."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordgraft import WordVectors, evaluate_analogies, evaluate_similarity
from wordgraft.embeddings import evaluate
from wordgraft.embeddings.errors import (
    ConfigurationError,
    CorpusNotFoundError,
    EvaluationDataError,
)
from wordgraft.embeddings.testsets import read_analogies

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_text(text: str | bytes, name: str = "set.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_text


def gensims(vectors: WordVectors) -> Any:
    from gensim.models import KeyedVectors

    theirs = KeyedVectors(vectors.vector_size)
    theirs.add_vectors(list(vectors.index_to_key), vectors.vectors.copy())
    return theirs


@pytest.fixture(scope="module")
def real(data_file: Callable[[str], Path]) -> WordVectors:
    """10,000 genuine GloVe vectors."""
    with gzip.open(data_file("embeddings/glove.wikigiga.100d.top10k.int8.txt.gz"), "rt") as file:
        lines = [line.rstrip("\n").split(" ") for line in file]
    return WordVectors([line[0] for line in lines], [np.array(x[1:], np.float32) for x in lines])


# --- analogies -------------------------------------------------------------------------------


@pytest.fixture
def world() -> WordVectors:
    """Capitals beside their countries, comparatives beside their adjectives, exactly."""
    places = {"france": [5, 0], "japan": [0, 5], "italy": [4, 3], "big": [-3, 4], "old": [-5, 1]}
    rows = {name: [*xy, 0, 0] for name, xy in places.items()}
    capitals = {"paris": "france", "tokyo": "japan", "rome": "italy"}
    rows |= {capital: [*places[country], 3, 0] for capital, country in capitals.items()}
    rows |= {"bigger": [-3, 4, 0, 3], "older": [-5, 1, 0, 3], "nothing": [0, 0, 0, 0]}
    return WordVectors.from_mapping(rows)


def test_scores_by_section_and_kind(world: WordVectors, write: Write) -> None:
    path = write(
        ": capitals\n"
        "paris france tokyo japan\n"
        "paris france rome italy\n"
        "paris france rome japan\n"  # expects what is wrong
        "paris france oslo norway\n"
        ": gram1-comparative\n"
        "big bigger old older\n"
        "big bigger hot hotter\n"
    )
    report = evaluate_analogies(world, path)
    assert report.name == "set"
    shown = [(s.name, s.correct, s.asked, s.skipped_oov, s.accuracy) for s in report.sections]
    assert shown == [("capitals", 2, 3, 1, 2 / 3), ("gram1-comparative", 1, 1, 1, 1.0)]
    assert (report.semantic.correct, report.semantic.asked) == (2, 3)
    assert (report.syntactic.correct, report.syntactic.asked) == (1, 1)
    total = report.total
    assert (total.correct, total.asked, total.skipped_oov) == (3, 4, 2)
    assert report.oov_words == ("oslo", "norway", "hot", "hotter")
    assert json.loads(json.dumps(asdict(report)))["total"]["correct"] == 3


def test_no_known_question_has_no_accuracy(world: WordVectors, write: Write) -> None:
    report = evaluate_analogies(world, write(": s\na b c d\n"))
    assert (report.total.asked, report.total.skipped_oov, report.total.accuracy) == (0, 1, None)


def test_restricted_rows_are_neither_known_nor_answers(world: WordVectors, write: Write) -> None:
    path = write(": s\nparis france tokyo japan\n")
    assert evaluate_analogies(world, path, restrict_vocab=7).total.correct == 1
    assert evaluate_analogies(world, path, restrict_vocab=6).total.skipped_oov == 1


def test_case_is_folded_on_request(world: WordVectors, write: Write) -> None:
    path = write(": s\nParis FRANCE tokyo Japan\n")
    assert evaluate_analogies(world, path).total.correct == 1
    exact = evaluate_analogies(world, path, case_insensitive=False)
    assert exact.total.skipped_oov == 1
    assert exact.oov_words == ("Paris", "FRANCE", "Japan")


def test_a_vector_of_zeros_is_never_right(world: WordVectors, write: Write) -> None:
    path = write(": s\nparis france tokyo nothing\nnothing nothing paris france\n")
    assert evaluate_analogies(world, path).total.correct == 0
    assert evaluate_analogies(world, path).total.asked == 2


def test_words_of_the_question_are_no_answer(write: Write) -> None:
    three = WordVectors.from_mapping({"a": [1, 0], "b": [0, 1], "B": [0, 2], "c": [1, 1]})
    report = evaluate_analogies(three, write(": s\na b c b\na b c B\n"))
    assert (report.total.correct, report.total.asked) == (0, 2)


def test_of_equal_answers_the_first_row_counts(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "_BLOCK", 2)
    rows = {"a": [1, 0], "b": [0, 1], "c": [0.9, 0.1], "d": [0.1, 1], "x": [1, -1], "e": [0.1, 1]}
    vectors = WordVectors.from_mapping(rows)
    assert evaluate_analogies(vectors, write(": s\na b c d\n")).total.correct == 1
    assert evaluate_analogies(vectors, write(": s\na b c e\n")).total.correct == 0


def cased_vectors(seed: int) -> WordVectors:
    """300 words in some of three spellings each, so that case decides much."""
    rng = np.random.default_rng(seed)
    words = [f"w{i}" for i in range(100)] + [f"W{i}" for i in rng.permutation(140)[:100]]
    words += [f"x{i}" for i in range(50)]
    rows = rng.standard_normal((len(words), 6))
    rows[100:200] += 0.7 * rows[:100]
    order = rng.permutation(len(words))
    return WordVectors([words[i] for i in order], rows[order])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("restrict_vocab", [400, 120])
@pytest.mark.parametrize("case_insensitive", [True, False])
def test_analogies_are_gensims(
    write: Write, seed: int, restrict_vocab: int, *, case_insensitive: bool
) -> None:
    vectors = cased_vectors(seed)
    rng = np.random.default_rng(seed)
    lines: list[str] = []
    for section in ("one", "two", "gram3"):
        lines.append(f": {section}")
        for _ in range(40):
            lines.append(" ".join(f"w{i}" for i in rng.integers(0, 100, 4)))
    # Random questions are hardly ever answered right: the first answers are put in their place.
    theirs = gensims(vectors)
    for i in range(1, len(lines), 2):
        if lines[i][0] != ":":
            a, b, c, _ = lines[i].split()
            if len({a, b, c} & set(vectors.index_to_key[:restrict_vocab])) == 3:
                answer = theirs.most_similar([b, c], [a], restrict_vocab=restrict_vocab)[0][0]
                lines[i] = f"{a} {b} {c} {answer}"
    path = write("\n".join(lines))
    options = {"restrict_vocab": restrict_vocab, "case_insensitive": case_insensitive}
    score, sections = theirs.evaluate_word_analogies(str(path), **options)
    report = evaluate_analogies(vectors, path, **options)  # pyright: ignore
    found = [(s.name, s.correct, s.asked) for s in (*report.sections, report.total)]
    expected = [
        (s["section"], len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in sections
    ]
    expected[-1] = ("total", *expected[-1][1:])
    assert found == expected
    assert 0 < score == report.total.accuracy


def test_real_analogies_are_gensims(
    real: WordVectors, write: Write, data_file: Callable[[str], Path]
) -> None:
    with gzip.open(data_file("analogy/questions-words.txt.gz"), "rt") as file:
        lines = [line for i, line in enumerate(file) if line[0] == ":" or i % 20 == 0]
    path = write("".join(lines))
    score, sections = gensims(real).evaluate_word_analogies(str(path), restrict_vocab=5000)
    report = evaluate_analogies(real, path, restrict_vocab=5000)
    assert [s.correct for s in report.sections] == [len(s["correct"]) for s in sections[:-1]]
    assert report.total.accuracy == score > 0.5
    assert report.total.asked + report.total.skipped_oov == len(lines) - 14


@given(
    words=st.integers(4, 40),
    size=st.integers(2, 5),
    questions=st.integers(0, 30),
    group=st.integers(1, 12),
    block=st.integers(1, 20),
    piece=st.integers(1, 7),
    method=st.sampled_from(["3cosadd", "3cosmul"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_answers_in_pieces_are_those_of_most_similar(
    words: int,
    size: int,
    questions: int,
    group: int,
    block: int,
    piece: int,
    method: Any,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((words, size))
    rows[rng.random(words) < 0.1] = 0.0
    vectors = WordVectors([f"w{i}" for i in range(words)], rows)
    asked = rng.integers(0, words, (questions, 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "_QUESTIONS", group)
        patch.setattr(evaluate, "_BLOCK", block)
        patch.setattr(evaluate, "_PIECE", piece)
        known = evaluate._KnownWords(vectors, None, case_insensitive=False)
        answers = evaluate._answers(known, asked, method)
    ask = vectors.most_similar if method == "3cosadd" else vectors.most_similar_cosmul
    for (a, b, c, _), answer in zip(asked.tolist(), answers.tolist(), strict=True):
        if not rows[[a, b, c]].any(axis=1).all() or a in (b, c):
            continue  # no direction, or what cancels
        expected = ask([f"w{b}", f"w{c}"], [f"w{a}"], topn=2)
        if len(expected) == 2 and expected[0].similarity - expected[1].similarity < 1e-5:
            continue  # rounding decides
        assert answer == (vectors.get_index(expected[0].word) if expected else -1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"set.txt: expected analogies, four words a line, found none"),
        (": only\n", "found none"),
        (": s\na b c d\na b c\n", r"set.txt:3: expected four words or ': section', found 'a b c'"),
        (": s\na b c d e\n", r":2: expected four words"),
        (": s\na\tb\t\td\n", r":2: expected four words"),
        (":\na b c d\n", r":1: expected a name after ':'"),
        (b": s\na b c d\n\xff b c d\n", r":3: expected UTF-8 text, found the byte 0xff"),
        (b"\x1f\x8b\x08 damaged", "damaged"),
    ],
)
def test_bad_files_of_analogies_are_refused_by_line(
    write: Write, text: str | bytes, message: str
) -> None:
    with pytest.raises(EvaluationDataError, match=message):
        read_analogies(write(text))


def test_forms_of_analogy_files(write: Write) -> None:
    text = (
        "\ufeff# made by hand\r\na b c d\r\n\r\n:s 1\r\nnew york\tusa\tparis\tfrance\n: t\ne f g h"
    )
    path = write(gzip.compress(text.encode()), "mine.v2.txt.gz")
    sections = read_analogies(path)
    assert [s.name for s in sections] == ["mine.v2", "s 1", "t"]
    assert sections[0].questions == (("a", "b", "c", "d"),)
    assert sections[1].questions == (("new york", "usa", "paris", "france"),)
    assert sections[2].questions == (("e", "f", "g", "h"),)


def test_only_newlines_end_lines(write: Write) -> None:
    sections = read_analogies(write(": s\na\u2028b\tc\x0cd\te\tf\n"))
    assert sections[0].questions == (("a\u2028b", "c\x0cd", "e", "f"),)


def test_impossible_options_are_refused_together(world: WordVectors, write: Write) -> None:
    path = write(": s\na b c d\n")
    with pytest.raises(
        ConfigurationError, match="3cosadd, 3cosmul, found 'add'; restrict_vocab must be at least 1"
    ):
        evaluate_analogies(world, path, method="add", restrict_vocab=0)  # pyright: ignore
    with pytest.raises(ConfigurationError, match="restrict_vocab must be at least 1, found 0"):
        evaluate_similarity(world, path, restrict_vocab=0)
    with pytest.raises(CorpusNotFoundError, match="none.txt: no such file"):
        evaluate_analogies(world, path.with_name("none.txt"))
