"""Reads files of vectors and times it: ``reading_process.py wordgraft|gensim|raw FORMAT FILE...``.

Prints the seconds of each, and of the last one what was in it.
"""

import json
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(side: str, format: str, *paths: str) -> None:
    load: Callable[[str], Any]
    if side == "gensim":
        from gensim.models import KeyedVectors

        def load(path: str) -> Any:
            return KeyedVectors.load_word2vec_format(
                path, binary=format == "word2vec-binary", no_header=format == "glove"
            )

    elif side == "wordgraft":
        import wordgraft

        read = wordgraft.load_vectors  # imports what it needs

        def load(path: str) -> Any:
            return read(path)

    else:

        def load(path: str) -> Any:
            return Path(path).read_bytes()

    found: Any = None
    seconds: list[float] = []
    for path in paths:
        began = time.perf_counter()
        found = load(path)
        seconds.append(time.perf_counter() - began)
    told: dict[str, Any] = {"seconds": seconds}
    if side != "raw":
        told["matrix"] = zlib.crc32(found.vectors.reshape(-1).view("uint8").data)
        told["words"] = zlib.crc32("\n".join(found.index_to_key).encode())
        told["matrix_bytes"] = found.vectors.nbytes
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
