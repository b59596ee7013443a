"""``wordgraft cluster``: a folder about the clusters of documents, whole or not at all."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from reference.commands import Run, runner
from reference.pages import Reader
from reference.toy_topics import topic_vectors
from wordgraft import TextClusterer
from wordgraft.embeddings.errors import MissingDependencyError, TrainingInterrupted
from wordgraft.models.clusters import count as cluster_count
from wordgraft.tasks.cluster import mapping as cluster_map
from wordgraft.tasks.cluster import pictures as cluster_pictures
from wordgraft.tasks.cluster.result import beginning
from wordgraft.tasks.cluster.run import cluster_files
from wordgraft.tasks.reading.data_options import DocumentOptions
from wordgraft.tasks.toys import documents as toydocuments

VECTORS = topic_vectors()
DOCUMENTS = toydocuments.documents(120, seed=3)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with vectors and documents, one of them without a known word."""
    folder = tmp_path_factory.mktemp("cluster")
    VECTORS.save(folder / "v.safetensors")
    toydocuments.write_documents(folder / "docs.jsonl", 120, seed=3)
    with (folder / "docs.jsonl").open("a") as file:
        file.write('{"id": "<odd>", "text": "xyzzy <script>", "topic": null}\n')
    return folder


@pytest.fixture(scope="module")
def made(place: Path) -> Path:
    """What the command makes, run once."""
    options = DocumentOptions(labels="topic")
    out = place / "out"
    cluster_files(
        place / "docs.jsonl", out, vectors=place / "v.safetensors", settings={"k": 10},
        options=options, keep_model=True,
    )  # fmt: skip
    return out


# --- the folder --------------------------------------------------------------------------------


def test_assignments_stand_beside_their_documents(made: Path) -> None:
    table = parquet.read_table(made / "assignments.parquet").to_pydict()
    assert list(table) == ["id", "cluster", "name", "closeness", "label"]
    assert table["id"] == [*(f"news-{n}" for n in range(1, 121)), "<odd>"]
    assert table["label"] == [*(one.topic for one in DOCUMENTS), None]
    last = {name: values[-1] for name, values in table.items()}
    assert (last["cluster"], last["name"], last["closeness"]) == (-1, None, None)
    model = TextClusterer(VECTORS, k=10).fit([one.text for one in DOCUMENTS] + ["xyzzy <script>"])
    assert table["cluster"] == model.labels_.tolist()
    names = {c: n for c, n in zip(table["cluster"], table["name"], strict=True) if c >= 0}
    assert [names[c] for c in range(10)] == [name.title for name in model.names_]


def test_the_json_has_everything_about_them(made: Path) -> None:
    found = json.loads((made / "clusters.json").read_text())
    assert (found["documents"], found["no_known_word"], found["outliers"]) == (121, 1, 0)
    assert len(found["clusters"]) == 10
    assert sum(one["documents"] for one in found["clusters"]) == 120
    assert found["scores"]["nmi"] > 0.6
    assert (found["scores"]["documents"], found["scores"]["unlabelled"]) == (120, 1)
    assert found["settings"]["k"] == 10
    assert len(found["tree"]["merges"]) == 9
    first = found["clusters"][0]
    assert first["title"] == ", ".join(term["word"] for term in first["terms"][:3])
    assert 1 <= len(first["examples"]) <= 5
    assert sum(first["labels"].values()) == first["documents"]
    assert -1 <= first["silhouette"] <= 1


def test_the_page_needs_nothing_else(made: Path) -> None:
    page = (made / "report.html").read_text()
    markup, script = re.split(r"<script>\n", page)
    read = Reader(markup)
    assert [link for link in read.fetched if not link.startswith("#cluster-")] == []
    assert "url(" not in page
    assert "@import" not in page
    assert not {"link", "img", "iframe"} & set(read.seen)
    assert "http" not in script
    assert script.count("</script>") == 1


