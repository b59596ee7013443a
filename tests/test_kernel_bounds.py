"""No kernel leaves its arrays: small jobs in another Python whose kernels check every index.

The register tiles are LLVM code that numba's checks don't see: for them all other tests of the
kernels lay margins around every array (``reference/guarded.py``).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

PROGRAM = """
import numpy as np
from numba import config, njit

assert config.BOUNDSCHECK == 1
try:  # the checks are on: this one must not pass
    njit(lambda a: a[len(a)])(np.zeros(3))
except IndexError:
    print("checked")

import ctypes
import mmap
import tempfile

from reference.jobs import Job, run_in_step, run_noise, run_tree
from reference.subword import Made, run_subword
from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.document_sums import (
    Finish, WordRows, document_extremes, document_frequencies, document_sums,
)
from wordgraft.embeddings.floret import FloretSubwords
from wordgraft.embeddings.huffman import WordTree
from wordgraft.embeddings.kernels.huffman import compact_rows
from wordgraft.embeddings.kernels.ngrams import ngram_rows
from wordgraft.embeddings.kernels.shortest import NUMBER_BYTES, text_rows
from wordgraft.embeddings.packed_rows import pack
from wordgraft.embeddings.ranking import rank_batch
from wordgraft.embeddings.similarity import row_norms
from wordgraft.models.documents.paragraphs import ParagraphVectors
from wordgraft.models.documents.text_similarity import text_similarity
from wordgraft.models.documents.word_mover import WordMover

JOBS = [
    Job([5, 20, 0, 1, 37], window=4, size=30, frozen=(2,), thin=True),
    Job([70, 3], window=19, words=40, noise=24),
    Job([16, 16], words=1, noise=1),
    Job([]),
]
for job in JOBS:
    new = job.words // 3
    tree = WordTree.build(np.arange(job.words - new, 0, -1))
    old = np.maximum(np.arange(job.words, dtype=np.int32) - new, -1)
    tree = tree.grown(old.astype(np.int32), np.ones(job.words, int))
    for cbow in (False, True):
        lanes = [0, len(job.lengths) // 2, len(job.lengths)]
        trained = [
            run_noise(job, cbow=cbow),
            run_tree(job, tree, cbow=cbow, frozen_nodes=range(min(1, tree.size))),
            run_in_step(job, lanes, cbow=cbow, parts=2),
            run_subword(job, Made.drawn(job), cbow=cbow, at_once=7),
        ]
        assert [t.broken for t in trained] == [[], [], [], []]
compact_rows(np.zeros(64, np.float32), 4, 16, 5)
data, borders = np.frombuffer("é</s>abé".encode(), np.uint8), np.array([0, 2, 2, 6, 10])
assert len(ngram_rows(data, borders, 1, 9, 5)[1]) == 18
numbers = np.array([[-1.2345678e15], [-0.00012345679], [-1.1754944e-38]], np.float32)
room = np.zeros(3 * (NUMBER_BYTES + 2), np.uint8)
text_rows(numbers.view(np.uint32), np.zeros(0, np.uint8), np.zeros(4, np.int64), 32, room)
rows = np.random.default_rng(1).standard_normal((150, 19)).astype(np.float32)
for dtype in ("float32", "float16", "int8"):
    table, targets = pack(rows, dtype), rows[:9] / row_norms(rows[:9])[:, None]
    found = rank_batch(table, row_norms(table), targets, 7, without=[[n] for n in range(9)])
    assert [len(ranking.rows) for ranking in found] == [7] * 9
for content in (
    b"a 1.5 -0.25\\n. . 1e5 123456789012345678901234567890\\nb 1",
    b"2 2\\nthe " + bytes(8) + b"\\nof " + bytes(8),
):
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        assert len(load_vectors(file.name)) == 2
page = mmap.PAGESIZE  # behind the table nothing may be read: there is no memory
memory = mmap.mmap(-1, 2 * page)
behind = ctypes.addressof(ctypes.c_char.from_buffer(memory)) + page
assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(behind), page, 0) == 0
table = np.frombuffer(memory, np.float32, 53 * 19, page - 4 * 53 * 19).reshape(53, 19)
table[:] = 1
words = WordRows(table, np.ones(53, np.float32), 2)
ids, offsets = np.array([54, 2, 54, 53, 40], np.int32), np.array([0, 1, 1, 5])
for power in (1, 3):
    sums = document_sums(ids, offsets, words, power=power, logarithm=True, divisor="nothing")
    assert np.allclose(sums[:, 0], [1, 0, 4]), sums
for greatest in (True, False):
    extremes = document_extremes(ids, offsets, words, greatest=greatest)
    assert extremes.sum(axis=1).tolist() == [19, 0, 19]
assert document_frequencies(ids, offsets, words=53, first=2).sum() == 5
assert Finish(table[:1], table[0, :1], table[0], True).apply(sums).shape == (3,)
assert FloretSubwords(1, 2, 5, np.ones((5, 2), np.float32), hashes=3).vector("é").tolist() == [1, 1]
names = [f"w{n}" for n in range(40)]
words = WordVectors(names, np.random.default_rng(2).standard_normal((40, 19)))
texts = [" ".join(names[n::k]) for n, k in ((0, 2), (1, 3), (2, 7), (39, 1), (0, 1))] + [""]
pairs = [(a, b) for a in texts for b in texts]
assert len(text_similarity(pairs, words)) == 36
mover = WordMover(texts, words)
assert mover.empty == 1
assert mover.distances(texts[0])[0] == 0.0
assert len(mover.nearest(texts[2], topn=3).neighbours) == 3
model = ParagraphVectors(19, min_count=1, epochs=2, workers=1, dbow_words=True)
assert model.fit(texts).transform(texts).shape == (6, 19)
print("done")
"""


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="needs the compiler")
def test_small_jobs_stay_within_bounds(tmp_path: Path) -> None:
    # Checked code must not be taken for fast code: numba's cache does not know the difference.
    cache = Path(os.environ.get("NUMBA_CACHE_DIR", tmp_path)) / "boundscheck"
    paths = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={
            **os.environ,
            "NUMBA_BOUNDSCHECK": "1",
            "NUMBA_OPT": "0",  # compiles in half the time; the checks are the same
            "NUMBA_CACHE_DIR": str(cache),
            "PYTHONPATH": os.pathsep.join(paths),
        },
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["checked", "done"], done.stderr
