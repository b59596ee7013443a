"""Files that are recognised and not opened, with what to do about each.

Pickles first of all: opening one runs whatever program its author put there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import UnknownFormatError

_OLD_PICKLE = re.compile(rb"c[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n|\(dp[0-9]+\n|\(lp[0-9]+\n")
_PICKLED = "is a Python pickle, which can run any program when it is opened: it was not"
_TORCH = (
    "If you trust its author, take the matrix out with torch.load(path, weights_only=True) and "
    "build WordVectors(words, matrix)"
)


@dataclass(frozen=True)
class Refusal:
    """A kind of file that isn't opened.

    Attributes:
        sniff: Tells from the first bytes of a file whether it is of this kind.
        what: What such a file is, to go behind "the file".
        advice: What to do.
    """

    sniff: Callable[[bytes], bool]
    what: str
    advice: str


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _is_pickle(head: bytes) -> bool:
    return (head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05" and len(head) > 1) or (
        _OLD_PICKLE.match(head) is not None
    )


REFUSALS = (
    Refusal(
        lambda head: _is_pickle(head) and b"gensim" in head,
        f"was saved by gensim and {_PICKLED}",
        "If you trust its author, convert it with gensim: "
        "KeyedVectors.load(path).save_word2vec_format('vectors.bin', binary=True) and "
        "load_vectors('vectors.bin'), or from_gensim(KeyedVectors.load(path)); of a whole model "
        "(Word2Vec, FastText) take Word2Vec.load(path).wv",
    ),
    Refusal(
        lambda head: _is_pickle(head) and (b"torch" in head or b"\x6c\xfc\x9c\x46\xf9" in head),
        f"was saved by PyTorch and {_PICKLED}",
        _TORCH,
    ),
    Refusal(
        _is_pickle,
        _PICKLED,
        "If you trust its author, open it yourself and build WordVectors(words, matrix)",
    ),
    Refusal(
        _begins(b"\x93NUMPY"),
        "is a NumPy array, without words (gensim keeps one beside a large .kv file)",
        "If you have the words, build WordVectors(words, numpy.load(path))",
    ),
    Refusal(_begins(b"SQLite format 3"), "is a database (Magnitude?)", "Convert it to text first"),
    Refusal(
        _begins(b"FiFu"),
        "is of the finalfusion format",
        "Convert it with finalfusion-utils: finalfusion convert --to word2vec",
    ),
    Refusal(_begins(b"\x89HDF"), "is HDF5", "Build WordVectors(words, matrix) from its arrays"),
    Refusal(
        _begins(b"PAR1"), "is Parquet", "Read its columns and build WordVectors(words, matrix)"
    ),
    Refusal(lambda head: head[257:262] == b"ustar", "is a tar archive", "Unpack it first"),
    Refusal(_begins(b"7z\xbc\xaf", b"Rar!"), "is an archive", "Unpack it first"),
    Refusal(
        _begins(b"\xff\xfe", b"\xfe\xff"),
        "is text in UTF-16",
        "Convert it: iconv -f utf-16 -t utf-8",
    ),
    Refusal(
        _begins(b"version https://git-lfs"),
        "is the pointer of Git LFS to a large file, not the file",
        "Fetch it: git lfs pull",
    ),
    Refusal(
        lambda head: head[:200].lstrip().lower().startswith((b"<!doctype html", b"<html")),
        "is a web page: the download gave a page in place of the file",
        "Open the address in a browser to see what it says",
    ),
)


def refuse_known(head: bytes, path: Path) -> None:
    """Raise for a kind of file that is recognised and not opened.

    Raises:
        UnknownFormatError: It is one; says what it is and what to do.
    """
    for row in REFUSALS:
        if row.sniff(head):
            raise UnknownFormatError(f"the file {row.what}", path=path, hint=row.advice)


def refuse_archive(names: Sequence[str], path: Path) -> None:
    """Raise for a zip archive that is another program's file of objects or arrays.

    Raises:
        UnknownFormatError: It is one; says what it is and what to do.
    """
    if any(name.endswith("/data.pkl") or name == "data.pkl" for name in names):
        problem, hint = f"the file was saved by PyTorch and {_PICKLED}", _TORCH
    elif names and all(name.endswith(".npy") for name in names):
        problem = "the file is an archive of NumPy arrays (.npz)"
        hint = "Build WordVectors(words, matrix) from numpy.load(path)"
    else:
        return
    raise UnknownFormatError(problem, path=path, hint=hint)
