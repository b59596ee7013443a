"""Labelled text is read from everything people have, and what is wrong is named with its rows."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
import zstandard

from wordgraft.embeddings.errors import (
    ConfigurationError,
    CorpusNotFoundError,
    LabelledDataError,
)
from wordgraft.tasks.reading.labelled import LabelledTexts, load_labelled

ROWS = [("a good film", "pos"), ('he said "no"', "neg"), ("dull, very dull", "neg"), ("N/A", "pos")]


def csv_text(rows: list[tuple[str, str]], header: str = "text,label") -> str:
    quoted = ['"' + text.replace('"', '""') + '"' + f",{label}" for text, label in rows]
    return "\n".join([header, *quoted]) + "\n"


def jsonl(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write(path: Path, content: str) -> Path:
    data = content.encode()
    if path.suffix == ".gz":
        data = gzip.compress(data)
    elif path.suffix == ".zst":
        data = zstandard.compress(data)
    path.write_bytes(data)
    return path


def check(data: LabelledTexts) -> None:
    assert list(zip(data.texts, data.y.tolist(), strict=True)) == ROWS
    assert data.label_names == ("neg", "pos")
    assert data.labels.tolist() == [1, 0, 0, 1]
    assert data.labels.dtype == np.int64
    assert data.rows.tolist() == [1, 2, 3, 4]
    assert data.report.counts == {"neg": 2, "pos": 2}


# --- kinds of files ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r.csv.zst", "reviews"])
def test_csv_is_read_as_the_text_it_is(tmp_path: Path, name: str) -> None:
    check(load_labelled(write(tmp_path / name, csv_text(ROWS))))


@pytest.mark.parametrize("name", ["r.tsv", "r.tsv.gz", "r.csv", "r.txt"])
def test_tab_separated_files_have_no_quotes(tmp_path: Path, name: str) -> None:
    content = "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in ROWS)
    check(load_labelled(write(tmp_path / name, content)))


def test_quotation_marks_kept_in_a_tsv_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "r.tsv", 'text\tlabel\n"a ""b"""\tx\nc\ty\n')
    data = load_labelled(path)
    assert data.texts[0] == '"a ""b"""'
    assert "1 values stand in quotation marks" in data.report.notes[0]
    assert load_labelled(path, quoting=True).texts[0] == 'a "b"'


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz", "r.ndjson.zst", "reviews.data"])
def test_json_lines_are_read(tmp_path: Path, name: str) -> None:
    rows = [{"id": i, "text": t, "label": y} for i, (t, y) in enumerate(ROWS)]
    check(load_labelled(write(tmp_path / name, jsonl(rows))))


def test_parquet_keeps_the_names_of_its_classes(tmp_path: Path) -> None:
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])}
    )
    made = datasets.Dataset.from_dict(
        {"text": [t for t, _ in ROWS], "label": [int(y == "pos") for _, y in ROWS]},
        features=features,
    )
    made.to_parquet(str(tmp_path / "r.parquet"))
    check(load_labelled(tmp_path / "r.parquet"))
    check(load_labelled(made))


def test_a_raw_next_line_character_is_no_line_end(tmp_path: Path) -> None:
    rows = [{"text": "one\u0085two\u2028three", "label": 0}, {"text": "four\x91", "label": 1}]
    data = load_labelled(write(tmp_path / "r.jsonl", jsonl(rows)))
    assert data.texts == ("one\u0085two\u2028three", "four\x91")
    rows = [("one\u0085two", "a"), ("x", "b")]
    assert load_labelled(write(tmp_path / "r.csv", csv_text(rows))).texts[0] == "one\u0085two"


def test_a_csv_with_line_ends_and_a_mark_at_its_beginning(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", '\ufefftext,label\r\n"two\nlines",1\r\nx,0\r\n')
    data = load_labelled(path)
    assert data.texts == ("two\nlines", "x")
    assert data.y.tolist() == ["1", "0"]


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    path = write(tmp_path / "ag.csv", '"3","Title","Body, long"\n"1","T2","B2"\n')
    with pytest.raises(LabelledDataError, match=r"no column is called like a text.*--no-header"):
        load_labelled(path)
    data = load_labelled(path, header=False, text=("2", "3"), label="1")
    assert data.texts == ("Title\nBody, long", "T2\nB2")
    named = load_labelled(
        path, header=False, text="3", label="1", label_names=["World", "Sports", "Business"]
    )
    assert named.y.tolist() == ["Business", "World"]


def test_rows_longer_than_the_first_are_survived_without_a_header(tmp_path: Path) -> None:
    path = write(tmp_path / "sts.csv", "g\t1.5\ta b\ng\t2\tc\tsource\tmore\n")
    data = load_labelled(path, header=False, text="3", label="2", kind="rating")
    assert data.texts == ("a b", "c")
    assert data.labels.tolist() == [1.5, 2.0]


def test_a_broken_csv_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "text,label\na,0\nb,c,1\n")
    with pytest.raises(LabelledDataError, match=r"r\.csv: can't be read: .*2 fields in line 3"):
        load_labelled(path)


