"""Static embeddings of sentence-transformers and model2vec as word vectors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from wordgraft import load_vectors
from wordgraft.embeddings.arrayfile import write_arrays
from wordgraft.embeddings.errors import VectorFormatError
from wordgraft.embeddings.formats.report import SkippedLine

TOKENS = {"[UNK]": 0, "king": 1, "que": 2, "##en": 3}
TABLE = np.arange(12, dtype=np.float32).reshape(4, 3) - 4.5


def model(folder: Path, arrays: dict[str, np.ndarray], tokenizer: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    order = dict(sorted(arrays.items(), key=lambda item: -item[1].dtype.itemsize))
    write_arrays(folder / "model.safetensors", order)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    return folder


def wordpiece(vocabulary: object = TOKENS, **more: object) -> dict[str, object]:
    return {"model": {"type": "WordPiece", "vocab": vocabulary}, **more}


@pytest.mark.parametrize("name", ["embeddings", "embedding.weight", "emb_layer.weight"])
def test_a_table_and_its_tokens_are_read(tmp_path: Path, name: str) -> None:
    model(tmp_path, {name: TABLE}, wordpiece())
    for path in (tmp_path, tmp_path / "model.safetensors"):
        vectors = load_vectors(path, strict=True)
        assert vectors.index_to_key == tuple(TOKENS)
        np.testing.assert_array_equal(vectors.vectors, TABLE)
    assert vectors.report is not None
    assert (vectors.report.format, vectors.report.notes) == ("safetensors", ())


def test_the_folder_of_a_module_is_found(tmp_path: Path) -> None:
    model(tmp_path / "0_StaticEmbedding", {"embedding.weight": TABLE}, wordpiece())
    assert load_vectors(tmp_path).index_to_key == tuple(TOKENS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(VectorFormatError, match="expected the folder of a model, with model"):
        load_vectors(tmp_path / "empty")


def test_weights_and_clusters_of_model2vec_are_applied(tmp_path: Path) -> None:
    arrays = {
        "embeddings": TABLE[:2].astype(np.float16),
        "mapping": np.array([0, 1, 1, 0]),
        "weights": np.array([1.0, 0.5, 2.0, 0.25]),
    }
    vectors = load_vectors(model(tmp_path, arrays, wordpiece()))
    expected = TABLE[[0, 1, 1, 0]] * np.array([[1.0], [0.5], [2.0], [0.25]], np.float32)
    np.testing.assert_array_equal(vectors.vectors, expected)


def test_lists_of_tokens_and_added_ones_are_read(tmp_path: Path) -> None:
    unigram = wordpiece([["<s>", 0.0], ["▁king", -1.5], ["▁queen", -2.5]],
                        added_tokens=[{"id": 3, "content": "<mask>"}])  # fmt: skip
    vectors = load_vectors(model(tmp_path, {"embeddings": TABLE}, unigram))
    assert vectors.index_to_key == ("<s>", "▁king", "▁queen", "<mask>")


def test_rows_without_tokens_and_tokens_without_rows_are_said(tmp_path: Path) -> None:
    tokens = {"a": 0, "b": 2, "far": 99}
    vectors = load_vectors(model(tmp_path, {"embeddings": TABLE}, wordpiece(tokens)))
    assert vectors.index_to_key == ("a", "b")
    assert vectors.report is not None
    assert vectors.report.notes == (
        "2 rows of the table belong to no token", "1 tokens have no row in the table",
    )  # fmt: skip
    with pytest.raises(VectorFormatError, match="1 tokens have no row"):
        load_vectors(tmp_path, strict=True)


def test_rows_with_nan_and_empty_tokens_are_skipped(tmp_path: Path) -> None:
    table = {"embeddings": TABLE.copy()}
    model(tmp_path, table, wordpiece({"a": 0, "": 1, "c": 2, "d": 3}))
    data = bytearray((tmp_path / "model.safetensors").read_bytes())
    data[-4:] = np.float32(np.nan).tobytes()
    (tmp_path / "model.safetensors").write_bytes(bytes(data))
    vectors = load_vectors(tmp_path)
    assert vectors.index_to_key == ("a", "c")
    assert vectors.report is not None
    assert vectors.report.skipped == (
        SkippedLine(2, "expected a word, found none"),
        SkippedLine(4, "a number is NaN or infinite"),
    )  # fmt: skip


def test_limit_and_vocabulary(tmp_path: Path) -> None:
    model(tmp_path, {"embeddings": TABLE}, wordpiece())
    assert load_vectors(tmp_path, limit=2).index_to_key == ("[UNK]", "king")
    assert load_vectors(tmp_path, vocabulary=["king"])["king"].tolist() == TABLE[1].tolist()


@pytest.mark.parametrize(
    ("arrays", "tokenizer", "said"),
    [
        ({"other": TABLE}, wordpiece(), "found a safetensors file without one"),
        ({"embeddings": TABLE[0]}, wordpiece(), r"found embeddings float32\[3\]"),
        ({"embeddings": TABLE.astype(np.int64)}, wordpiece(), r"found embeddings int64\[4, 3\]"),
        ({"embeddings": TABLE, "mapping": np.array([0, 4])}, wordpiece(), "from 0 to 4, the table"),
        ({"embeddings": TABLE, "mapping": np.array([-1, 0])}, wordpiece(), "from -1 to 0"),
        ({"embeddings": TABLE, "weights": np.ones(2)}, wordpiece(), r"found float64\[2\]"),
        ({"embeddings": TABLE}, {"model": {}}, "expected a tokeniser with a vocabulary"),
        ({"embeddings": TABLE}, {"model": {"vocab": 3}}, "expected a tokeniser with a vocabulary"),
        ({"embeddings": TABLE}, wordpiece({"a": "b"}), "expected a token and its number"),
        ({"embeddings": TABLE}, wordpiece({"a": True}), "expected a token and its number"),
        ({"embeddings": TABLE}, wordpiece({"\ud800": 1}), "expected a token and its number"),
        ({"embeddings": TABLE}, wordpiece({}), "no row could be loaded"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], tokenizer: object, said: str
) -> None:
    with pytest.raises(VectorFormatError, match=said):
        load_vectors(model(tmp_path, arrays, tokenizer))


def test_a_missing_or_broken_tokenizer_is_refused(tmp_path: Path) -> None:
    model(tmp_path, {"embeddings": TABLE}, wordpiece())
    (tmp_path / "tokenizer.json").write_bytes(b"\xff{")
    with pytest.raises(VectorFormatError, match="expected UTF-8"):
        load_vectors(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes(b'{"a": ')
    with pytest.raises(VectorFormatError, match="isn't valid JSON"):
        load_vectors(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(VectorFormatError, match=r"expected tokenizer\.json beside the table"):
        load_vectors(tmp_path)


@pytest.mark.filterwarnings("ignore")  # the peers' own
def test_what_the_peers_save_is_what_they_hold(tmp_path: Path) -> None:
    model2vec = pytest.importorskip("model2vec")
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.models.WordLevel({"[UNK]": 0, "king": 1, "queen": 2}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(words)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    model2vec.StaticModel(TABLE[:3], tokenizer, normalize=False).save_pretrained(tmp_path / "m")
    vectors = load_vectors(tmp_path / "m")
    theirs = model2vec.StaticModel.from_pretrained(tmp_path / "m")
    for word in ("king", "queen"):
        np.testing.assert_array_equal(vectors[word], theirs.encode([word])[0])
