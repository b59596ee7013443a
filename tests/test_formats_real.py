"""Genuine files: the same words, numbers and scores as gensim finds in them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wordgraft import evaluate_analogies, evaluate_similarity, load_vectors

# gensim leaves files without a header open: it looks into them for the dimension.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TEXTS = {
    "embeddings/glove.6B.50d.subset.txt.gz": ("glove", 10_335, 50),
    "embeddings/glove.twitter.27B.25d.12k.txt.gz": ("glove", 11_925, 25),
    "embeddings/glove.wikigiga.100d.top10k.int8.txt.gz": ("glove", 10_000, 100),
    "embeddings/fasttext.en.2000.300d.vec.gz": ("word2vec", 2000, 300),
    "gensim_test_data/EN.1-10.cbow1_wind5_hs0_neg10_size300_smpl1e-05.txt":
        ("word2vec", 20, 300),
    "gensim_test_data/crime-and-punishment.vec": ("word2vec", 291, 5),
    "gensim_test_data/lee_fasttext.vec": ("word2vec", 1762, 10),
    "gensim_test_data/test_glove.txt": ("glove", 76, 50),
}  # fmt: skip
BINARIES = {
    "embeddings/GoogleNews-8000-300d.bin.gz": ("word2vec-binary", 8000, 300),
    "gensim_test_data/euclidean_vectors.bin": ("word2vec-binary", 2747, 10),
}


@pytest.mark.parametrize("name", [*TEXTS, *BINARIES])
def test_genuine_files_hold_what_gensim_reads_in_them(
    name: str, data_file: Callable[[str], Path]
) -> None:
    models = pytest.importorskip("gensim.models")
    format, rows, size = (TEXTS | BINARIES)[name]
    path = data_file(name)
    vectors = load_vectors(path, strict=True)
    assert vectors.report is not None
    assert (vectors.report.format, *vectors.vectors.shape) == (format, rows, size)
    theirs = models.KeyedVectors.load_word2vec_format(
        str(path), binary=name in BINARIES, no_header=format == "glove"
    )
    assert list(vectors.index_to_key) == theirs.index_to_key
    np.testing.assert_array_equal(vectors.vectors, theirs.vectors)


@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", ["embeddings/glove.6B.50d.subset.txt.gz", "embeddings/GoogleNews-8000-300d.bin.gz"]
)
def test_scores_of_genuine_files_are_gensims(
    name: str, every: int, data_file: Callable[[str], Path], tmp_path: Path
) -> None:
    """Of all questions gensim takes a minute; of every twelfth of each section, seconds."""
    models = pytest.importorskip("gensim.models")
    path, pairs = data_file(name), data_file("wordsim/EN-WS-353-ALL.txt")
    with gzip.open(data_file("analogy/questions-words.txt.gz"), "rt", encoding="utf-8") as file:
        lines = list(file)
    questions = tmp_path / "questions.txt"
    kept = (line for i, line in enumerate(lines) if line.startswith(":") or i % every == 0)
    questions.write_text("".join(kept), encoding="utf-8")
    vectors = load_vectors(path)
    theirs = models.KeyedVectors.load_word2vec_format(
        str(path), binary=name in BINARIES, no_header=name in TEXTS
    )
    score, _ = theirs.evaluate_word_analogies(str(questions), restrict_vocab=30_000)
    ours = evaluate_analogies(vectors, questions)
    assert ours.total.accuracy == pytest.approx(score, abs=0.0015)  # few near ties
    _, spearman, _ = theirs.evaluate_word_pairs(str(pairs), restrict_vocab=30_000)
    assert evaluate_similarity(vectors, pairs).spearman == pytest.approx(spearman[0], abs=1e-3)
