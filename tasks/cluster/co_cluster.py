"""Documents clustered beside others through shared words, to a folder about what that bought."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...embeddings.atomic import atomic_folder, ensure_folder_writable
from ...embeddings.errors import ConfigurationError
from ...embeddings.reading import STDIN
from ..outputs import TableFormat, check_format, until_written, write_json, write_table, write_text
from ..reading.data_options import DocumentOptions
from ..reading.documents import Documents
from .co_cluster_result import (
    ALONE,
    BESIDE,
    TFIDF,
    ClusterWay,
    CoCluster,
    CoClusterResult,
    CoClusterRun,
)
from .result import beginning

if TYPE_CHECKING:
    from ...models.clusters.shared_words import SharedWords

Progress: TypeAlias = Callable[[str, int, int], None]
REPORT, CLUSTERS = "report.html", "clusters.json"
"""Files of the folder, beside ``assignments.parquet`` or ``.csv``."""
COUNTING = ("tokenizer", "min_documents", "max_share")
"""Settings that say which words are counted."""
_EXAMPLES = 4
_STARTS = 10  # of k-means on TF-IDF


def co_cluster_files(
    source: Any,
    output: str | os.PathLike[str],
    *,
    beside: Any,
    settings: Mapping[str, Any],
    options: DocumentOptions | None = None,
    beside_options: DocumentOptions | None = None,
    format: TableFormat = "parquet",
    progress: Progress | None = None,
) -> CoClusterResult:
    """Cluster the documents of a source beside others, and write a folder, whole or not at all.

    Args:
        source: What :func:`.load_documents` takes.
        output: Folder to make: assignments, ``clusters.json``, ``report.html``.
        beside: Other documents, without labels; what :func:`.load_documents` takes.
        settings: ``n_clusters`` and other arguments of :class:`.SelfTaughtClustering`, and those of
            :data:`COUNTING`, by name.
        options: How the documents are read.
        beside_options: How the others are.
        format: Of the assignments.
        progress: Told what is done, steps done, and steps in all.

    Raises:
        ConfigurationError: A setting is impossible, or both come from standard input.
        CorpusError: A source can't be read, or holds no document.
        DomainError: The two share no word.
        OutputError: The folder can't be written.
        TrainingInterrupted: Ctrl-C was pressed; nothing was written.
    """
    check_format(format)
    if source == STDIN and beside == STDIN:
        raise ConfigurationError("expected a file for DOCS or for --beside, found - for both")
    ensure_folder_writable(output)
    with until_written(output) as stop, stop.heard():
        documents = (options or DocumentOptions()).load(source)
        others = (beside_options or DocumentOptions()).load(beside)
        run = co_cluster_documents(
            documents, others, settings=settings, progress=progress, output=os.fspath(output)
        )
        _write(run, Path(output), format)
        return run.result


def co_cluster_documents(
    documents: Documents,
    others: Documents,
    *,
    settings: Mapping[str, Any],
    progress: Progress | None = None,
    output: str = "",
) -> CoClusterRun:
    """Cluster documents that are there beside others, and without them.

    Args:
        documents: N documents.
        others: M documents; their labels, if any, aren't looked at.
        settings: As :func:`co_cluster_files`.
        progress: As there.
        output: Folder that will hold the result.
    """
    from ...models.clusters.co_clustering import SelfTaughtClustering
    from ...models.clusters.names import ClusterName, cluster_terms
    from ...models.clusters.shared_words import count_shared_words
    from ...models.clusters.words import count_cluster_words

    began = time.perf_counter()
    tell = progress or (lambda *_: None)
    counting = {name: value for name, value in settings.items() if name in COUNTING}
    model = SelfTaughtClustering(
        **{name: value for name, value in settings.items() if name not in COUNTING}
    )
    tell("counting words", 0, 4)
    counts = count_shared_words(documents.texts, others.texts, **counting)
    told = np.diff(counts.target.indptr) > 0
    _check_clusters(model.n_clusters, int(told.sum()), documents.name)
    tell("k-means on TF-IDF", 1, 4)
    plain = _whole(_by_tfidf(counts, told, model.n_clusters, model.seed), told)
    tell("clustering alone", 2, 4)
    alone = _whole(model.fit(counts.target[told]).labels_, told)
    tell("clustering beside the others", 3, 4)
    other = counts.other[np.diff(counts.other.indptr) > 0]
    labels = _whole(model.fit(counts.target[told], Xa=other).labels_, told)
    found = int(labels.max()) + 1
    by_cluster = count_cluster_words(
        documents.texts, labels, clusters=found, tokenizer=counting.get("tokenizer", "default")
    )
    names = [ClusterName(terms) for terms in cluster_terms(by_cluster)]
    kept = model.get_params(deep=False) | {"tokenizer": "default"} | counting
    result = CoClusterResult(
        source=documents.name,
        beside=others.name,
        documents=len(documents),
        others=len(others),
        no_words=int((~told).sum()),
        words=len(counts.words),
        common=counts.common,
        settings=kept,
        clusters=_described(documents, counts, names, labels, alone),
        ways=tuple(
            _way(name, one, labels, documents)
            for name, one in ((TFIDF, plain), (ALONE, alone), (BESIDE, labels))
        ),
        reading=f"{documents.report}; {others.name}: {others.report}",
        notes=_notes(counts, told, found, model.n_clusters),
        seconds=time.perf_counter() - began,
        output=output,
    )
    return CoClusterRun(result, documents, labels, alone)


def _check_clusters(wanted: Any, most: int, name: str) -> None:
    if not isinstance(wanted, int) or isinstance(wanted, bool) or not 2 <= wanted <= most:
        raise ConfigurationError(
            f"clusters: expected 2 or more, and no more than the {most:,} documents of {name} that "
            f"have a counted word, found {wanted!r}"
        )


def _by_tfidf(counts: SharedWords, told: NDArray[np.bool_], k: int, seed: int) -> NDArray[np.int64]:
    """Return clusters of the documents by themselves: what there is without co-clustering too."""
    import warnings

    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfTransformer

    make: Any = KMeans
    rows = TfidfTransformer().fit_transform(counts.target[told])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different documents than k
        return make(k, n_init=_STARTS, random_state=seed).fit_predict(rows).astype(np.int64)


def _whole(labels: NDArray[np.int64], told: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number clusters by falling size, and put documents without a word in none."""
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    number = np.empty(len(sizes), np.int64)
    number[order] = np.arange(len(sizes))
    whole = np.full(len(told), -1, np.int64)
    whole[told] = number[labels]
    return whole


