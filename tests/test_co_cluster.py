"""Documents clustered beside others: the words they share, the command, its page, its mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import csv

from reference.commands import Run, runner
from wordgraft.embeddings.errors import ConfigurationError, DomainError, TrainingInterrupted
from wordgraft.models.clusters.shared_words import count_shared_words
from wordgraft.tasks.cluster import co_cluster as task
from wordgraft.tasks.reading.documents import load_documents

SETTINGS = {"n_clusters": 3, "word_clusters": 6, "seed": 1}


def texts(documents: int, length: int, seed: int) -> list[tuple[str, str]]:
    """Texts of 60 words, mostly those of their topic, and the topics."""
    rng = np.random.default_rng(seed)
    found: list[tuple[str, str]] = []
    for number in range(documents):
        topic = number % 3
        shares = np.full(60, 0.2)
        shares[20 * topic : 20 * topic + 20] = 1.0
        places = rng.choice(60, length, p=shares / shares.sum()).tolist()
        found.append((" ".join(f"word{chr(97 + i // 20)}{i % 20}" for i in places), f"t{topic}"))
    return found


FEW, OTHERS = texts(60, 12, seed=1), texts(400, 40, seed=2)


# --- words ------------------------------------------------------------------------------------


def test_words_of_both_stand_in_the_same_columns() -> None:
    found = count_shared_words(
        ["Sun and rain and sun", "and goal", ""],
        [["sun", "and"], "goal 1 . 1 .", "x and y"],
        max_share=0.5,
    )
    # "and" stands in 4 of 6 documents, "1" has no letter, "rain", "x" and "y" stand in one.
    assert found.words == ("sun", "goal")
    assert found.target.toarray().tolist() == [[2, 0], [0, 1], [0, 0]]
    assert found.other.toarray().tolist() == [[1, 0], [0, 1], [0, 0]]
    assert found.common == 2
    rare = count_shared_words(["a b", "b c"], ["b d"], min_documents=1, max_share=1.0)
    assert (rare.words, rare.common) == (("a", "b", "c", "d"), 1)


@pytest.mark.parametrize(
    ("target", "other", "said"),
    [
        (["sun rain", "sun"], ["goal team", "goal"], "share no word.*each of 4 words"),
        (["1 2"], ["1 2"], "share no word.*each of 0 words"),
        (["sun a"], ["sun b", "c", "d"], "expected words of both.*3 or more.*4 documents"),
        (["sun sun"], ["sun"], "in at most 50%, of the 2 documents, found none"),
    ],
)
def test_collections_without_a_common_word_are_refused(
    target: list[str], other: list[str], said: str
) -> None:
    with pytest.raises(DomainError, match=said):
        count_shared_words(target, other, min_documents=3 if "3 or" in said else 2)


def test_wrong_settings_are_refused_together() -> None:
    with pytest.raises(ConfigurationError, match="min_documents: .* 0; max_share: .* 1.5"):
        count_shared_words(["a"], ["a"], min_documents=0, max_share=1.5)


# --- documents ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("co")
    docs, others = folder / "few.jsonl", folder / "others.txt"
    lines = [{"id": f"n{i}", "text": one, "topic": topic} for i, (one, topic) in enumerate(FEW)]
    lines.append({"id": "none", "text": "zzz 123", "topic": "t0"})
    docs.write_text("".join(json.dumps(line) + "\n" for line in lines))
    others.write_text("".join(one + "\n" for one, _ in OTHERS) + "\n")
    return docs, others


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "co-cluster")


def test_others_help_and_the_folder_says_so(
    run: Run, files: tuple[Path, Path], tmp_path: Path
) -> None:
    docs, others = files
    out = tmp_path / "out"
    told = run(docs, "--beside", others, "-k", 3, "--word-clusters", 6, "--seed", 1, "--max-share",
               1, "--labels", "topic", "--format", "csv", "--json", "-o", out)  # fmt: skip
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert found == json.loads((out / "clusters.json").read_text())
    words, alone, beside = found["ways"]
    assert beside["scores"]["nmi"] > alone["scores"]["nmi"] + 0.1
    assert [one["name"] for one in (words, alone, beside)] == [task.TFIDF, task.ALONE, task.BESIDE]
    assert (beside["shared"], beside["moved"]) == (pytest.approx(1.0), pytest.approx(0.0))
    assert 0 < alone["shared"] < 1
    table = csv.read_csv(out / "assignments.csv").to_pydict()
    assert table["id"][-1] == "none"
    assert (table["cluster"][-1], table["alone"][-1], table["name"][-1]) == (-1, -1, "")
    sizes = np.bincount(np.array(table["cluster"][:-1]))
    assert sizes.tolist() == [one["documents"] for one in found["clusters"]]
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)
    assert [sum(one["before"]) for one in found["clusters"]] == sizes.tolist()
    assert found["no_words"] == 1
    page = (out / "report.html").read_text()
    assert "co-clustered alone" in page
    assert found["clusters"][0]["title"] in page
    assert "Labels by cluster" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_without_labels_ways_are_compared_with_each_other(
    run: Run, files: tuple[Path, Path], tmp_path: Path
) -> None:
    docs, others = files
    told = run(docs, "--beside", others, "-k", 3, "-o", tmp_path / "out")
    assert told.code == 0, told.err
    assert "documents elsewhere" in told.out
    assert "NMI" not in told.out
    assert "1 documents without a counted word are in no cluster (-1)" in told.out
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Without labels nothing says which are better" in page
    assert "Labels by cluster" not in page
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        "assignments.parquet", "clusters.json", "report.html",
    }  # fmt: skip


def test_moved_is_what_the_best_matching_leaves() -> None:
    documents = load_documents(["a", "b", "c", "d", "e"])
    final = np.array([0, 0, 1, 1, -1])
    same = task._way("x", np.array([1, 1, 0, 0, -1]), final, documents)
    assert (same.moved, same.shared) == (0.0, pytest.approx(1.0))
    other = task._way("x", np.array([0, 0, 0, 1, -1]), final, documents)
    assert (other.moved, other.sizes) == (0.25, (3, 1))


def test_few_others_and_repeated_documents_are_no_fault() -> None:
    documents = load_documents(["sun rain", "sun rain", "goal team", "goal team"])
    others = load_documents(["sun goal", "<b> rain"])
    found = task.co_cluster_documents(documents, others, settings={"n_clusters": 4}).result
    assert sum(one.documents for one in found.clusters) == 4
    if len(found.clusters) < 4:
        assert any("4 clusters were asked for" in note for note in found.notes)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--beside", "OTHERS", "-k", 1), 2, "greater than or equal to 2"),
        (("--beside", "OTHERS", "-k", 61), 1, "no more than the 60 documents of few.jsonl that"),
        (("--beside", "OTHERS", "-k", 3, "--seed", -1), 2, "greater than or equal to 0"),
        (("-k", 3), 2, "--beside"),
        (("--beside", "OTHERS"), 2, "--clusters"),
        (("--beside", "gone.txt", "-k", 3), 1, "gone.txt"),
        (("--beside", "OTHERS", "-k", 3, "--labels", "label"), 1, "no column 'label'"),
        (("--beside", "OTHERS", "-k", 3, "--max-share", 0), 1, "max_share: expected"),
        (("--beside", "OTHERS", "-k", 3, "--max-share", 0.0001), 1, "expected words of both"),
        (("--beside", "OTHERS", "-k", 3, "--beside-text", "body"), 1, "body"),
        (("--beside", "OTHERS", "-k", 3, "--tokenizer", "none"), 1, "tokenizer: expected"),
    ],
)
def test_mistakes_on_the_command_line(
    run: Run, files: tuple[Path, Path], tmp_path: Path, arguments: Any, code: int, said: str
) -> None:
    docs, others = files
    given = [others if one == "OTHERS" else one for one in arguments]
    told = run(docs, *given, "-o", tmp_path / "out")
    assert told.code == code
    assert said in told.err
    assert "Traceback" not in told.err
    assert not (tmp_path / "out").exists()


def test_both_from_standard_input_and_interruptions(
    run: Run, files: tuple[Path, Path], tmp_path: Path
) -> None:
    told = run("-", "--beside", "-", "-k", 2, "-o", tmp_path / "out")
    assert (told.code, "found - for both" in told.err) == (1, True)

    def pressed(name: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(TrainingInterrupted, match="was not written"):
        task.co_cluster_files(
            files[0], tmp_path / "out", beside=files[1], settings=SETTINGS, progress=pressed
        )
    assert not (tmp_path / "out").exists()
