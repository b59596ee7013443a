"""Other documents into clusters that are there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..outputs import kept_model
from ..reading.data_options import DocumentOptions

_BATCH = 5000


@dataclass(frozen=True)
class Assignment:
    """Where a document belongs.

    Attributes:
        id: Its name.
        cluster: Number of the nearest cluster; -1 where no word of the document is known.
        closeness: Cosine with the centre of the cluster; 0 for -1.
        name: Title of the cluster; empty for -1.
    """

    id: str
    cluster: int
    closeness: float
    name: str


def assign(
    path: str | os.PathLike[str], source: Any, *, options: DocumentOptions | None = None
) -> Iterator[Assignment]:
    """Yield the nearest cluster of each document, in order.

    Args:
        path: Folder that :func:`.cluster_files` wrote with ``keep_model``, or the model in it.
        source: What :func:`.read_documents` takes; read as it is needed.
        options: How documents are read.

    Raises:
        ModelFormatError: The folder holds no clusters.
    """
    from ...models.clusters.text_clusterer import TextClusterer

    model = TextClusterer.load(kept_model(path))
    documents = (options or DocumentOptions()).read(source)
    while batch := list(islice(documents, _BATCH)):
        rows = model.vectorizer_.transform([one.text for one in batch])
        labels = model.clustering_.predict(rows)
        close = model.clustering_.closeness(rows, labels)
        for one, label, near in zip(batch, labels.tolist(), close.tolist(), strict=True):
            yield Assignment(one.id, label, near, model.names_[label].title if label >= 0 else "")