def _way(
    name: str, labels: NDArray[np.int64], final: NDArray[np.int64], documents: Documents
) -> ClusterWay:
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import normalized_mutual_info_score

    from ...models.clusters.scores import agreement

    inside = labels >= 0
    table = _crossed(final, labels)
    rows, columns = linear_sum_assignment(-table)
    same: Any = normalized_mutual_info_score(final[inside], labels[inside])
    return ClusterWay(
        name=name,
        sizes=tuple(np.bincount(labels[inside]).tolist()),
        scores=None if documents.labels is None else agreement(labels, documents.labels),
        shared=float(same),
        moved=1.0 - float(table[rows, columns].sum()) / max(int(inside.sum()), 1),
    )


def _crossed(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many documents are in each cluster of the one and of the other."""
    inside = first >= 0
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1), np.int64)
    np.add.at(table, (first[inside], second[inside]), 1)
    return table


def _described(
    documents: Documents,
    counts: SharedWords,
    names: Sequence[Any],
    labels: NDArray[np.int64],
    alone: NDArray[np.int64],
) -> tuple[CoCluster, ...]:
    place = {word: column for column, word in enumerate(counts.words)}
    crossed = _crossed(labels, alone)
    found: list[CoCluster] = []
    for number, name in enumerate(names):
        own = np.flatnonzero(labels == number)
        columns = [place[term.word] for term in name.terms if term.word in place]
        has = np.asarray((counts.target[own][:, columns] > 0).sum(axis=1)).ravel()
        best = own[np.argsort(-has, kind="stable")[:_EXAMPLES]].tolist()
        said: Counter[str] = Counter()
        if documents.labels is not None:
            known = (documents.labels[i] for i in own.tolist())
            said.update(label for label in known if label is not None)
        found.append(
            CoCluster(
                cluster=number,
                title=name.title,
                documents=len(own),
                share=len(own) / int((labels >= 0).sum()),
                terms=name.terms,
                examples=tuple((documents.ids[i], beginning(documents.texts[i])) for i in best),
                labels=dict(said.most_common()),
                before=tuple(crossed[number].tolist()),
            )
        )
    return tuple(found)


def _notes(
    counts: SharedWords, told: NDArray[np.bool_], found: int, wanted: int
) -> tuple[str, ...]:
    notes: list[str] = []
    if not told.all():
        notes.append(
            f"{int((~told).sum()):,} documents without a counted word are in no cluster (-1)"
        )
    if found < wanted:
        notes.append(f"{wanted} clusters were asked for, documents are in {found}")
    silent = int((np.diff(counts.other.indptr) == 0).sum())
    if silent:
        notes.append(f"{silent:,} of the others have no counted word: left out")
    return tuple(notes)


def _write(run: CoClusterRun, output: Path, format: TableFormat) -> None:
    from . import co_cluster_page

    with atomic_folder(output) as folder:
        _write_assignments(run, folder / f"assignments.{format}", format)
        write_json(folder / CLUSTERS, run.result)
        write_text(folder / REPORT, co_cluster_page.html(run.result))


def _write_assignments(run: CoClusterRun, path: Path, format: TableFormat) -> None:
    import pyarrow as pa

    titles = pa.array([one.title for one in run.result.clusters], pa.string())
    columns: dict[str, Any] = {
        "id": pa.array(run.documents.ids, pa.string()),
        "cluster": pa.array(run.labels),
        "name": titles.take(pa.array(run.labels, mask=run.labels < 0)),
        "alone": pa.array(run.alone),
    }
    if run.documents.labels is not None:
        columns["label"] = pa.array(run.documents.labels, pa.string())
    write_table(path, columns, format)
