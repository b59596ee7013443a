"""Reads a file of vectors and times it: ``reading_process.py wordgraft|gensim|raw FORMAT FILE``."""

import json
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(side: str, format: str, path: str) -> None:
    load: Callable[[], Any]
    if side == "gensim":
        from gensim.models import KeyedVectors

        def load() -> Any:
            return KeyedVectors.load_word2vec_format(
                path, binary=format == "word2vec-binary", no_header=format == "glove"
            )

    elif side == "wordgraft":
        import wordgraft

        read = wordgraft.load_vectors  # imports what it needs

        def load() -> Any:
            return read(path)

    else:

        def load() -> Any:
            return Path(path).read_bytes()

    began = time.perf_counter()
    found = load()
    seconds = time.perf_counter() - began
    told: dict[str, Any] = {"seconds": seconds}
    if side != "raw":
        told["matrix"] = zlib.crc32(found.vectors.reshape(-1).view("uint8").data)
        told["words"] = zlib.crc32("\n".join(found.index_to_key).encode())
        told["matrix_bytes"] = found.vectors.nbytes
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
