"""The list of what is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .records import Measurement
    from .workplace import Workplace


@dataclass(frozen=True)
class Row:
    """One thing to measure, in a process of its own.

    Attributes:
        group: Rows of a group share a result file and a table.
        label: Name within the group.
        title: For people.
        function: "module.function" in this package; imported only to measure, so that the page can
            be made with nothing installed.
        expected: Seconds it takes about, on two cores, where ``prepare`` has run before.
        arguments: Keywords for the function.
    """

    group: str
    label: str
    title: str
    function: str
    expected: int
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Group and label."""
        return f"{self.group}/{self.label}"

    @property
    def timeout(self) -> float:
        """Seconds after which measuring is given up; longer where gensim trains to the end."""
        if self.label.endswith("-quality"):
            return 19_200.0
        return 4800.0 if self.group in ("process", "quality") else max(600.0, 8.0 * self.expected)

    def measure(self, place: Workplace) -> Measurement:
        """Measure it."""
        module, name = self.function.split(".")
        function: Callable[..., Measurement] = getattr(
            import_module(f".{module}", __package__), name
        )
        return function(place, **self.arguments)


PARTS: Mapping[str, Any] = {"min_n": 3, "max_n": 6, "bucket": 2_000_000}
"""Settings of training with character n-grams, every program's defaults."""
CORPORA = {"wiki": "wiki", "imdb": "IMDB"}
_TRAININGS: tuple[tuple[str, str, int, dict[str, Any]], ...] = (
    ("skipgram-100", "skip-gram, negative sampling, D=100", 65, {"target": 10.0}),
    (
        "skipgram-300",
        "skip-gram, negative sampling, D=300",
        80,
        {"target": 9.0, "vector_size": 300},
    ),
    (
        "cbow-100",
        "CBOW, negative sampling, D=100",
        75,
        {"target": 5.0, "model": "cbow", "epochs": 3},
    ),
    (
        "hs-100",
        "skip-gram, hierarchical softmax, D=100",
        75,
        {"target": 4.0, "loss": "hs"},
    ),
)
_QUALITIES: tuple[tuple[str, str, int, dict[str, Any]], ...] = (
    ("skipgram", "skip-gram", 10, {}),
    ("deterministic", "skip-gram, deterministic=True", 120, {"deterministic": True}),
    ("cbow", "CBOW", 70, {"model": "cbow"}),
)


