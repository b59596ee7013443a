"""Ten cases on which advice is judged, named before the rule was written.

Two sizes and two kinds of vectors, from near to far: films on vectors of films, sentences about
films, books, news, posts. The rule was chosen on other data (docs/transfer.md says which).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from .workplace import data_file

TEST = 2000
"""Test texts at most, drawn by chance once for all seeds."""


@dataclass(frozen=True)
class Case:
    """Labelled texts, how many of them, and the vectors at hand.

    Attributes:
        name: Of the case.
        data: Which texts.
        labels: How many are learnt from, as many of each class.
        vectors: "imdb" or "wiki".
    """

    name: str
    data: str
    labels: int
    vectors: str


CASES = (
    Case("imdb-100-own", "imdb", 100, "imdb"),
    Case("imdb-1000-own", "imdb", 1000, "imdb"),
    Case("imdb-5000-own", "imdb", 5000, "imdb"),
    Case("imdb-1000-general", "imdb", 1000, "wiki"),
    Case("sst2-all-films", "sst2", 6920, "imdb"),
    Case("rt-1000-general", "rt", 1000, "wiki"),
    Case("agnews-400-general", "agnews", 400, "wiki"),
    Case("newsgroups-2000-general", "newsgroups", 2000, "wiki"),
    Case("bbc-200-general", "bbc", 200, "wiki"),
    Case("books-1600-general", "books", 1600, "wiki"),
)


@dataclass(frozen=True)
class Parts:
    """Training and test texts of a case, labels as numbers from 0.

    Attributes:
        texts: To learn from.
        labels: int64[N].
        test_texts: To test on, at most :data:`TEST`.
        test_labels: int64[M].
    """

    texts: tuple[str, ...]
    labels: np.ndarray
    test_texts: tuple[str, ...]
    test_labels: np.ndarray


@cache
def parts(data: str) -> Parts:
    """Return the texts of a data set, split as its authors did, or by chance where they didn't."""
    reader: Callable[[], tuple[Any, Any]] = {
        "imdb": lambda: (_json("imdb_train.jsonl.gz"), _json("imdb_test.jsonl.gz")),
        "sst2": lambda: tuple(_json(f"sst2/stsa_binary_{n}.jsonl.gz") for n in ("train", "test")),
        "rt": lambda: _split(_json("rt_polarity.jsonl.gz"), 2000),
        "agnews": lambda: _news(),
        "newsgroups": lambda: tuple(_posts(name) for name in ("train", "test")),
        "bbc": lambda: _split(_distinct(_json("bbc_news.jsonl.gz")), 1000),
        "books": lambda: _split(_json("amazon/books_raw.jsonl.gz", "title", "text"), 400),
    }[data]
    (texts, named), (others, asked) = reader()
    classes = sorted(set(named))
    place = {name: number for number, name in enumerate(classes)}
    rows = np.random.default_rng(0).permutation(len(others))[:TEST].tolist()
    return Parts(
        tuple(texts),
        np.array([place[name] for name in named]),
        tuple(others[i] for i in rows),
        np.array([place[asked[i]] for i in rows]),
    )


def _json(name: str, *fields: str) -> tuple[list[str], list[Any]]:
    with gzip.open(data_file(name), "rb") as file:
        records = [json.loads(line) for line in file]
    texts = ["\n".join(str(record[field]) for field in fields or ("text",)) for record in records]
    return texts, [record["label"] for record in records]


def _split(both: tuple[list[str], list[Any]], count: int) -> tuple[Any, Any]:
    """Return texts and labels, and as many held out by chance."""
    texts, labels = both
    order = np.random.default_rng(0).permutation(len(texts)).tolist()
    held, left = order[:count], order[count:]
    return tuple(([texts[i] for i in part], [labels[i] for i in part]) for part in (left, held))


def _distinct(both: tuple[list[str], list[Any]]) -> tuple[list[str], list[Any]]:
    """Return each text once: BBC News has a hundred copies."""
    texts, labels = both
    first = {text: number for number, text in reversed(list(enumerate(texts)))}
    rows = sorted(first.values())
    return [texts[i] for i in rows], [labels[i] for i in rows]


def _news() -> tuple[Any, Any]:
    """Return the sample of AG News' training set and its test set, without texts in both."""

    def rows(name: str) -> list[list[str]]:
        with gzip.open(data_file(name)) as file:
            return list(csv.reader(io.TextIOWrapper(file, "utf-8", newline="")))

    known, asked = rows("ag_news/train_sample_8000.csv.gz")[1:], rows("ag_news/test.csv.gz")
    there = {" ".join(text.split()) for *_, text in known}
    left = [row for row in asked if " ".join(row[-1].split()) not in there]
    return tuple(([row[-1] for row in part], [row[0] for row in part]) for part in (known, left))


def _posts(part: str) -> tuple[list[str], list[Any]]:
    """Return posts without headers, footers and quotes, but for those of which nothing is left."""
    from sklearn.datasets import _twenty_newsgroups as posts

    texts, labels = _json(f"20news_bydate_{part}.jsonl.gz")
    bare = [
        posts.strip_newsgroup_quoting(
            posts.strip_newsgroup_footer(posts.strip_newsgroup_header(text))
        )
        for text in texts
    ]
    rows = [i for i, text in enumerate(bare) if text.strip()]
    return [bare[i] for i in rows], [labels[i] for i in rows]
