"""Documents to a folder about their clusters: who is where, what they are about, a page to open."""

from __future__ import annotations

import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...embeddings.atomic import atomic_folder, ensure_folder_writable
from ...embeddings.errors import TokenizerWarning
from ..outputs import (
    MODEL,
    TableFormat,
    check_format,
    until_written,
    write_json,
    write_table,
    write_text,
)
from ..reading.data_options import DocumentOptions
from ..reading.documents import Documents
from .mapping import Layout, check_layout, document_map
from .result import ClusterResult, ClusterRun, Example, FoundCluster, beginning

if TYPE_CHECKING:
    from ...models.clusters.text_clusterer import TextClusterer

Progress: TypeAlias = Callable[[str, int, int], None]
REPORT, CLUSTERS = "report.html", "clusters.json"
"""Files of the folder, beside ``assignments.parquet`` or ``.csv``."""
EXAMPLES = 5
"""Typical documents of a cluster that are shown."""


def cluster_files(
    source: Any,
    output: str | os.PathLike[str],
    *,
    vectors: str | os.PathLike[str],
    settings: Mapping[str, Any] | None = None,
    options: DocumentOptions | None = None,
    layout: Layout = "pca",
    format: TableFormat = "parquet",
    keep_model: bool = False,
    progress: Progress | None = None,
) -> ClusterResult:
    """Cluster the documents of a source, and write a folder about it, whole or not at all.

    Args:
        source: What :func:`.load_documents` takes. Texts are held in memory, vectors once.
        output: Folder to make: assignments, ``clusters.json``, ``report.html``.
        vectors: File of word vectors.
        settings: Arguments of :class:`.TextClusterer` by name.
        options: How documents are read.
        layout: How the map is laid out.
        format: Of the assignments.
        keep_model: Write the fitted clusterer too, to assign other documents with.
        progress: Told what is done, steps done, and steps in all.

    Raises:
        ConfigurationError: A setting is impossible.
        CorpusError: The source can't be read, or holds no document.
        DocumentError: No document has a known word.
        MissingDependencyError: The layout needs a package that isn't there.
        OutputError: The folder can't be written.
        TrainingInterrupted: Ctrl-C was pressed; nothing was written.
    """
    check_format(format)
    check_layout(layout)
    ensure_folder_writable(output)
    with until_written(output) as stop:
        from ...embeddings.formats import load_vectors

        loaded = load_vectors(vectors)
        with stop.heard():
            documents = (options or DocumentOptions()).load(source)

        def checked(name: str, done: int, total: int) -> None:
            stop.check()
            if progress is not None:
                progress(name, done, total)

        run = cluster_documents(
            documents,
            loaded,
            settings=settings,
            layout=layout,
            progress=checked,
            vectors_name=os.fspath(vectors),
            output=os.fspath(output),
        )
        stop.check()
        _write(run, Path(output), format, keep_model=keep_model)
        return run.result


def cluster_documents(
    documents: Documents,
    vectors: Any,
    *,
    settings: Mapping[str, Any] | None = None,
    layout: Layout = "pca",
    progress: Progress | None = None,
    vectors_name: str = "",
    output: str = "",
) -> ClusterRun:
    """Cluster documents that are there, and describe what was found.

    Args:
        documents: N documents.
        vectors: Word vectors.
        settings: Arguments of :class:`.TextClusterer` by name.
        layout: How the map is laid out.
        progress: As :func:`cluster_files`.
        vectors_name: Where the vectors come from, for people.
        output: Folder that will hold the result.
    """
    from ...models.clusters.scores import agreement, silhouette
    from ...models.clusters.text_clusterer import TextClusterer
    from ...models.clusters.tree import cluster_tree
    from ...models.documents.report import NOTHING_READ

    began = time.perf_counter()
    model = TextClusterer(vectors, **(settings or {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TokenizerWarning)  # the notes have it
        rows = model.fit_rows(documents.texts, progress=progress)
    found = model.clustering_
    close = found.closeness(rows)
    shape = silhouette(rows, found.labels, seed=model.seed)
    drawn = document_map(rows, found.labels, layout=layout, seed=model.seed)
    fitted = model.vectorizer_.report_ or NOTHING_READ
    kept = {n: v for n, v in model.get_params(deep=False).items() if n != "vectors"}
    kept["tokenizer"] = None if model.tokenizer is None else str(model.tokenizer)
    result = ClusterResult(
        source=documents.name,
        vectors=vectors_name,
        documents=len(documents),
        no_known_word=int(found.empty.sum()),
        outliers=found.outliers,
        settings=kept,
        method=found.method,
        clusters=_described(documents, model, rows, close, shape.by_cluster),
        silhouette=shape.mean,
        silhouette_documents=shape.rows,
        scores=None if documents.labels is None else agreement(found.labels, documents.labels),
        choice=model.choice_,
        tree=cluster_tree(found.centres, found.sizes),
        reading=str(documents.report),
        notes=(*found.notes, *fitted.notes),
        seconds=time.perf_counter() - began,
        output=output,
    )
    return ClusterRun(result, documents, model, drawn, close)


def _described(
    documents: Documents,
    model: TextClusterer,
    rows: NDArray[np.float32],
    close: NDArray[np.float32],
    silhouettes: Sequence[float | None],
) -> tuple[FoundCluster, ...]:
    from ...models.clusters.names import typical_documents

    found = model.clustering_
    typical = typical_documents(rows, found, count=EXAMPLES, texts=documents.texts)
    counts: list[Counter[str]] = [Counter() for _ in range(len(found))]
    if documents.labels is not None:
        for label, own in zip(documents.labels, found.labels.tolist(), strict=True):
            if own >= 0 and label is not None:
                counts[own][label] += 1
    inside = max(int(found.sizes.sum()), 1)
    return tuple(
        FoundCluster(
            cluster=number,
            title=name.title,
            documents=int(found.sizes[number]),
            share=int(found.sizes[number]) / inside,
            silhouette=silhouettes[number],
            terms=name.terms,
            nearest=name.nearest,
            examples=tuple(
                Example(documents.ids[i], beginning(documents.texts[i]), round(float(close[i]), 4))
                for i in typical[number]
            ),
            labels=dict(counts[number].most_common()),
        )
        for number, name in enumerate(model.names_)
    )


def _write(run: ClusterRun, output: Path, format: TableFormat, *, keep_model: bool) -> None:
    from . import page as cluster_page

    with atomic_folder(output) as folder:
        _write_assignments(run, folder / f"assignments.{format}", format)
        write_json(folder / CLUSTERS, run.result)
        write_text(folder / REPORT, cluster_page.html(run))
        if keep_model:
            run.clusterer.save(folder / MODEL)


def _write_assignments(run: ClusterRun, path: Path, format: TableFormat) -> None:
    import pyarrow as pa

    found = run.clusterer.clustering_
    titles = pa.array([one.title for one in run.result.clusters], pa.string())
    outside = found.labels < 0
    places = pa.array(found.labels, mask=outside)
    columns: dict[str, Any] = {
        "id": pa.array(run.documents.ids, pa.string()),
        "cluster": pa.array(found.labels),
        "name": titles.take(places) if len(titles) else pa.nulls(len(outside), pa.string()),
        "closeness": pa.array(run.closeness, mask=outside),
    }
    if run.documents.labels is not None:
        columns["label"] = pa.array(run.documents.labels, pa.string())
    write_table(path, columns, format)