def _rows() -> tuple[Row, ...]:
    each = CORPORA.items()
    return (
        *(
            Row("training_speed", f"{corpus}-{label}", f"{title}, {name}", "speed.training",
                seconds, {"corpus": corpus, **arguments})
            for label, title, seconds, arguments in _TRAININGS for corpus, name in each
        ),
        *(
            Row("scaling", corpus, f"workers and determinism, {name}", "speed.scaling", 80,
                {"corpus": corpus})
            for corpus, name in each
        ),
        *(
            Row("process", corpus, f"whole process, {name}", "process.measure", 380,
                {"corpus": corpus, "cold": corpus == "wiki"})
            for corpus, name in each
        ),
        *(
            Row("encoding", label, title, "encoding.measure", 25, arguments)
            for label, title, arguments in (
                ("wiki-txt", "white space, wiki, .txt",
                 {"corpus": "wiki", "tokenizer": "whitespace", "target": 5.0}),
                ("wiki-gz", "white space, wiki, .gz, one line",
                 {"corpus": "raw:wiki", "tokenizer": "whitespace", "target": 5.0}),
                ("imdb-txt", "white space, IMDB, .txt",
                 {"corpus": "imdb", "tokenizer": "whitespace", "target": 5.0}),
                ("enwiki-raw", "rules, raw Wikipedia, .jsonl.gz",
                 {"corpus": "raw:enwiki", "tokenizer": "default", "target": 1.0}),
                ("imdb-raw", "rules, raw IMDB, .jsonl.gz",
                 {"corpus": "raw:imdb", "tokenizer": "default", "target": 1.0}),
            )
        ),
        Row("opening", "400k-300", "open 400,000 x 300 and ask", "opening.measure", 60),
        Row("neighbours", "400k-300", "ask 400,000 x 300 a thousand times", "neighbours.measure",
            300),
        Row("storage", "int8", "int8", "storage.measure", 20, {"dtype": "int8"}),
        Row("storage", "float16", "float16", "storage.measure", 20, {"dtype": "float16"}),
        Row("reading", "text", "read 400,000 x 300 as GloVe text", "reading.text", 160),
        Row("reading", "binary", "read 400,000 x 300 as word2vec binary", "reading.binary", 60),
        Row("models", "unknown", "vectors of a fastText .bin against fastText's", "models.unknown",
            40),
        Row("models", "opening", "open a fastText .bin of 200,000 x 300", "models.opening", 180),
        Row("writing", "400k-300", "write 400,000 x 300, text and binary", "writing.measure", 150),
        Row("demo", "toyworld", "wordgraft demo", "demo.measure", 30),
        Row("memory", "wiki", "peak memory, wiki, 100 MB", "memory.wiki", 20),
        Row("memory", "toyworld", "peak memory, toy world, 2 GB", "memory.toy_world", 220),
        *(
            Row("quality", f"{corpus}-{label}", f"{title}, {name}", "quality.measure", seconds,
                {"corpus": corpus, **arguments})
            for label, title, seconds, arguments in _QUALITIES for corpus, name in each
        ),
        *(
            Row("subword", f"{corpus}-{peer}", f"words/s against {program}, {name}", function,
                seconds, {"corpus": corpus, **arguments})
            for peer, program, function, seconds, arguments in (
                ("gensim", "gensim's FastText", "speed.training", 90, {"target": 8.0, **PARTS}),
                ("fasttext", "fastText's own program", "fasttext_peer.training", 120,
                 {"target": 15.0}),
            )
            for corpus, name in each
        ),
        *(
            Row("subword", f"{corpus}-{peer}-{model}-quality",
                f"quality of {model} against {program}, {name}", function, seconds,
                {"corpus": corpus, "model": model, "subword": True, "trainings": 1, **more,
                 **PARTS})
            for peer, program, function, seconds, more in (
                ("gensim", "gensim's FastText", "quality.measure", 1100, {}),
                ("fasttext", "fastText's own program", "fasttext_peer.quality", 500,
                 {"epochs": 1}),
            )
            for model in ("skipgram", "cbow") for corpus, name in each
        ),
        *(
            Row("networks", f"{encoder}-96", f"{encoder.upper()}, two directions of 96",
                "networks.measure", 180, {"encoder": encoder, "hidden": 96})
            for encoder in ("gru", "lstm")
        ),
        *(
            Row("sentiment", f"imdb-{vectors}", f"IMDB reviews on {title}", "sentiment.whole", 1700,
                {"vectors": vectors, "target": target})
            for vectors, title, target in (
                ("imdb", "vectors of IMDB", 0.925), ("wiki", "general vectors", 0.90)
            )
        ),
        Row("sentiment", "500-labels", "IMDB, 500 labels", "sentiment.few_labels", 600),
        Row("sentiment", "books", "from IMDB to book reviews", "sentiment.carried", 900),
        Row("sentiment", "sentences", "SST-2 and rt-polarity", "sentiment.sentences", 400),
        Row("documents", "ids", "documents from ids", "documents.from_ids", 120),
        Row("documents", "text", "documents from raw text", "documents.from_text", 120),
        *(
            Row("topics", collection, f"clusters of {title}", "document_quality.clusters", seconds,
                {"collection": collection, "target": target})
            for collection, title, target, seconds in (
                ("bbc", "BBC News", 0.90, 60), ("agnews", "AG News, test part", 0.57, 120),
                ("20newsgroups", "20 Newsgroups", 0.42, 900),
            )
        ),
        Row("topics", "100-labels", "IMDB, 100 labels", "document_quality.few_labels", 120),
        Row("clusters", "million", "a million short documents in 100 clusters",
            "clusters.million", 900),
        Row("clusters", "categories", "categories of words", "clusters.categories", 120),
        Row("similarity", "sts", "STS Benchmark, test part", "sts.measure", 120),
        Row("similarity", "nearest", "nearest documents", "similar_documents.nearest", 180),
        Row("similarity", "paragraphs", "paragraph vectors", "similar_documents.paragraphs", 150),
        Row("crosslingual", "dictionary", "English words to Spanish", "crosslingual.dictionary",
            400),
        Row("crosslingual", "genre", "genres carried to Spanish", "crosslingual.genre", 150),
        *(
            Row("domains", f"{kind}-{source}-{target}", f"{title}, {source} to {target}",
                f"domains.{kind}", seconds, {"source": source, "target": target, "bar": bar})
            for kind, title, seconds, bars in (
                ("features", "counts of words", 900, (0.825, 0.805)),
                ("texts", "raw text and vectors", 1200, (0.845, 0.825)),
            )
            for (source, target), bar in zip(
                (("books", "dvd"), ("dvd", "books")), bars, strict=True
            )
        ),
        *(
            Row("domains", f"single-{source}-{target}", f"single ways, {source} to {target}",
                "single_ways.measure", 1500, {"source": source, "target": target})
            for source, target in (("books", "dvd"), ("dvd", "books"))
        ),
        Row("tasks", "few-labels", "five tasks of few labels", "several_tasks.few_labels", 600),
        Row("tasks", "beside-large", "few labels beside large tasks",
            "several_tasks.beside_large", 900),
        Row("advice", "ten-cases", "advice on ten cases", "advice.measure", 2400),
        Row("advice", "ten-heads", "ten heads on kept features", "bottleneck.measure", 300),
        *(
            Row("few_labels", f"zero-{collection}", f"classes from their names, {title}",
                "few_labels.zero_shot", seconds, {"collection": collection, "target": target})
            for collection, title, target, seconds in (
                ("agnews", "AG News, test part", 0.82, 60), ("bbc", "BBC News", 0.89, 60),
                ("20newsgroups", "20 Newsgroups, test part", None, 200),
            )
        ),
        *(
            Row("few_labels", f"few-{collection}", f"1 to 20 labels a class, {title}",
                "few_labels.few_shot", seconds, {"collection": collection})
            for collection, title, seconds in (
                ("agnews", "AG News", 300), ("20newsgroups", "20 Newsgroups", 1200),
            )
        ),
        Row("few_labels", "clusters", "self-taught clustering", "few_labels.self_taught_clusters",
            60),
        Row("few_labels", "animals", "animals by attributes", "few_labels.attributes", 60),
    )  # fmt: skip


ROWS = _rows()
GROUPS = tuple(dict.fromkeys(row.group for row in ROWS))


def chosen(patterns: list[str]) -> list[Row]:
    """Return the rows that ``patterns`` name: groups, rows, or rows by wildcards; all for none.

    Raises:
        ValueError: A pattern names nothing.
    """
    for pattern in patterns:
        if not any(_fits(row, pattern) for row in ROWS):
            raise ValueError(
                f"{pattern!r} names no group and no row: groups are {', '.join(GROUPS)}; "
                "`python -m benchmarks list` has the rows"
            )
    return [row for row in ROWS if not patterns or any(_fits(row, p) for p in patterns)]


def _fits(row: Row, pattern: str) -> bool:
    return row.group == pattern or fnmatch(row.name, pattern)
