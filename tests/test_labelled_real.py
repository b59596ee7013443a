"""Genuine data with its quirks: what is known of each set is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wordgraft.embeddings.errors import LabelledDataError
from wordgraft.tasks.classify.leaks import leaks
from wordgraft.tasks.reading.labelled import load_labelled

Find = Callable[[str], Path]
NEWS = ["World", "Sports", "Business", "Sci/Tech"]


def test_ag_news_has_no_header_and_sixteen_leaks(data_file: Find) -> None:
    test = load_labelled(
        data_file("ag_news/test.csv.gz"), header=False, text="3", label="1", label_names=NEWS
    )
    train = load_labelled(
        data_file("ag_news/train_sample_8000.csv.gz"), text="content", label_names=NEWS
    )
    assert test.report.counts == dict.fromkeys(NEWS, 1900)
    assert train.report.counts == dict.fromkeys(NEWS, 2000)
    assert leaks(train.texts, test.texts).count == 16
    assert sum("\\" in str(text) for text in test.texts) == 772


@pytest.mark.parametrize(("part", "rows"), [("train", 5749), ("dev", 1500), ("test", 1379)])
def test_sts_is_not_quoted_and_has_longer_rows(data_file: Find, part: str, rows: int) -> None:
    path = data_file(f"sts/sts-{part}.csv.gz")
    found = load_labelled(path, header=False, text=("6", "7"), label="5", kind="rating")
    assert len(found) == rows
    assert found.labels.max() == 5.0


def test_repeated_texts_are_counted(data_file: Find) -> None:
    assert load_labelled(data_file("bbc_news.jsonl.gz")).report.repeated == 101
    assert load_labelled(data_file("amazon/dvd_raw.jsonl.gz")).report.repeated == 46


def test_glue_is_a_tsv_with_a_header(data_file: Find) -> None:
    found = load_labelled(data_file("sst2/glue_dev.tsv.gz"))
    assert found.report.counts == {"0": 428, "1": 444}


def test_unlabelled_reviews_are_refused(data_file: Find, tmp_path: Path) -> None:
    import gzip

    with gzip.open(data_file("imdb_unsup.jsonl.gz")) as file:
        head = b"".join(next(file) for _ in range(200))
    (tmp_path / "unsup.jsonl").write_bytes(head)
    with pytest.raises(LabelledDataError, match="every label is -1, which means unlabelled"):
        load_labelled(tmp_path / "unsup.jsonl")


@pytest.mark.slow
def test_imdb_has_123_leaks(data_file: Find) -> None:
    train, test = (load_labelled(data_file(f"imdb_{p}.jsonl.gz")) for p in ("train", "test"))
    assert len(train) == len(test) == 25_000
    assert leaks(train.texts, test.texts).count == 123
