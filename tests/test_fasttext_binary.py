"""fastText's own models read as fastText reads them: same words, same vectors for any word."""

from __future__ import annotations

import gzip
import json
import mmap as mmap_module
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from reference.fasttext_file import Model
from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.composed_rows import ComposedRows
from wordgraft.embeddings.product_rows import ProductRows

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="bytes are read by LLVM code: it exists only compiled"
)

GOLDEN = Path(__file__).parent / "golden" / "fasttext"
VECTORS: dict[str, Any] = json.loads((GOLDEN / "vectors.json").read_text(encoding="utf-8"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "model"
    target.write_bytes(Model().written())
    return target


def assert_as_fasttext(vectors: WordVectors, others: dict[str, list[float]]) -> int:
    """Compare words outside the vocabulary; fastText gives zeros where we have no vector."""
    for word, numbers in others.items():
        if vectors.has_vector(word):
            np.testing.assert_allclose(vectors[word], numbers, atol=1e-6)
        else:
            assert not any(numbers), word
    return sum(map(vectors.has_vector, others))


def is_mapped(array: Any) -> bool:
    """Tell whether an array is a view of a map."""
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap_module.mmap)


# --- files of fastText itself ------------------------------------------------------------------


@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("name", VECTORS)
def test_golden_models_give_fasttext_s_own_vectors(name: str, *, mmap: bool) -> None:
    vectors = load_vectors(GOLDEN / name, mmap=mmap)
    known = VECTORS[name]["words"]
    assert list(vectors) == list(known)
    for word in vectors:  # composed one by one
        np.testing.assert_allclose(vectors[word], known[word], atol=1e-6)
    np.testing.assert_allclose(vectors.vectors, list(known.values()), atol=1e-6)
    composed = assert_as_fasttext(vectors, VECTORS[name]["others"])
    assert (composed > 20) == (name != "words.bin")
    assert vectors.report is not None
    assert vectors.report.format == "fasttext-binary"
    assert not vectors.report.possibly_cut
    assert vectors.counts is not None
    assert vectors.counts.min() > 0


def test_golden_models_are_of_every_kind() -> None:
    def table(name: str) -> object:
        subwords = load_vectors(GOLDEN / name).subwords
        return None if subwords is None else subwords.table

    assert is_mapped(table("skipgram.bin"))
    assert table("words.bin") is None
    norms, pruned = table("norms.ftz"), load_vectors(GOLDEN / "pruned.ftz").subwords
    assert isinstance(norms, ProductRows)
    assert norms.norms is not None
    assert norms.centroids.shape == (2, 256, 2)
    assert pruned is not None
    assert pruned.pruned is not None
    assert len(pruned.table) < pruned.buckets
    notes = [str(load_vectors(GOLDEN / name).report) for name in VECTORS if "skipgram" not in name]
    assert sum("A supervised model: its classifier and its 3 labels" in note for note in notes) == 4


def test_notes_tell_how_it_was_trained() -> None:
    vectors = load_vectors(GOLDEN / "cbow.bin")
    notes = vectors.metadata["fasttext"]
    assert (notes["model"], notes["loss"], notes["bucket"], notes["maxn"]) == ("cbow", "hs", 40, 6)
    assert notes["version"] == 12
    assert vectors.get_vecattr(vectors.index_to_key[0], "count") >= 300


@pytest.mark.parametrize(
    "name",
    [
        "embeddings/fastrtext_unsupervised.bin",
        "gensim_test_data/crime-and-punishment.bin",
        "gensim_test_data/lee_fasttext.bin",
    ],
)
def test_genuine_models_give_gensim_s_vectors(data_file: Callable[[str], Path], name: str) -> None:
    from gensim.models.fasttext import load_facebook_vectors

    path = data_file(name)
    theirs, ours = load_facebook_vectors(str(path)), load_vectors(path)
    assert list(ours) == theirs.index_to_key
    for word in [*ours, "enviroment", "日本語", "преступление", "unseenword"]:
        if word != "</s>":  # gensim takes n-grams of it, fastText does not
            np.testing.assert_allclose(ours[word], theirs[word], atol=1e-6)
    if "lee" in name:  # the oldest fastText did
        np.testing.assert_allclose(ours["</s>"], theirs["</s>"], atol=1e-6)


def test_the_text_file_of_a_genuine_model_has_the_same_vectors(
    data_file: Callable[[str], Path],
) -> None:
    for name in ("lee_fasttext", "crime-and-punishment"):
        ours = load_vectors(data_file(f"gensim_test_data/{name}.bin"))
        lines = data_file(f"gensim_test_data/{name}.vec").read_text(encoding="utf-8").split("\n")
        for line in lines[1:-1]:
            word, *numbers = line.split()
            np.testing.assert_allclose(ours[word], np.array(numbers, float), atol=6e-5)


def test_the_language_model_has_labels_and_pruned_ngrams(data_file: Callable[[str], Path]) -> None:
    vectors = load_vectors(data_file("embeddings/lid.176.ftz"))
    assert vectors.subwords is not None
    assert (len(vectors), vectors.subwords.buckets) == (7235, 2_000_000)
    assert len(vectors.subwords.table) == 42_765
    # What fastText 0.9.2's get_word_vector gives; the whole file was compared when this was made.
    np.testing.assert_allclose(vectors["de"][:3], [-2.3133936, -1.6268542, 0.30934566], atol=1e-6)
    np.testing.assert_allclose(
        vectors["enviroment"][:3], [-0.62875831, -0.97005457, -0.53137857], atol=1e-6
    )


# --- what it opens, and when -------------------------------------------------------------------


def test_nothing_is_composed_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    compose = ComposedRows.all.func  # type: ignore[attr-defined]
    monkeypatch.setattr(ComposedRows.all, "func", lambda rows: calls.append(1) or compose(rows))
    vectors = load_vectors(GOLDEN / "skipgram.bin")
    word = vectors.index_to_key[3]
    one, two = vectors[word], vectors[[word, "unseen"]]
    assert calls == []
    np.testing.assert_array_equal(vectors.vectors[3], one)
    np.testing.assert_array_equal(vectors[[word, "unseen"]], two)
    vectors.most_similar(word)
    assert calls == [1]


def test_what_is_asked_changes_no_file(path: Path) -> None:
    old = path.with_name("old")
    old.write_bytes(Model(version=0).written())
    before = old.read_bytes()
    vectors = load_vectors(old)
    assert vectors["</s>"].tolist() != Model().table()[0].tolist()  # it had n-grams then
    assert vectors.vectors.flags.writeable is False
    assert old.read_bytes() == before


def test_rows_chosen(path: Path) -> None:
    whole = load_vectors(path)
    few = load_vectors(path, limit=2)
    assert (list(few), len(few)) == (["</s>", "cat"], 2)
    np.testing.assert_array_equal(few.vectors, whole.vectors[:2])
    np.testing.assert_array_equal(few["né"], load_vectors(path, vocabulary=["cat"])["né"])
    some = load_vectors(path, vocabulary=["né", "dog"])
    assert (list(some), some.counts.tolist()) == (["né"], [2])  # type: ignore[union-attr]
    np.testing.assert_array_equal(some["né"], whole["né"])
    assert "1 of the 2 words asked for have a row" in str(some.report)


@pytest.mark.parametrize("dtype", ["float16", "int8"])
def test_stored_smaller(path: Path, dtype: str) -> None:
    small = load_vectors(path, dtype=dtype)  # type: ignore[arg-type]
    assert str(small.storage.dtype) == dtype
    np.testing.assert_allclose(small.vectors, load_vectors(path).vectors, atol=0.02)
    np.testing.assert_array_equal(small["dogs"], load_vectors(path)["dogs"])


def test_packed_models_open_too(path: Path) -> None:
    packed = path.with_suffix(".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    vectors = load_vectors(packed)
    np.testing.assert_array_equal(vectors.vectors, load_vectors(path).vectors)
    np.testing.assert_array_equal(vectors["dogs"], load_vectors(path)["dogs"])
    assert vectors.path is None


def test_workers_open_the_model_again(path: Path) -> None:
    vectors = load_vectors(path, limit=2)
    sent = pickle.dumps(vectors)
    assert len(sent) < 1000
    there = pickle.loads(sent)  # noqa: S301  what was just made here
    assert list(there) == ["</s>", "cat"]
    np.testing.assert_array_equal(there[["cat", "né"]], vectors[["cat", "né"]])


def test_a_native_copy_answers_the_same(path: Path, tmp_path: Path) -> None:
    vectors = load_vectors(path)
    vectors.save(tmp_path / "native")
    again = load_vectors(tmp_path / "native")
    np.testing.assert_array_equal(again.vectors, vectors.vectors)
    np.testing.assert_array_equal(again["dogs"], vectors["dogs"])
    assert again.metadata == vectors.metadata
    quantised = load_vectors(GOLDEN / "pruned.ftz")
    quantised.save(tmp_path / "native")
    again = load_vectors(tmp_path / "native")
    np.testing.assert_array_equal(again[["kané", "kas"]], quantised[["kané", "kas"]])


def test_version_11_had_no_ngrams_for_supervised_models(tmp_path: Path) -> None:
    for version, found in ((11, False), (12, True)):
        model = Model(version=version, model=3, labels=[b"__label__a"])
        (tmp_path / "m").write_bytes(model.written())
        assert (load_vectors(tmp_path / "m").subwords is not None) == found
