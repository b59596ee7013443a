"""fastText's ``.bin`` files written by hand, field by field, for tests of the reader."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Model:
    """A small model; change a field to write a file that lies."""

    words: list[bytes] = field(default_factory=lambda: [b"</s>", b"cat", "né".encode()])
    counts: list[int] = field(default_factory=lambda: [9, 5, 2])
    labels: list[bytes] = field(default_factory=list)
    magic: int = 793712314
    version: int = 12  # 0: the layout without magic number
    dim: int = 2
    bucket: int = 5
    minn: int = 2
    maxn: int = 3
    loss: int = 2
    model: int = 2
    size: int | None = None
    nwords: int | None = None
    nlabels: int | None = None
    kept: list[tuple[int, int]] | None = None
    pruned: int | None = None
    rows: int | None = None
    columns: int | None = None
    quantised: int = 0
    values: np.ndarray | None = None
    output: bytes | None = None
    behind: bytes = b""

    def table(self) -> np.ndarray:
        if self.values is not None:
            return self.values
        shape = (len(self.words) + self.bucket, self.dim)
        return np.random.default_rng(1).standard_normal(shape).astype("<f4")

    def written(self) -> bytes:
        named = self.version > 0
        head = struct.pack("<2i", self.magic, self.version) if named else b""
        numbers = (self.dim, 5, 1, 1, 5, 1, self.loss, self.model, self.bucket)
        head += struct.pack("<12id", *numbers, self.minn, self.maxn, 100, 1e-4)
        entries = [*((w, 0) for w in self.words), *((w, 1) for w in self.labels)]
        sizes = [len(entries), len(self.words), len(self.labels)]
        said = [self.size, self.nwords, self.nlabels]
        told = [s if given is None else given for s, given in zip(sizes, said, strict=True)]
        head += struct.pack("<3iq", *told, sum(self.counts))
        if named:
            kept = -1 if self.kept is None else len(self.kept)
            head += struct.pack("<q", kept if self.pruned is None else self.pruned)
        counts = [*self.counts, *([1] * len(self.labels))]
        for (word, kind), count in zip(entries, counts, strict=True):
            head += word + b"\0" + struct.pack("<qb", count, kind)
        for pair in self.kept or ():
            head += struct.pack("<2i", *pair)
        table = self.table()
        rows = len(table) if self.rows is None else self.rows
        columns = self.dim if self.columns is None else self.columns
        if named:
            head += bytes([self.quantised])
        head += struct.pack("<2q", rows, columns) + table.tobytes()
        if self.output is not None:
            return head + self.output + self.behind
        head += b"\0" if named else b""
        outputs = np.zeros((len(self.labels) or len(self.words), self.dim), "<f4")
        return head + struct.pack("<2q", *outputs.shape) + outputs.tobytes() + self.behind
