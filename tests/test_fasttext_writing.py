"""Models written for fastText: its own bytes, and what gensim and fastText read from them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numba
import numpy as np
import pytest

from wordgraft import WordVectors, load_vectors, write_vectors
from wordgraft.embeddings.errors import ConfigurationError, OutputError, UnwritableWordError
from wordgraft.embeddings.subwords import Subwords

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="bytes are read by LLVM code: it exists only compiled"
)

GOLDEN = Path(__file__).parent / "golden" / "fasttext"
RNG = np.random.default_rng(11)
WORDS = ["king", "queen", "naïve", "</s>", "two words", "日本"]
UNSEEN = ["kings", "enviroment", "日本語", "🙂🙂"]


def made(buckets: int = 500) -> WordVectors:
    subwords = None
    if buckets:
        table = RNG.standard_normal((buckets, 7)).astype(np.float32)
        subwords = Subwords(2, 4, buckets, table)
    rows = RNG.standard_normal((6, 7)).astype(np.float32)
    return WordVectors(
        WORDS,
        rows,
        counts=[9, 8, 7, 6, 5, 4],
        subwords=subwords,
        metadata={"training": {"window": 3, "epochs": 2, "min_count": 5, "model": "cbow"}},
    )


@pytest.mark.parametrize("name", ["skipgram.bin", "cbow.bin", "words.bin"])
def test_a_model_of_fasttext_comes_out_as_it_went_in(tmp_path: Path, name: str) -> None:
    vectors = load_vectors(GOLDEN / name)
    report = write_vectors(vectors, tmp_path / "m", format="fasttext-binary")
    theirs, ours = (GOLDEN / name).read_bytes(), (tmp_path / "m").read_bytes()
    assert report.bytes == len(ours)
    size, rows = vectors.vector_size, len(vectors)
    subwords = vectors.subwords
    buckets = 0 if subwords is None else subwords.buckets
    outputs = 17 + 4 * size * rows
    start = len(ours) - outputs - 4 * size * (rows + buckets)  # of the input matrix
    loss = slice(4 * 8, 4 * 9)
    assert ours[: loss.start] == theirs[: loss.start]
    assert ours[loss.stop : start] == theirs[loss.stop : start]
    own = slice(start, start + 4 * size * rows)
    np.testing.assert_allclose(
        np.frombuffer(ours[own], "<f4"), np.frombuffer(theirs[own], "<f4"), atol=2e-5
    )
    assert ours[own.stop : len(ours) - outputs] == theirs[own.stop :][: 4 * size * buckets]
    assert not any(ours[-4 * size * rows :])


@pytest.mark.parametrize("buckets", [500, 0])
def test_our_reader_reads_it(tmp_path: Path, buckets: int) -> None:
    vectors = made(buckets)
    report = write_vectors(vectors, tmp_path / "m", format="fasttext-binary")
    assert "Its output matrix is zeros" in str(report)
    again = load_vectors(tmp_path / "m", strict=True)
    assert list(again) == WORDS
    assert again.counts is not None
    assert again.counts.tolist() == [9, 8, 7, 6, 5, 4]
    np.testing.assert_allclose(again.vectors, vectors.vectors, atol=1e-6)
    notes = again.metadata["fasttext"]
    said = {name: notes[name] for name in ("ws", "epoch", "minCount", "model", "loss", "version")}
    assert said == {
        "ws": 3, "epoch": 2, "minCount": 4, "model": "cbow", "loss": "ns", "version": 12
    }  # fmt: skip
    if buckets:
        np.testing.assert_array_equal(again[UNSEEN], vectors[UNSEEN])
    else:
        assert again.subwords is None


@pytest.mark.parametrize("buckets", [500, 0])
def test_gensim_reads_it(tmp_path: Path, buckets: int) -> None:
    from gensim.models.fasttext import load_facebook_model, load_facebook_vectors

    vectors = made(buckets)
    write_vectors(vectors, tmp_path / "m", format="fasttext-binary")
    theirs = load_facebook_vectors(str(tmp_path / "m"))
    assert theirs.index_to_key == WORDS
    for word in [w for w in WORDS if w != "</s>"] + UNSEEN * bool(buckets):
        np.testing.assert_allclose(theirs[word], vectors[word], atol=1e-6)
    assert theirs.get_vecattr("queen", "count") == 8
    model = load_facebook_model(str(tmp_path / "m"))
    assert model.wv.index_to_key == WORDS


def test_fasttext_reads_it(tmp_path: Path) -> None:
    """Runs where WORDGRAFT_FASTTEXT names a Python with fasttext: it needs NumPy below 2."""
    python = os.environ.get("WORDGRAFT_FASTTEXT")
    if not python:
        pytest.skip("needs a Python with fasttext in WORDGRAFT_FASTTEXT")
    for vectors in (made(500), made(0)):
        write_vectors(vectors, tmp_path / "m", format="fasttext-binary")
        asked = WORDS + UNSEEN * (vectors.subwords is not None)
        program = (
            "import fasttext, json, sys\n"
            "m = fasttext.load_model(sys.argv[1])\n"
            "given = {w: m.get_word_vector(w).tolist() for w in json.loads(sys.argv[2])}\n"
            "print(json.dumps([m.words, given, m.get_nearest_neighbors('king', 2)]))"
        )
        done = subprocess.run(
            [python, "-c", program, str(tmp_path / "m"), json.dumps(asked)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        words, given, neighbours = json.loads(done.stdout.splitlines()[-1])
        assert words == WORDS
        for word in asked:
            np.testing.assert_allclose(given[word], vectors[word], atol=1e-6)
        expected = [n.word for n in vectors.most_similar("king", topn=9) if n.word != "</s>"][:2]
        assert [word for _, word in neighbours if word != "</s>"][:1] == expected[:1]


def test_counts_that_are_not_known(tmp_path: Path) -> None:
    plain = WordVectors(["a", "b"], [[1, 2], [3, 4]])
    report = write_vectors(plain, tmp_path / "m", format="fasttext-binary")
    assert "Counts that aren't known, or are 0, stand as 1" in str(report)
    counts = load_vectors(tmp_path / "m").counts
    assert counts is not None
    assert counts.tolist() == [1, 1]


def test_odd_metadata_does_no_harm(tmp_path: Path) -> None:
    notes = {"fasttext": {"ws": -1, "epoch": "x", "neg": 1 << 40, "t": None, "model": 7}}
    vectors = WordVectors(["a"], [[1, 2]], metadata=notes)
    write_vectors(vectors, tmp_path / "m", format="fasttext-binary")
    found = load_vectors(tmp_path / "m").metadata["fasttext"]
    assert (found["ws"], found["epoch"], found["neg"], found["t"]) == (5, 5, 5, 1e-4)


def test_what_can_not_be_written(tmp_path: Path) -> None:
    pruned = load_vectors(GOLDEN / "pruned.ftz")
    with pytest.raises(ConfigurationError, match="the n-grams of these vectors are pruned"):
        write_vectors(pruned, tmp_path / "m", format="fasttext-binary")
    odd = WordVectors(["a\0b", "c"], [[1, 2], [3, 4]])
    with pytest.raises(UnwritableWordError):
        write_vectors(odd, tmp_path / "m", format="fasttext-binary")
    with pytest.raises(OutputError):
        write_vectors(odd, tmp_path / "none" / "m", format="fasttext-binary")
    assert list(tmp_path.iterdir()) == []
    quantised = load_vectors(GOLDEN / "norms.ftz")  # whole: unpacked on the way
    write_vectors(quantised, tmp_path / "m", format="fasttext-binary")
    again = load_vectors(tmp_path / "m")
    np.testing.assert_allclose(again.vectors, quantised.vectors, atol=1e-5)
    np.testing.assert_array_equal(again["kané"], quantised["kané"])
