"""Vectors in the binary layout of word2vec.c."""

from __future__ import annotations

from pathlib import Path

from ..atomic import atomic_writer
from .outgoing import Outgoing

_BLOCK_BYTES = 1 << 22


def write_word2vec_binary(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    """Write a header line, then for every row the word, a space, D float32, a newline.

    The newline is word2vec.c's own. Readers that follow gensim, which writes none, drop it.
    """
    size = 4 * outgoing.dimension
    with atomic_writer(path) as file:
        file.write(f"{len(outgoing.words)} {outgoing.dimension}\n".encode())
        for part, rows in outgoing.blocks(_BLOCK_BYTES):
            numbers = rows.astype("<f4", copy=False).tobytes()
            pieces: list[bytes] = []
            for row, word in enumerate(outgoing.words[part]):
                pieces += (word.encode(), b" ", numbers[row * size : (row + 1) * size], b"\n")
            file.write(b"".join(pieces))
    return ()
