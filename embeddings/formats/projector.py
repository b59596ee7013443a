"""Vectors for TensorBoard's embedding projector: a folder with a pair of tab-separated files."""

from __future__ import annotations

import re
from pathlib import Path

from ..atomic import atomic_folder
from .outgoing import Outgoing
from .text_writing import write_lines

REFUSED = re.compile(r"[\t\n\v\f\r\0]+")
"""What would break a line of the metadata; words with spaces are fine."""

_SHOWN = 100_000  # TensorBoard's own limit
_CONFIG = """embeddings {
  tensor_name: "wordgraft"
  tensor_path: "vectors.tsv"
  metadata_path: "metadata.tsv"
}
"""


def write_projector(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    """Write ``vectors.tsv``, ``metadata.tsv``, and a configuration that names them.

    ``tensorboard --logdir FOLDER`` shows them, and the pair can be loaded at
    projector.tensorflow.org. The metadata has a heading only where it has two columns, as the
    projector wants it: the word, and how often it stood in the corpus.
    """
    counts = outgoing.counts
    if counts is None:
        lines = list(outgoing.words)
    else:
        pairs = zip(outgoing.words, counts.tolist(), strict=True)
        lines = ["word\tcount", *(f"{word}\t{count}" for word, count in pairs)]
    with atomic_folder(path) as folder:
        with (folder / "vectors.tsv").open("wb") as file:
            write_lines(file, outgoing, separator="\t", with_words=False)
        (folder / "metadata.tsv").write_bytes("".join(f"{line}\n" for line in lines).encode())
        (folder / "projector_config.pbtxt").write_text(_CONFIG, encoding="utf-8")
    if len(outgoing.words) <= _SHOWN:
        return ()
    return (f"TensorBoard shows the first {_SHOWN:,} rows only",)
