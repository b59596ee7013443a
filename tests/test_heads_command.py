"""``wordgraft classify heads``: features kept, heads beside no transfer, heads that are kept."""

from __future__ import annotations

import io
import json
import shutil
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from reference.commands import Run, runner
from reference.toy_texts import plain, small, vectors
from wordgraft.embeddings.arrayfile import open_arrays, write_arrays
from wordgraft.embeddings.errors import ModelFormatError
from wordgraft.models.bottleneck import BottleneckClassifier
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.documents.vectorizer import DocumentVectorizer
from wordgraft.models.feature_cache import FeatureCache
from wordgraft.models.multitask import MultiTaskClassifier
from wordgraft.tasks.classify.compare import tfidf
from wordgraft.tasks.reading.labelled import load_labelled

pytestmark = pytest.mark.usefixtures("one_thread")

UNKNOWN = "qqq www"
LETTERS, MOODS = plain(50, seed=5)
OTHERS, THEIRS = (own[::-1] for own in plain(20, seed=6))


def table(path: Path, texts: list[str], labels: list[str]) -> Path:
    rows = [json.dumps({"text": t, "label": y}) for t, y in zip(texts, labels, strict=True)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models, texts with other labels, and what no head can be made of."""
    folder = tmp_path_factory.mktemp("heads")
    texts, labels = plain(60)
    small(vectors(), epochs=2).fit(texts, labels).save(folder / "net")
    DocumentVectorizer(vectors(), weighting="mean").fit(texts).save(folder / "space")
    table(folder / "letters.jsonl", LETTERS, MOODS)
    table(folder / "others.jsonl", OTHERS, THEIRS)
    (folder / "one.csv").write_text("text,label\n" + "good,a\n" * 9)
    (folder / "few.csv").write_text("text,label\n" + "good,a\nbad,b\n" * 3)
    (folder / "broken.csv").write_text('text,label\n"good\n')
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "classify")


def both(place: Path, cache: Path, data: Path | None = None) -> list[object]:
    models = ["--model", place / "net", "--model", place / "space"]
    return ["heads", data or place / "letters.jsonl", *models, "--cache", cache, "--device", "cpu"]


# --- scores ------------------------------------------------------------------------------------


def test_heads_are_scored_in_folds_beside_words_alone(
    run: Run, place: Path, tmp_path: Path
) -> None:
    page, hard = tmp_path / "heads.html", [*LETTERS, *OTHERS]
    draws = np.random.default_rng(4).random(70)  # labels that nobody gets right altogether
    y = np.where(draws < 0.3, "even", np.array([*MOODS, *THEIRS]))
    data = table(tmp_path / "letters.jsonl", hard, y.tolist())
    done = run(*both(place, tmp_path / "f", data), "-o", page, "--json", "--folds", 4, "--seed", 3)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    models = [TextClassifier.load(place / "net"), DocumentVectorizer.load(place / "space")]
    right = np.zeros((4, len(hard)), bool)
    texts = np.array(hard, dtype=object)
    folds = StratifiedKFold(4, shuffle=True, random_state=3)
    for own, held in folds.split(y, load_labelled(data).labels):
        ways: list[Any] = [BottleneckClassifier(model) for model in (*models, models)]
        ways.append(tfidf(3))
        for i, way in enumerate(ways):
            way.fit(list(texts[own]), y[own])
            right[i, held] = way.predict(list(texts[held])) == y[held]
    scores = [*(one["accuracy"]["value"] for one in found["heads"]),
              found["average"]["accuracy"]["value"], found["words"]["value"]]  # fmt: skip
    np.testing.assert_allclose(scores, right.mean(1))
    assert len(set(scores)) >= 3
    gains = [one["gain"]["value"] for one in (*found["heads"], found["average"])]
    np.testing.assert_allclose(gains, right[:3].mean(1) - right[3].mean())
    assert [one["name"] for one in found["heads"]] == ["net", "space"]
    assert [one["kind"] for one in found["heads"]] == ["TextClassifier", "DocumentVectorizer"]
    assert (found["folds"], found["test_texts"]) == (4, 70)
    said = page.read_text(encoding="utf-8")
    for part in ("Heads on kept features: letters.jsonl", "averaged", "TF-IDF, no transfer"):
        assert part in said
    assert "http" not in said.replace("http://www.w3.org", "")


def test_features_are_computed_once_and_it_is_said(run: Run, place: Path, tmp_path: Path) -> None:
    first = run(*both(place, tmp_path / "f"))
    assert first.code == 0, first.err
    assert "features of 100 texts were computed in" in first.out
    files = sorted((tmp_path / "f").iterdir())
    assert len(files) == 2
    before = [path.stat().st_mtime_ns for path in files]
    relabelled = table(tmp_path / "again.jsonl", LETTERS, [str(len(t) > 30) for t in LETTERS])
    second = run("heads", relabelled, "--model", place / "net", "--model", place / "space",
                 "--cache", tmp_path / "f", "--device", "cpu", "--json")  # fmt: skip
    found = json.loads(second.out)
    assert [(h["features"]["computed"], h["features"]["kept"]) for h in found["heads"]] == [
        (0, 50), (0, 50)
    ]  # fmt: skip
    assert [path.stat().st_mtime_ns for path in files] == before
    more = run(*both(place, tmp_path / "f"), "--test", place / "others.jsonl")
    assert "50 read, 20 computed" in more.out
    assert "features of 40 texts were computed, of 100 read" in more.out
    again = run(*both(place, tmp_path / "f"))
    assert f"features of all texts were read from {tmp_path / 'f'}" in again.out


def test_texts_of_their_own_to_test_on(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = (place / "letters.jsonl").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped), encoding="utf-8"))
    truth = np.where(np.random.default_rng(1).random(20) < 0.3, "pos", np.array(THEIRS))
    others = table(tmp_path / "others.jsonl", OTHERS, truth.tolist())
    done = run("heads", "-", "--model", place / "net", "--layer", "embedding", "--json",
               "--test", others, "--cache", tmp_path / "f")  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    head = BottleneckClassifier(TextClassifier.load(place / "net"), layers="embedding")
    right = head.fit(LETTERS, MOODS).score(OTHERS, truth)
    assert found["heads"][0]["accuracy"]["value"] == right < 0.95
    assert found["heads"][0]["features"]["numbers"] == 12  # a vector's
    assert (found["average"], found["folds"], found["test_texts"]) == (None, None, 20)
    words = tfidf(0).fit(LETTERS, MOODS).predict(OTHERS) == truth
    assert found["words"]["value"] == words.mean()
    assert "stand in the training part too" in found["notes"][0]  # toy texts are few


def test_layers_of_one_model_are_told_apart(run: Run, place: Path, tmp_path: Path) -> None:
    done = run("heads", place / "letters.jsonl", "--model", place / "net", "--model", place / "net",
               "--layer", "last", "--layer", "encoder", "--cache", tmp_path / "f")  # fmt: skip
    assert done.code == 0, done.err
    assert [line.split("  ")[0] for line in done.out.splitlines()[1:4]] == [
        "net, last", "net, encoder", "averaged"
    ]  # fmt: skip


def test_damaged_features_are_refused_or_made_anew(run: Run, place: Path, tmp_path: Path) -> None:
    assert run(*both(place, tmp_path / "f")).code == 0
    path = next(iter((tmp_path / "f").iterdir()))
    path.write_bytes(path.read_bytes()[:-4])
    done = run(*both(place, tmp_path / "f"))
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "(--rebuild)" in done.err
    anew = run(*both(place, tmp_path / "f"), "--rebuild")
    assert "features of 50 texts were computed, of 50 read" in anew.out


# --- heads that are kept -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[BottleneckClassifier, Path]:
    texts, labels = plain(60)
    net = MultiTaskClassifier(vectors(), hidden=4, epochs=1, device="cpu")
    net.fit(texts, {"mood": labels})
    space = DocumentVectorizer(vectors(), weighting="mean").fit(texts)
    model = BottleneckClassifier([net, space, net], layers=["last", "last", "encoder"])
    model.fit([*LETTERS, UNKNOWN], [*MOODS, "pos"])
    folder = tmp_path_factory.mktemp("kept") / "heads"
    model.save(folder)
    return model, folder


def test_kept_heads_answer_as_before(kept: tuple[BottleneckClassifier, Path]) -> None:
    model, folder = kept
    again = BottleneckClassifier.load(folder, device="cpu")
    texts = [*OTHERS, UNKNOWN]
    np.testing.assert_allclose(again.predict_proba(texts), model.predict_proba(texts), atol=1e-6)
    assert again.predict(texts).tolist() == model.predict(texts).tolist()
    assert again.unread(texts).tolist() == [False] * 20 + [True]
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json", "model-1", "model-2", "model.safetensors"
    ]  # fmt: skip
    again.fit(OTHERS, THEIRS)  # the models are there to learn on


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"layer": "encoder"', '"layer": "embedding"'),
        ('"model": 1', '"model": 7'),
        ('"neg"', '"neg", "mid"'),
        ('"layer": "encoder"', '"layer": "top"'),
    ],
)
def test_heads_that_do_not_fit_are_refused(
    kept: tuple[BottleneckClassifier, Path], tmp_path: Path, old: str, new: str
) -> None:
    shutil.copytree(kept[1], tmp_path / "m")
    config = tmp_path / "m" / "config.json"
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new), encoding="utf-8")
    arrays = open_arrays(tmp_path / "m" / "model.safetensors").arrays
    mark = {"config_crc32": f"{zlib.crc32(config.read_bytes()):08x}"}
    write_arrays(tmp_path / "m" / "model.safetensors", dict(arrays), metadata=mark)
    with pytest.raises(ModelFormatError):
        BottleneckClassifier.load(tmp_path / "m", device="cpu")


def test_the_command_keeps_heads_that_predict(run: Run, place: Path, tmp_path: Path) -> None:
    done = run(*both(place, tmp_path / "f"), "--save-model", tmp_path / "m")
    assert f"{tmp_path / 'm'}: heads that learnt from all 50 texts" in done.out
    models = [TextClassifier.load(place / "net"), DocumentVectorizer.load(place / "space")]
    chances = BottleneckClassifier(models).fit(LETTERS, MOODS).predict_proba(OTHERS)
    (tmp_path / "in.txt").write_text("\n".join([*OTHERS, UNKNOWN]) + "\n")
    told = run("predict", tmp_path / "m", tmp_path / "in.txt", "--json", "--device", "cpu")
    rows = [json.loads(line) for line in told.out.splitlines()]
    np.testing.assert_allclose([r["probabilities"]["pos"] for r in rows[:-1]], chances[:, 1],
                               atol=1e-6)  # fmt: skip
    assert [row["unread"] for row in rows] == [False] * 20 + [True]
    scored = run("evaluate", tmp_path / "m", place / "others.jsonl", "--json")
    right = np.mean(np.array(["neg", "pos"])[chances.argmax(1)] == np.array(THEIRS))
    assert json.loads(scored.out)["scores"]["accuracy"]["value"] == right


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--model", "nope", "--layer", "encoder"),
         ["nope: expected the folder of a model",
          'space: layer: a DocumentVectorizer has one layer, "last", found \'encoder\'']),
        (("--layer", "top", "--layer", "last", "--layer", "last"),
         ["layer: expected one of 'embedding', 'encoder', 'last', found 'top'",
          "layer: expected one for all models or one for each of 2, found 3"]),
        (("--model", "{net}"), ["net stands there twice with layer 'last'"]),
        (("--model", "{heads}"), ["expected a network of texts or a DocumentVectorizer, found "]),
        (("-o", "{none}/x.html"), ["can't write the file"]),
        (("--save-model", "{net}"), ["isn't empty"]),
        (("--test", "{one}"), ["expected labels among 'neg', 'pos', found 'a'"]),
        (("--label", "stars"), ["stars"]),
    ],
)  # fmt: skip
def test_mistakes_are_said_before_any_work(  # noqa: PLR0913
    run: Run, place: Path, kept: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...], said: list[str],
) -> None:  # fmt: skip
    def never(*_: object, **__: object) -> None:
        raise AssertionError("work began")

    monkeypatch.setattr(FeatureCache, "features", never)
    names = {"net": place / "net", "heads": kept[1], "none": tmp_path / "none",
             "one": place / "one.csv"}  # fmt: skip
    done = run(*both(place, tmp_path / "f"), *(part.format(**names) for part in more))
    assert done.code == 1
    lines = done.err.splitlines()
    assert len(lines) == len(said)
    for line, part in zip(lines, said, strict=True):
        assert part in line


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("one.csv", "expected at least two classes, found 'a'"),
        ("few.csv", "expected 5 texts or more of each class for 5 folds, found fewer of 'a', 'b'"),
        ("broken.csv", "broken.csv"),
        ("nothing.csv", "no such file"),
    ],
)
def test_texts_that_no_head_learns_from(
    run: Run, place: Path, tmp_path: Path, name: str, said: str
) -> None:
    done = run("heads", place / name, "--model", place / "net", "--cache", tmp_path / "f")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert said in done.err
    (tmp_path / "file").write_text("")
    done = run("heads", place / name, "--model", place / "net", "--cache", tmp_path / "file")
    assert (done.code, done.err.count("\n")) == (1, 1)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_draw_takes(run: Run, place: Path, tmp_path: Path, seed: int) -> None:
    done = run(*both(place, tmp_path / "f"), "--seed", seed)
    assert (done.code, "Invalid value for '--seed'" in done.err) == (2, True)
    assert not (tmp_path / "f").exists()


def test_ctrl_c_keeps_what_was_computed(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(DocumentVectorizer, "transform", pressed)
    page = tmp_path / "h.html"
    done = run(*both(place, tmp_path / "f"), "-o", page)
    assert done.code == 130
    assert done.err == (
        "wordgraft: stopped: nothing was written but features that were finished, to "
        f"{tmp_path / 'f'}\n"
    )
    assert not page.exists()
    assert len(list((tmp_path / "f").iterdir())) == 1