def test_the_page_shows_what_was_found(made: Path) -> None:
    page = (made / "report.html").read_text()
    found = json.loads((made / "clusters.json").read_text())
    for one in found["clusters"]:
        assert f"{one['cluster']} {one['title']}" in page
        assert f'id="cluster-{one["cluster"]}"' in page
        assert all(term["word"] in page for term in one["terms"])
    assert page.count("<circle cx=") == 120  # all but the one without a known word
    assert page.count('<path class="branch"') == 9
    for topic in toydocuments.TOPICS:
        assert f">{topic}</th>" in page
    assert f"{found['scores']['nmi']:.4f}" in page
    assert "1 documents without a known word are in no cluster" in page
    assert "<odd>" not in page


def test_other_documents_are_assigned(made: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("the shark and the dolphin dived\n\na senator resigned\n")
    ran = run("assign", made, tmp_path / "new.txt")
    assert ran.code == 0
    first, empty, last = (line.split("\t") for line in ran.out.splitlines())
    assert first[0] != last[0]
    assert empty == ["-1", "0.0000", "", "2"]
    model = TextClusterer.load(made / "model")
    assert first[2] == model.names_[int(first[0])].title
    ran = run("assign", made / "model", tmp_path / "new.txt", "--json")
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert [one["cluster"] for one in told] == [int(first[0]), -1, int(last[0])]
    assert run("assign", tmp_path, tmp_path / "new.txt").code == 1


# --- the command -------------------------------------------------------------------------------


def test_the_command_prints_clusters_and_scores(
    place: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_count, "TRIED", (2, 9))
    how = ("--vectors", place / "v.safetensors", "--labels", "topic", "--format", "csv")
    ran = run("cluster", place / "docs.jsonl", *how, "-k", 3, "-o", tmp_path / "out")
    assert ran.code == 0
    assert ran.out.splitlines()[0].split() == [
        "cluster", "documents", "share", "silhouette", "name",
    ]  # fmt: skip
    assert "against 10 labels of 120 documents: NMI" in ran.out
    assert ran.err == f"report: {tmp_path / 'out' / 'report.html'}\n"
    with (tmp_path / "out" / "assignments.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 121
    assert {row["cluster"] for row in rows} == {"-1", "0", "1", "2"}
    told = json.loads(
        run("cluster", place / "docs.jsonl", *how, "-o", tmp_path / "b", "--seed", 1,
            "--weighting", "sif", "--map", "tsne", "--json").out
    )  # fmt: skip
    assert told["choice"]["k"] == len(told["clusters"])
    assert "Numbers of clusters tried" in (tmp_path / "b" / "report.html").read_text()


def test_hdbscan_may_find_nothing(place: Path, run: Run, tmp_path: Path) -> None:
    how = ("--vectors", place / "v.safetensors", "--method", "hdbscan", "--min-size", 100)
    ran = run("cluster", place / "docs.jsonl", *how, "-o", tmp_path / "out")
    assert ran.code == 0
    assert "120 documents are in no cluster (-1): outliers" in ran.out
    assert "No cluster was found" in (tmp_path / "out" / "report.html").read_text()
    table = parquet.read_table(tmp_path / "out" / "assignments.parquet").to_pydict()
    assert set(table["cluster"]) == {-1}


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("", ["-k", 2], "expected documents, found none"),
        ("xyzzy\n", ["-k", 1], "has a word that the vectors know"),
        ("the rain\nthe storm\n", ["-k", 3], "at most 2 clusters"),
        ("the rain\n" * 5, ["-k", 2], "are all alike"),
        ("the rain\n", ["-k", 1], "at least 2 documents"),
        ("the rain\n", ["--labels", "topic"], "names a column, but there are none"),
        ("the rain\nthe storm\n", ["--method", "hdbscan", "-k", 2], "HDBSCAN finds"),
        (b"\x00\x01\xff\xfe", ["-k", 1], "docs.txt"),
    ],
)
def test_bad_documents_are_one_line(
    content: Any, options: Any, said: str, place: Path, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "docs.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = tmp_path / "out"
    ran = run("cluster", path, "--vectors", place / "v.safetensors", *options, "-o", out)
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 1
    assert said in ran.err
    assert not out.exists()


def test_a_column_that_is_not_there_is_named(place: Path, run: Run, tmp_path: Path) -> None:
    how = ("--vectors", place / "v.safetensors", "-k", 2, "-o", tmp_path / "out")
    for option in ("--labels", "--text"):
        ran = run("cluster", place / "docs.jsonl", *how, option, "genre")
        assert ran.code == 1
        assert "'genre'" in ran.err
        assert "'topic'" in ran.err


def test_a_folder_that_is_taken_is_known_before_work(
    place: Path, run: Run, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DocumentOptions, "load", None)
    ran = run("cluster", place / "docs.jsonl", "--vectors", place / "v.safetensors", "-o", made)
    assert ran.code == 1
    assert "isn't empty" in ran.err


def test_umap_that_is_missing_is_known_before_work(place: Path, run: Run, tmp_path: Path) -> None:
    if importlib.util.find_spec("umap") is not None:
        pytest.skip("umap-learn is installed")
    ran = run("cluster", "none.txt", "--vectors", "none", "--map", "umap", "-o", tmp_path / "out")
    assert ran.code == 1
    assert "pip install 'wordgraft[umap]'" in ran.err
    with pytest.raises(MissingDependencyError):
        cluster_map.document_map(np.eye(3, dtype=np.float32), np.zeros(3, int), layout="umap")


def test_stopped_it_leaves_nothing(place: Path, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def stop(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    try:
        with pytest.raises(TrainingInterrupted, match="was not written"):
            cluster_files(
                place / "docs.jsonl", tmp_path / "out", vectors=place / "v.safetensors",
                settings={"k": 3}, progress=stop,
            )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)
    assert list(tmp_path.iterdir()) == []


# --- pictures ----------------------------------------------------------------------------------


def test_of_many_documents_some_of_each_cluster_are_drawn() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2000, 4)).astype(np.float32)
    labels = np.where(np.arange(2000) < 3, 1, 0)
    labels[10:14] = -1
    rows[5] = 0.0
    found = cluster_map.document_map(rows, labels, most=100)
    assert (len(found.places), found.documents) == (100, 1999)
    assert len(np.unique(found.places)) == 100
    assert (np.diff(found.places) > 0).all()
    assert 5 not in found.places
    assert np.bincount(found.clusters + 1).tolist()[2] == 3
    assert np.array_equal(found.clusters, labels[found.places])
    again = cluster_map.document_map(rows, labels, most=100)
    assert np.array_equal(found.points, again.points)
    whole = cluster_map.document_map(rows, labels)
    assert len(whole.places) == 1999


@pytest.mark.parametrize("layout", ["pca", "tsne"])
@pytest.mark.parametrize("count", [1, 3, 6])
def test_few_documents_have_places_too(layout: Any, count: int) -> None:
    rows = np.eye(6, dtype=np.float32)[:count]
    found = cluster_map.document_map(rows, np.zeros(count, np.int64), layout=layout)
    assert found.points.shape == (count, 2)
    assert np.isfinite(found.points).all()
    picture = cluster_pictures.document_picture(found, ["a <b>"], ["x & y"] * count)
    assert picture.count("<title>x &amp; y</title>") == count
    assert "a &lt;b&gt;" in picture
    for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', picture):
        assert 0 <= float(x) <= 760
        assert 0 <= float(y) <= 560


def test_the_beginning_of_a_text_is_one_line() -> None:
    assert beginning("a\n b\t c") == "a b c"
    assert beginning(("a", "b")) == "a b"
    long = beginning("word " * 1000, 20)
    assert len(long) <= 20
    assert long.endswith("…")
