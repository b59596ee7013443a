"""``wordgraft align``: files in, a folder out, a comparison with nothing; and its refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from reference.commands import Run, runner
from reference.translating import languages
from wordgraft import load_vectors
from wordgraft.embeddings.word2vec import Word2Vec
from wordgraft.tasks.align import run as task

SOURCE, TARGET, PAIRS = languages(noise=0.3)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "align")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("align")
    SOURCE.save(folder / "en.safetensors")
    TARGET.save(folder / "es.safetensors")
    for name, pairs in (("all", PAIRS), ("train", PAIRS[:160]), ("test", PAIRS[160:])):
        text = "".join(f"{a} {b}\n" for a, b in (*pairs, ("ghost", "fantasma")))
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_a_folder_has_both_sides_and_what_is_known_of_them(
    run: Run, files: Path, tmp_path: Path
) -> None:
    done = run(
        files / "en.safetensors", files / "es.safetensors", "--dictionary", files / "train.txt",
        "--test", files / "test.txt", "--names", "en", "es", "--joint", "--report",
        "-o", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0
    assert "Begun with 160 of 161 pairs of the dictionary (left out: 1 with a word that" in done.out
    assert "Tested on 80 of 81 words" in done.out
    table = re.findall(r"^(as they were|first rotation|aligned) +([\d.]+)%", done.out, re.M)
    shares = {name: float(share) for name, share in table}
    assert shares["as they were"] < 5 < 80 < shares["aligned"]
    assert "are fewer" not in done.err
    assert "report.html" in done.err
    names = {"en.safetensors", "es.safetensors", "joint.safetensors", "alignment.json"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names | {"report.html"}
    english = load_vectors(tmp_path / "out" / "en.safetensors")
    spanish = load_vectors(tmp_path / "out" / "es.safetensors")
    assert english.index_to_key == SOURCE.index_to_key
    joint = load_vectors(tmp_path / "out" / "joint.safetensors")
    assert len(joint) == len(english) + len(spanish)
    np.testing.assert_array_equal(joint["es:t7"], spanish["t7"])
    summary = json.loads((tmp_path / "out" / "alignment.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in summary["tests"]] == [
        "as they were",
        "first rotation",
        "aligned",
    ]
    assert summary["tests"][2]["report"]["csls"]["at_1"] > 0.8
    assert summary["seeds"]["unknown_source"] == 1
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "find their translation; without alignment" in page
    assert not re.search(r'(src|href)="?http', page)
    assert page.count("<svg") == 2


def test_json_says_the_same(run: Run, files: Path, tmp_path: Path) -> None:
    sides = files / "en.safetensors", files / "es.safetensors"
    done = run(
        *sides, "--dictionary", files / "all.txt", "--test-share", 0.25, "--json",
        "-o", tmp_path / "out",
    )  # fmt: skip
    found = json.loads(done.out)
    assert (found["words"], found["vector_size"], found["names"]) == (
        [240, 240], 12, ["source", "target"],
    )  # fmt: skip
    tested = found["tests"][2]["report"]
    assert tested["words"] == 60
    assert tested["asked"] in (59, 60)
    assert found["seeds"]["given"] == 181
    assert len(found["examples"]) == 24
    assert found["examples"][0]["right"] in (True, False)
    stored = json.loads((tmp_path / "out" / "alignment.json").read_text(encoding="utf-8"))
    assert stored == found


def test_without_a_test_there_are_examples_and_no_comparison(
    run: Run, files: Path, tmp_path: Path
) -> None:
    sides = files / "en.safetensors", files / "es.safetensors"
    done = run(*sides, "--seed-words", "unsupervised", "--report", "-o", tmp_path / "out")
    assert done.code == 0
    assert "Begun without any pair" in done.out
    assert "P@1" not in done.out
    assert "w0: t0" in done.out
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "pairs of words hold the two spaces together" in page


def test_words_tested_that_were_learnt_are_said(run: Run, files: Path, tmp_path: Path) -> None:
    sides = files / "en.safetensors", files / "es.safetensors"
    one = files / "all.txt"
    done = run(*sides, "--dictionary", one, "--test", one, "-o", tmp_path / "out")
    assert "241 of the 241 words to test on stand in the dictionary too" in done.err


def test_output_vectors_are_added_on_request(run: Run, files: Path, tmp_path: Path) -> None:
    text = [["thou", "shalt", "not"], ["not", "thou"]] * 20
    model = Word2Vec(vector_size=4, min_count=1, sample=0, workers=1).fit(text)
    model.save(tmp_path / "both.safetensors")
    both = tmp_path / "both.safetensors"
    done = run(both, both, "--seed-words", "identical", "--contexts", "-o", tmp_path / "out")
    assert done.code == 0
    assert "3 pairs are fewer than the 4 numbers" in done.err
    found = load_vectors(tmp_path / "out" / "source.safetensors")
    assert [one["name"] for one in found.metadata["transforms"]] == ["add_contexts", "align"]
    refused = run(
        files / "en.safetensors", both, "--seed-words", "identical", "--contexts",
        "-o", tmp_path / "out2",
    )  # fmt: skip
    assert refused.code == 1
    assert "not what training needs" in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], r"nothing to begin with: give a dictionary, or seed_words"),
        (["--dictionary", "none.txt"], r"none\.txt"),
        (["--dictionary", "es-en.txt"], r"no usable pair among the 1 of the dictionary"),
        (["--seed-words", "identical"], r"no word is written alike"),
        (["--dictionary", "all.txt", "--test-share", "1.5"], r"test_share must be above 0"),
        (["--seed-words", "identical", "--test-share", "0.5"], r"test_share holds part of a dict"),
        (["--dictionary", "all.txt", "--names", "a", "a"], r"names: expected two different ones"),
        (["--dictionary", "all.txt", "--names", "../a", "b"], r"names: expected letters, digits"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_and_leave_nothing(
    run: Run, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], said: str,
) -> None:  # fmt: skip
    (tmp_path / "es-en.txt").write_text("t1 w1\n", encoding="utf-8")
    (tmp_path / "all.txt").write_text("w1 t1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = run(files / "en.safetensors", files / "es.safetensors", "-o", "out", *arguments)
    assert done.code == 1
    assert re.search(said, done.err)
    assert "Traceback" not in done.err
    assert done.out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.txt", "es-en.txt"]


def test_a_folder_that_holds_something_is_left_alone(run: Run, files: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")
    sides = files / "en.safetensors", files / "es.safetensors"
    done = run(*sides, "--dictionary", files / "all.txt", "-o", tmp_path)
    assert (done.code, [path.name for path in tmp_path.iterdir()]) == (1, ["kept.txt"])
    assert "isn't empty" in done.err


def test_a_stop_leaves_nothing(
    run: Run, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(task, "align", stopped)
    sides = files / "en.safetensors", files / "es.safetensors"
    done = run(*sides, "--dictionary", files / "all.txt", "-o", tmp_path / "out")
    assert (done.code, list(tmp_path.iterdir())) == (130, [])
    assert "was not written" in done.err
