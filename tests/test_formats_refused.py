"""Pickles and other strangers: recognised, refused, never opened, with what to do."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from wordgraft import load_vectors
from wordgraft.embeddings.errors import UnknownFormatError, VectorFormatError


class Trap:
    """What a pickle may do when it is opened."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self):
        return os.mkdir, (str(self.place),)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_never_opened(path: Path, tmp_path: Path, protocol: int) -> None:
    path.write_bytes(pickle.dumps(Trap(tmp_path / "sprung"), protocol))
    for name in (None, "native", "glove", "word2vec", "word2vec-binary", "safetensors"):
        with pytest.raises(VectorFormatError):
            load_vectors(path, format=name)
    with pytest.raises(UnknownFormatError, match="is a Python pickle, which can run any program"):
        load_vectors(path)
    assert not (tmp_path / "sprung").exists()


def test_gensims_own_files_say_how_gensim_converts_them(path: Path) -> None:
    gensim = pytest.importorskip("gensim")
    vectors = gensim.models.KeyedVectors(3)
    vectors.add_vectors(["the", "of"], np.ones((2, 3), np.float32))
    vectors.save(str(path))
    with pytest.raises(UnknownFormatError, match="saved by gensim .*save_word2vec_format"):
        load_vectors(path)
    # and what it advises works
    out = str(path.with_name("vectors.bin"))
    gensim.models.KeyedVectors.load(str(path)).save_word2vec_format(out, binary=True)
    assert load_vectors(out).index_to_key == ("the", "of")


@pytest.mark.parametrize("zipped", [True, False])
def test_torchs_files_say_what_to_do(path: Path, zipped: bool) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"weight": torch.ones(3, 2)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(UnknownFormatError, match="saved by PyTorch .* weights_only=True"):
        load_vectors(path)


def _npz() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, vectors=np.ones((2, 2)))
    return stream.getvalue()


def _npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ones((2, 2)))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_npy(), "is a NumPy array, without words"),
        (_npz(), r"archive of NumPy arrays \(.npz\)"),
        (b"SQLite format 3\0" + bytes(100), r"is a database \(Magnitude"),
        (b"FiFu\0\0\0\0", "finalfusion"),
        (b"\x89HDF\r\n\x1a\n", "is HDF5"),
        (b"PAR1\x15\x04", "is Parquet"),
        (b"a" * 257 + b"ustar\0", "is a tar archive"),
        (b"7z\xbc\xaf\x27\x1c", "is an archive"),
        ("the 0.5 1.5\n".encode("utf-16"), "is text in UTF-16"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "git lfs pull"),
        (b"\n<!DOCTYPE html>\n<p>Sign in", "is a web page"),
        (b"<html><body>404</body></html>", "is a web page"),
    ],
)
def test_other_files_are_recognised(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(UnknownFormatError, match=said):
        load_vectors(path)


def test_a_zip_of_something_else_is_no_reason_to_unpickle(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.bin", pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(UnknownFormatError, match="is a Python pickle"):
        load_vectors(path)
    assert not (tmp_path / "sprung").exists()
