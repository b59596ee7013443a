"""The commands about clusters; ``cli.py`` hangs them into the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .. import console
from ..options import Json, KeepModel, OutputFolder, VectorsFile, WordVectorsFile, chosen
from ..reading import document_options as options

K = Annotated[
    int | None,
    typer.Option("--clusters", "-k", min=1, help="How many. [default: chosen by silhouettes]"),
]
ClusterMethod = Annotated[
    Literal["kmeans", "minibatch", "agglomerative", "hdbscan"] | None,
    typer.Option(help="[default: kmeans; minibatch where documents are very many]"),
]
SETTINGS = ("k", "method", "min_size", "weighting", "tokenizer", "fit_on", "seed")
"""Options that are arguments of :class:`.TextClusterer`."""
CO_SETTINGS = (
    "n_clusters", "word_clusters", "trade_off", "min_documents", "max_share", "tokenizer", "seed",
)  # fmt: skip
"""Options that are arguments of :class:`.SelfTaughtClustering` and of the words it counts."""


def cluster(
    docs: options.Docs,
    *,
    output: OutputFolder,
    vectors: WordVectorsFile,
    clusters: K = None,
    method: ClusterMethod = None,
    min_size: Annotated[
        int | None, typer.Option(help="hdbscan: documents of the smallest. [default: a hundredth]")
    ] = None,
    layout: Annotated[
        Literal["pca", "tsne", "umap"],
        typer.Option("--map", help="How the map is laid out; umap needs umap-learn."),
    ] = "pca",
    format: Annotated[
        Literal["parquet", "csv"], typer.Option(help="Of the assignments.")
    ] = "parquet",
    keep_model: KeepModel = False,
    weighting: options.Weighting = None,
    tokenizer: options.Tokenizer = None,
    text: options.TextColumn = None,
    labels: options.KnownLabels = None,
    id_column: options.IdColumn = None,
    split: options.Split = None,
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    errors: options.Errors = "strict",
    fit_on: options.FitOn = 100_000,
    seed: options.Seed = None,
    json: Json = False,
) -> None:
    """Divide documents into clusters, name them, and write a page about them.

    DIR gets assignments.parquet or .csv (id, cluster, name, closeness), clusters.json and
    report.html, a page that needs nothing else: a map, sizes, words, examples, scores. It appears
    whole or not at all. Documents without a known word are in cluster -1.

    \b
    Examples:
      wordgraft cluster news.txt --vectors wiki.safetensors -k 20 -o news
      wordgraft cluster bbc.jsonl.gz --vectors v.bin --tokenizer default --labels label -k 5 -o bbc
      wordgraft cluster posts/ --vectors v.bin --method hdbscan --map tsne --format csv -o posts
      wordgraft cluster old.csv --vectors v.bin -k 8 --keep-model -o old
    """
    from ..reading.data_options import DocumentOptions
    from . import run as task
    from .page import text as page_text

    given = {**locals(), "k": clusters}
    with console.stages_progress() as progress:
        result = task.cluster_files(
            docs,
            output,
            vectors=vectors,
            settings=chosen(given, SETTINGS),
            options=DocumentOptions.of(given),
            layout=layout,
            format=format,
            keep_model=keep_model,
            progress=progress,
        )
    console.show_json(result) if json else console.show(page_text(result))
    console.say(f"report: {output / task.REPORT}")


def co_cluster(
    docs: options.Docs,
    *,
    beside: Annotated[
        str,
        typer.Option(metavar="DOCS", help="Other documents, without labels, likewise; - is stdin."),
    ],
    clusters: Annotated[int, typer.Option("--clusters", "-k", min=2, help="How many.")],
    output: OutputFolder,
    beside_text: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column of the others' text. [default: by name]"),
    ] = None,
    beside_split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which part of the others.")
    ] = None,
    word_clusters: Annotated[
        int | None, typer.Option(min=1, help="Clusters of the words. [default: 64]")
    ] = None,
    trade_off: Annotated[
        float | None, typer.Option(min=0, help="How much the others count. [default: 1]")
    ] = None,
    min_documents: Annotated[
        int | None,
        typer.Option(min=1, help="Count words of so many documents, both together. [default: 2]"),
    ] = None,
    max_share: Annotated[
        float | None, typer.Option(help="And of this share of them at most. [default: 0.5]")
    ] = None,
    format: Annotated[
        Literal["parquet", "csv"], typer.Option(help="Of the assignments.")
    ] = "parquet",
    tokenizer: Annotated[
        str | None, typer.Option(help="default, whitespace, spacy:NAME. [default: default]")
    ] = None,
    text: options.TextColumn = None,
    labels: options.KnownLabels = None,
    id_column: options.IdColumn = None,
    split: options.Split = None,
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    errors: options.Errors = "strict",
    seed: options.Seed = None,
    json: Json = False,
) -> None:
    """Divide few documents into clusters with the help of many others, by words that both have.

    No vectors are needed. DIR gets assignments.parquet or .csv (id, cluster, name, and the cluster
    without the others), clusters.json and report.html, a page that compares with clusters of the
    documents alone. It appears whole or not at all. Documents without a counted word are in cluster
    -1.

    \b
    Examples:
      wordgraft co-cluster notes.txt --beside news.txt -k 5 -o notes
      wordgraft co-cluster bbc.jsonl --labels label --beside ag.csv -k 5 --format csv -o bbc
      zcat news.gz | wordgraft co-cluster notes.txt --beside - -k 5 --json -o notes
    """
    from ..reading.data_options import DocumentOptions
    from . import co_cluster as task
    from .co_cluster_page import text as page_text

    given = {**locals(), "n_clusters": clusters}
    others = {**given, "text": beside_text, "split": beside_split, "labels": None}
    with console.stages_progress() as progress:
        result = task.co_cluster_files(
            docs,
            output,
            beside=beside,
            settings=chosen(given, CO_SETTINGS),
            options=DocumentOptions.of(given),
            beside_options=DocumentOptions.of({**others, "id_column": None}),
            format=format,
            progress=progress,
        )
    console.show_json(result) if json else console.show(page_text(result))
    console.say(f"report: {output / task.REPORT}")


def assign(
    model: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="What cluster --keep-model wrote, or its model folder."),
    ],
    docs: options.Docs = "-",
    *,
    text: options.TextColumn = None,
    id_column: options.IdColumn = None,
    split: options.Split = None,
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    errors: options.Errors = "strict",
    json: Json = False,
) -> None:
    """Print the nearest cluster of each document: number, closeness, name, and the document's id.

    As many lines as documents, in order; those without a known word get -1. With --json an object a
    line.

    \b
    Examples:
      wordgraft assign old new.csv
      echo "rates rise again" | wordgraft assign old
    """
    from ..reading.data_options import DocumentOptions
    from . import assign as task

    read = DocumentOptions.of(dict(locals()))
    for one in task.assign(model, docs, options=read):
        if json:
            console.show_json(one)
        else:
            console.show(f"{one.cluster}\t{one.closeness:.4f}\t{one.name}\t{one.id}")


def word_clusters(
    vectors: VectorsFile,
    *,
    clusters: Annotated[int, typer.Option("--clusters", "-k", min=1, help="How many.")] = 500,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write word, tab, class a line."),
    ] = None,
    restrict_vocab: Annotated[
        int | None, typer.Option(min=1, help="Only so many of the most frequent words.")
    ] = None,
    method: ClusterMethod = None,
    topn: Annotated[int, typer.Option(min=1, help="Words to print of a class.")] = 12,
    seed: options.Seed = None,
    json: Json = False,
) -> None:
    """Divide words into classes of like ones, as word2vec's demo does, the closest-knit first.

    Prints a line a class: number, words in it, how close they are to its centre, and the words
    nearest to it. With -o all words and their classes go to a file.

    \b
    Examples:
      wordgraft word-clusters vectors.safetensors -k 500 -o classes.tsv
      wordgraft word-clusters glove.txt -k 100 --restrict-vocab 10000 --topn 20
    """
    from ..vectors import word_clusters as task

    with console.rows_progress("clustering") as progress:
        found = task.run(
            vectors,
            k=clusters,
            output=output,
            restrict_vocab=restrict_vocab,
            method=method,
            topn=topn,
            seed=seed or 0,
            progress=progress,
        )
    console.show_json(found) if json else console.show(task.text(found))
    if output is not None:
        console.say(f"classes: {output}")
