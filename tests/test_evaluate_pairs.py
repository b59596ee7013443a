"""Rated word pairs: gensim's numbers, honest coverage, and the forms files come in."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from wordgraft import WordVectors, evaluate_similarity
from wordgraft.embeddings.errors import EvaluationDataError
from wordgraft.embeddings.testsets import RatedPair, read_rated_pairs

Write = Callable[..., Path]
NAMES = ("EN-MC-30", "EN-RG-65", "EN-SIMLEX-999", "EN-WS-353-ALL", "EN-WS-353-REL", "EN-YP-130")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_text(text: str | bytes, name: str = "set.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_text


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    rng = np.random.default_rng(3)
    words = [f"w{i}" for i in range(50)] + ["W3", "zero"]
    rows = rng.standard_normal((52, 4))
    rows[-1] = 0.0
    return WordVectors(words, rows)


def random_pairs(n: int, seed: int) -> list[tuple[str, str, float]]:
    """Pairs of different words, none twice: their equal cosines are rounded apart in gensim."""
    rng = np.random.default_rng(seed)
    every = [(a, b) for a in range(60) for b in range(a)]  # some words are unknown
    words = [every[i] for i in rng.permutation(len(every))[:n]]
    ratings = rng.random(n).round(1).tolist()
    return [(f"w{a}", f"{'wW'[a % 2]}{b}", s) for (a, b), s in zip(words, ratings, strict=True)]


@pytest.mark.parametrize("restrict_vocab", [None, 30])
@pytest.mark.parametrize("case_insensitive", [True, False])
def test_scores_are_gensims_and_scipys(
    vectors: WordVectors, write: Write, restrict_vocab: int | None, *, case_insensitive: bool
) -> None:
    from gensim.models import KeyedVectors

    theirs = KeyedVectors(4)
    theirs.add_vectors(list(vectors.index_to_key), vectors.vectors.copy())
    pairs = [*random_pairs(200, 1), ("w3", "W3", 0.9)]
    path = write("".join(f"{a}\t{b}\t{s}\n" for a, b, s in pairs))
    options: dict[str, Any] = {"case_insensitive": case_insensitive}
    pearson, spearman, oov = theirs.evaluate_word_pairs(
        str(path), restrict_vocab=restrict_vocab, **options
    )
    report = evaluate_similarity(vectors, path, restrict_vocab=restrict_vocab, **options)
    assert report.pearson == pytest.approx(pearson[0], abs=1e-6)
    assert report.spearman == pytest.approx(spearman[0], abs=1e-6)
    assert 100 * (1 - report.covered / report.pairs) == pytest.approx(oov)
    if restrict_vocab is None and case_insensitive:
        known = [p for p in pairs if p[0] in vectors and p[1].lower() in vectors]
        cosines = [vectors.similarity(a, b.lower()) for a, b, _ in known]
        expected = stats.spearmanr(cosines, [s for *_, s in known]).statistic
        assert report.spearman == pytest.approx(expected, abs=1e-9)
        unknown = [w for a, b, _ in pairs for w in (a, b) if w.lower() not in vectors]
        assert report.oov_words == tuple(dict.fromkeys(unknown))


@pytest.mark.parametrize("name", NAMES)
def test_real_files_are_read_and_scored(
    vectors: WordVectors, data_file: Callable[[str], Path], name: str
) -> None:
    path = data_file(f"wordsim/{name}.txt")
    pairs = read_rated_pairs(path)
    expected = {"EN-WS-353-ALL": 353, "EN-WS-353-REL": 252}.get(name) or int(name.split("-")[-1])
    assert len(pairs) == expected
    words = list(dict.fromkeys(word for p in pairs for word in (p.word1, p.word2)))[5:]
    rng = np.random.default_rng(0)
    report = evaluate_similarity(WordVectors(words, rng.standard_normal((len(words), 5))), path)
    assert report.name == name
    assert report.pairs == expected > report.covered > 0
    assert report.spearman is not None
    assert len(report.oov_words) == 5


def test_repeated_and_self_pairs_of_wordsim_are_told(
    vectors: WordVectors, data_file: Callable[[str], Path]
) -> None:
    report = evaluate_similarity(vectors, data_file("wordsim/EN-WS-353-ALL.txt"))
    assert report.repeated_pairs == (("money", "cash"), ("money", "bank"))
    assert report.self_pairs == ("tiger",)


def test_pairs_repeat_in_either_order_and_case(vectors: WordVectors, write: Write) -> None:
    path = write("w1 w2 1\nW2 w1 2\nw2 w1 3\nw4 W4 1\n")
    report = evaluate_similarity(vectors, path)
    assert (report.repeated_pairs, report.self_pairs) == ((("W2", "w1"),), ("w4",))
    report = evaluate_similarity(vectors, path, case_insensitive=False)
    assert (report.repeated_pairs, report.self_pairs) == ((("w2", "w1"),), ())


@pytest.mark.parametrize(
    "pairs",
    [
        "none nada 1\n",  # nothing covered
        "w1 w2 1\nnone w3 2\n",  # one pair
        "w1 w2 1\nw3 w4 1\n",  # equal ratings
        "w1 w2 1\nw2 w1 2\n",  # equal cosines
        "w1 zero 1\nzero w2 2\n",
    ],
)
def test_a_correlation_that_is_not_defined_is_none(
    vectors: WordVectors, write: Write, pairs: str
) -> None:
    report = evaluate_similarity(vectors, write(pairs))
    assert (report.spearman, report.pearson) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "king\tqueen\t8.5\nnew york\tcity\t-2e-1\n",
        "king,queen,8.5\nnew york, city , -2e-1\n",
        "king;queen;8.5\nnew york;city;-2e-1\n",
        "Word 1\tWord 2\tHuman (mean)\nking\tqueen\t8.5\nnew york\tcity\t-.2\n",
        "word1,word2,POS,SimLex999,SD\nking,queen,N,8.5,1\nnew york,city,N,-0.2,1\n",
        "# heading\r\n\r\n  king\tqueen\t8.5\tmore\r\nnew york\tcity\t-0.20\t9\r\n",
        "\ufeffking\tqueen\t8.5\nnew york\tcity\t-0.2",
    ],
)
def test_forms_of_files(write: Write, text: str) -> None:
    expected = (RatedPair("king", "queen", 8.5), RatedPair("new york", "city", -0.2))
    assert read_rated_pairs(write(text)) == expected
    assert read_rated_pairs(write(gzip.compress(text.encode()), "set.gz")) == expected


def test_words_between_spaces(write: Write) -> None:
    expected = (RatedPair("king", "queen", 8.5), RatedPair("c", "d", 7))
    assert read_rated_pairs(write("king queen 8.5\nc   d\t7\n")) == expected
    assert read_rated_pairs(write("w1 w2 s\nking queen 8.5\nc d 7 ann\n")) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "set.txt: expected pairs of words with a rating, found none"),
        ("word1 word2 score\n", "found none"),
        ("a b\n", r"set.txt:1: expected two words and a number, found 'a b'"),
        ("a b c\nd e f\n", r":2: expected two words and a number, found 'd e f'"),
        ("a b 1\nc d x\n", r":2: expected two words and a number in column 3, found 'c d x'"),
        ("a b 1\nnew york city 2\n", r":2: .* in column 3, found 'new york city 2'"),
        ("a b 1\nc d nan\n", r":2: .* in column 3"),
        ("a\tb\t1\n\tc\t2\n", r":2: .*in column 3"),
        (b"a b 1\n\n\xe9 b 2\n", r":3: expected UTF-8 text, found the byte 0xe9"),
        ("a b 1\nc d " + "x" * 90, r"found 'c d x{56}…'"),
    ],
)
def test_bad_files_are_refused_by_line(write: Write, text: str | bytes, message: str) -> None:
    with pytest.raises(EvaluationDataError, match=message):
        read_rated_pairs(write(text))
