"""Opens a file of vectors and times it: ``opening_process.py wordgraft|gensim FILE``."""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

ASKED = 30


def main(side: str, path: str) -> None:
    if side == "gensim":
        from gensim.models import KeyedVectors

        load: Callable[[], Any] = partial(KeyedVectors.load, path, mmap="r")
    else:
        import wordgraft

        load = partial(wordgraft.load_vectors, path)
    seconds = {}
    began = time.perf_counter()
    vectors = load()
    seconds["open"] = time.perf_counter() - began
    began = time.perf_counter()
    answers = [vectors.most_similar("word17", topn=10)]
    seconds["first"] = time.perf_counter() - began
    other, same = [], []
    for number in range(ASKED):
        began = time.perf_counter()
        answers.append(vectors.most_similar(f"word{100 + 7 * number}", topn=10))
        other.append(time.perf_counter() - began)
    for _ in range(ASKED):
        began = time.perf_counter()
        vectors.most_similar("word17", topn=10)
        same.append(time.perf_counter() - began)
    seconds["median_of_next"] = sorted(other)[ASKED // 2]
    seconds["median_of_same"] = sorted(same)[ASKED // 2]
    found = [[word for word, _ in answer] for answer in answers]
    print(json.dumps({**seconds, "answers": found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
