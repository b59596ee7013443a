"""Documents to vectors: from encoded ids, and from raw text."""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from .records import Check, Measurement, median
from .workplace import IMDB, Workplace, data_file

SIZE = 300
MIN_COUNT = 5
DOCUMENTS = 25_000
LOOPED = 1_000
"""Documents that gensim's loop is timed on; it takes as long for each of the others."""


def from_ids(place: Workplace) -> Measurement:
    """Average IMDB's reviews from ids: our kernel, gensim's loop, sparse counts times vectors."""
    from gensim.models import KeyedVectors

    from wordgraft.embeddings.document_sums import WordRows, document_sums
    from wordgraft.models.indexing import TextIndexer

    tokens = _tokens(place)
    words, rows = _vectors(tokens)
    indexer = TextIndexer(words)
    ids, offsets = (found := indexer(tokens)).ids - 2, found.offsets
    table = WordRows(rows, np.ones(len(rows), np.float32))
    theirs = KeyedVectors(SIZE)
    theirs.add_vectors(words, rows)
    looped = tokens[:LOOPED]
    alone = ids[: offsets[len(looped)]], offsets[: len(looped) + 1]

    def loop() -> Any:
        return np.array([theirs.get_mean_vector(one, pre_normalize=False) for one in looped])

    def sparse() -> Any:
        shape = (len(offsets) - 1, len(rows))
        counts = csr_matrix((np.ones(len(ids), np.float32), ids, offsets), shape=shape)
        counts.sum_duplicates()
        return (counts @ rows) / np.maximum(1, np.diff(offsets))[:, None]

    ours = document_sums(ids, offsets, table)
    apart = max(
        float(np.abs(document_sums(*alone, table) - loop()).max()),
        float(np.abs(ours - sparse()).max()),
    )
    runs = _turns(
        place,
        {
            "wordgraft": lambda: document_sums(ids, offsets, table),
            "loop": loop,
            "sparse": sparse,
            "one": lambda: document_sums(ids, offsets, table, threads=1),
        },
    )
    rates = {name: [len(tokens) / s for s in each] for name, each in runs.items()}
    rates["loop"] = [len(looped) / s for s in runs["loop"]]
    return Measurement(
        compared=(
            f"means of {SIZE} numbers of {len(tokens):,} IMDB reviews, {len(ids):,} known tokens, "
            f"{len(words):,} words, from int32 ids; all cores. gensim: a loop over get_mean_vector "
            f"on the tokens of {len(looped):,} of them. Sparse: SciPy's counts built from the same "
            f"ids, times the vectors, divided by the lengths. Largest difference {apart:.1g}"
        ),
        cache="warm",
        settings={"vector_size": SIZE, "documents": len(tokens)},
        figures={"seconds": runs, "apart": apart},
        checks=(
            _ratio("over gensim's get_mean_vector", rates, "wordgraft", "loop", 10.0),
            _ratio("over sparse counts times vectors", rates, "wordgraft", "sparse", 3.0),
            _ratio("one thread over sparse counts times vectors", rates, "one", "sparse", None),
        ),
    )


def from_text(place: Workplace) -> Measurement:
    """Fit and transform raw reviews: ours, and scikit-learn's TF-IDF."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    from wordgraft import DocumentVectorizer, WordVectors

    texts = _texts(place)
    words, rows = _vectors(_tokens(place))
    vectors = WordVectors(words, rows)

    def ours(weighting: str) -> Callable[[], Any]:
        model = DocumentVectorizer(vectors, weighting=weighting, tokenizer="default")
        return lambda: model.fit_transform(texts)

    work = {
        "wordgraft": ours("idf"),
        "sif": ours("sif"),
        "tfidf": lambda: TfidfVectorizer().fit_transform(texts),
    }
    work["wordgraft"](), work["sif"]()  # loads the kernels
    runs = _turns(place, work)
    rates = {name: [len(texts) / s for s in each] for name, each in runs.items()}
    return Measurement(
        compared=(
            f"fit_transform of {len(texts):,} raw IMDB reviews: DocumentVectorizer, weighting "
            f'"idf" and "sif", {len(words):,} words x {SIZE}, all cores, against scikit-learn\'s '
            "TfidfVectorizer, in turns"
        ),
        cache="warm",
        settings={"vector_size": SIZE, "documents": len(texts)},
        figures={"seconds": runs},
        checks=(
            _ratio("IDF means over TfidfVectorizer", rates, "wordgraft", "tfidf", 2.0),
            _ratio("SIF over TfidfVectorizer", rates, "sif", "tfidf", None),
        ),
    )


def _texts(place: Workplace) -> list[str]:
    most = DOCUMENTS if place.scale.records is None else place.scale.records
    with gzip.open(data_file(IMDB[0]), "rb") as file:
        return [json.loads(line)["text"] for line in islice(file, most)]


def _tokens(place: Workplace) -> list[list[str]]:
    most = DOCUMENTS if place.scale.records is None else place.scale.records
    with place.corpus("imdb").path.open(encoding="utf-8") as file:
        return [line.split() for line in islice(file, most)]


def _vectors(tokens: list[list[str]]) -> tuple[list[str], np.ndarray]:
    """Return the frequent words and as many rows; what is in them makes no difference here."""
    counts = Counter(word for document in tokens for word in document)
    words = [word for word, count in counts.most_common() if count >= MIN_COUNT]
    return words, np.random.default_rng(1).standard_normal((len(words), SIZE)).astype(np.float32)


def _turns(place: Workplace, work: dict[str, Callable[[], Any]]) -> dict[str, list[float]]:
    """Time each in turns."""
    runs: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(place.scale.repetitions):
        for name, run in work.items():
            began = time.perf_counter()
            run()
            runs[name].append(time.perf_counter() - began)
    return runs


def _ratio(
    name: str, rates: dict[str, list[float]], side: str, other: str, bar: float | None
) -> Check:
    return Check(
        name=name,
        value=median(rates[side]) / median(rates[other]),
        unit="x",
        target=bar,
        ours=median(rates[side]),
        peer=median(rates[other]),
        sides="documents/s",
        each=tuple(a / b for a, b in zip(rates[side], rates[other], strict=True)),
    )