def test_a_broken_json_line_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", '{"text": "a", "label": 1}\n{"text": "b", \n')
    with pytest.raises(LabelledDataError, match=r"line 2: expected one JSON object a line"):
        load_labelled(path)


def test_bytes_that_are_no_utf8_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"text,label\ncaf\xe9,1\nx,0\n")
    with pytest.raises(LabelledDataError, match=r"expected UTF-8, found byte 0xe9.*iconv"):
        load_labelled(tmp_path / "r.csv")


def test_a_cut_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl.gz"
    noise = [{"text": str(i * 7919), "label": i % 2} for i in range(5000)]
    path.write_bytes(gzip.compress(jsonl(noise).encode())[:-200])
    with pytest.raises(Exception, match=r"r\.jsonl\.gz: can't be read"):
        load_labelled(path)


@pytest.mark.parametrize("content", ["", "\n\n", "text,label\n"])
def test_nothing_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(LabelledDataError, match="empty|found none"):
        load_labelled(write(tmp_path / "r.csv", content))


def test_standard_input_is_told_by_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(jsonl([{"text": t, "label": y} for t, y in ROWS]).encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    data = load_labelled("-")
    check(data)
    assert data.name == "standard input"


# --- folders, hub names ------------------------------------------------------------------------


def movie_folder(root: Path) -> Path:
    for split in ("train", "test"):
        for kind, text, stem in (
            ("pos", "good", "0_9"),
            ("neg", "bad", "1_2"),
            ("unsup", "?", "2_0"),
        ):
            folder = root / "aclImdb" / split / kind
            folder.mkdir(parents=True)
            (folder / f"{stem}.txt").write_text(f"{text} {split}", encoding="utf-8")
    (root / "aclImdb" / "imdb.vocab").write_text("the\n")
    return root / "aclImdb"


def test_a_folder_per_class(tmp_path: Path) -> None:
    folder = movie_folder(tmp_path)
    data = load_labelled(folder / "train")
    assert data.texts == ("bad train", "good train")
    assert data.y.tolist() == ["neg", "pos"]
    assert "unsup holds no labels and was left out" in data.report.notes[0]
    assert load_labelled(folder, split="test").texts == ("bad test", "good test")
    ratings = load_labelled(folder, split="train", kind="rating")
    assert ratings.labels.tolist() == [2.0, 9.0]


def test_a_folder_of_splits_wants_one_named(tmp_path: Path) -> None:
    folder = movie_folder(tmp_path)
    with pytest.raises(LabelledDataError, match=r"several splits, 'test', 'train'; name one"):
        load_labelled(folder)
    with pytest.raises(LabelledDataError, match=r"no split 'dev'; there are 'test', 'train'"):
        load_labelled(folder, split="dev")


def test_a_folder_of_files_named_after_splits(tmp_path: Path) -> None:
    write(tmp_path / "imdb_train.jsonl.gz", jsonl([{"text": "a", "label": 0}]))
    write(tmp_path / "imdb_test.jsonl.gz", jsonl([{"text": "b", "label": 1}]))
    assert load_labelled(tmp_path, split="train").texts == ("a",)
    assert load_labelled(tmp_path, split="test").name == f"{tmp_path.name} (test)"


def test_an_empty_folder_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(LabelledDataError, match=r"as in aclImdb/train/pos.*found nothing"):
        load_labelled(tmp_path)


Hub = Callable[..., datasets.DatasetDict]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A stand-in for the hub: what is asked for, and two data sets as they lie there."""
    asked: list[str] = []
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])}
    )

    def part(texts: list[str], labels: list[int]) -> datasets.Dataset:
        return datasets.Dataset.from_dict({"text": texts, "label": labels}, features=features)

    def load(name: str) -> datasets.DatasetDict:
        asked.append(name)
        if name not in ("imdb", "fancy/ag_news"):
            raise ConnectionError(f"Couldn't reach '{name}' on the Hub")
        return datasets.DatasetDict(
            train=part(["bad", "good"], [0, 1]),
            test=part(["fine"], [1]),
            unsupervised=part(["what", "ever"], [-1, -1]),
        )

    monkeypatch.setattr(datasets, "load_dataset", load)
    return asked


def test_a_hub_name_is_asked_of_the_hub(hub: list[str]) -> None:
    data = load_labelled("imdb", split="train")
    assert (data.texts, data.y.tolist(), data.name) == (
        ("bad", "good"),
        ["neg", "pos"],
        "imdb (train)",
    )
    assert load_labelled("fancy/ag_news", split="test").y.tolist() == ["pos"]
    assert hub == ["imdb", "fancy/ag_news"]
    with pytest.raises(LabelledDataError, match=r"several splits, 'train', 'test', 'unsuper"):
        load_labelled("imdb")


def test_an_unlabelled_split_is_refused(hub: list[str]) -> None:
    with pytest.raises(LabelledDataError, match="expected labels, found none in 2 rows"):
        load_labelled("imdb", split="unsupervised")


def test_a_hub_that_can_not_be_reached_is_one_line(hub: list[str]) -> None:
    with pytest.raises(LabelledDataError, match=r"^imbd: no file or folder.*Couldn't reach 'imbd'"):
        load_labelled("imbd", split="train")


@pytest.mark.parametrize("path", ["reviews.csv", "./imdb", "a/b/c", "data.jsonl.gz", "/no/where"])
def test_a_mistyped_path_never_goes_to_the_hub(hub: list[str], path: str) -> None:
    with pytest.raises(CorpusNotFoundError, match="no such file or folder"):
        load_labelled(path)
    assert hub == []


def test_something_else_is_refused() -> None:
    with pytest.raises(LabelledDataError, match="expected a path, the name of a data set.*int"):
        load_labelled(3)


# --- what a row may hold -----------------------------------------------------------------------


def test_missing_columns_list_those_there_are(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "body text,mark\na,1\n")
    with pytest.raises(LabelledDataError, match=r"like a text; there are 'body text', 'mark'"):
        load_labelled(path)
    with pytest.raises(LabelledDataError, match=r"no column 'Text'"):
        load_labelled(path, text="Text", label="mark")


def test_texts_that_are_no_texts_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", jsonl([{"text": i, "label": 1} for i in range(9)]))
    with pytest.raises(
        LabelledDataError, match=r"expected texts.*found 0 \(rows 1, 2, 3, 4, 5 and 4 more\)"
    ):
        load_labelled(path)


def test_empty_and_repeated_texts_are_counted_and_kept() -> None:
    made = datasets.Dataset.from_dict(
        {
            "text": ["a b", " A\u0085B ", "", None, " \n", "c"],
            "label": [0, 1, 0, 1, 0, 1],
        }
    )
    data = load_labelled(made)
    report = data.report
    assert len(data) == report.rows == 6
    assert (report.empty, report.repeated, report.contradictory) == (3, 1, 1)
    assert "3 without any text; 1 that stand there before; 1 of them with" in str(report)


def test_token_lists_are_texts() -> None:
    made = datasets.Dataset.from_dict({"text": [["a", "b"], ["c"]], "label": [0, 1]})
    assert load_labelled(made).texts == (("a", "b"), ("c",))


def test_wrong_arguments_are_told_together() -> None:
    with pytest.raises(ConfigurationError, match=r"kind: expected.*; missing: expected"):
        load_labelled("x", kind="classification", missing="drop")  # type: ignore[arg-type]


# --- parts -------------------------------------------------------------------------------------


def data_of(labels: list[Any]) -> LabelledTexts:
    texts = [f"text {i}" for i in range(len(labels))]
    return load_labelled(datasets.Dataset.from_dict({"text": texts, "label": labels}))


def test_take_keeps_rows_of_the_source() -> None:
    part = data_of([0, 1, 1, 0]).take(np.array([3, 1]))
    assert (part.texts, part.labels.tolist(), part.rows.tolist()) == (
        ("text 3", "text 1"),
        [0, 1],
        [4, 2],
    )
    assert data_of([0, 1]).take(np.array([False, True])).texts == ("text 1",)


def test_a_held_out_part_keeps_the_shares() -> None:
    data = data_of([0] * 40 + [1] * 160)
    left, part = data.held_out(0.25, seed=3)
    assert np.bincount(part.labels).tolist() == [10, 40]
    assert sorted([*left.rows, *part.rows]) == list(range(1, 201))
    again = data.held_out(0.25, seed=3)[1]
    assert part.texts == again.texts
    assert part.texts != data.held_out(0.25, seed=4)[1].texts


def test_labels_are_numbered_as_a_model_has_them() -> None:
    data = data_of(["neg", "pos", "pos"])
    moved = data.named_like(("pos", "meh", "neg"))
    assert moved.labels.tolist() == [2, 0, 0]
    assert moved.y.tolist() == ["neg", "pos", "pos"]
    with pytest.raises(
        LabelledDataError,
        match=r"expected labels among 'neg', found 'pos' in 2 texts \(rows 2 and 3\)",
    ):
        data.named_like(("neg",))
