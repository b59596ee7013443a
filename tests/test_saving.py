"""Models as folders: the same answers elsewhere, and every kind of damage refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reference.toy_texts import SMALL, plain, small, vectors
from wordgraft.embeddings.arrayfile import open_arrays, write_arrays
from wordgraft.embeddings.errors import (
    ConfigurationError,
    DeviceError,
    ModelFormatError,
    OutputError,
)
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.loading import load_estimator
from wordgraft.models.regressor import TextRegressor
from wordgraft.models.saving import CONFIG_FILE, WEIGHTS_FILE
from wordgraft.models.text_estimator import TextEstimator

pytestmark = pytest.mark.usefixtures("one_thread")

TEXTS, LABELS = plain(40)
TESTED = [*plain(10, seed=3)[0], "", "xyzzy"]
FEW = {"epochs": 1, "hidden": 3, "extra_words": 20}


@pytest.fixture(scope="module")
def model() -> TextClassifier:
    return small(vectors(4), calibrate=True, **FEW).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def saved(model: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "model"
    model.save(path)
    return path


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def test_everything_comes_back(model: TextClassifier, saved: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == [CONFIG_FILE, WEIGHTS_FILE]
    again = TextClassifier.load(saved, device="cpu")
    assert np.array_equal(again.predict_proba(TESTED), model.predict_proba(TESTED))
    for name in ("history_", "report_", "temperature_", "multilabel_"):
        assert getattr(again, name) == getattr(model, name), name
    assert again.classes_.tolist() == ["neg", "pos"]
    assert again.prior_.tolist() == model.prior_.tolist()
    kept = model.get_params() | {"vectors": None}
    assert again.get_params() == kept
    assert isinstance(load_estimator(saved), TextClassifier)


def test_another_process_answers_the_same(model: TextClassifier, saved: Path) -> None:
    code = (
        "import json, sys, torch; torch.set_num_threads(1)\n"
        "from wordgraft import TextClassifier\n"
        "texts = json.load(sys.stdin)\n"
        "print(json.dumps(TextClassifier.load(sys.argv[1]).predict_proba(texts).tolist()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, saved],
        input=json.dumps(TESTED), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == model.predict_proba(TESTED).tolist()


@pytest.mark.parametrize("labels", [[0, 7], [True, False], ["größer", "klein"]])
def test_classes_keep_their_type(labels: list[Any], tmp_path: Path) -> None:
    y = [labels[i % 2] for i in range(len(TEXTS))]
    weights = dict.fromkeys(labels, 2.0)
    model = small(vectors(4), class_weight=weights, **FEW).fit(TEXTS, y)
    model.save(tmp_path / "m")
    again = TextClassifier.load(tmp_path / "m")
    assert again.classes_.dtype.kind == model.classes_.dtype.kind
    assert again.predict(TESTED).tolist() == model.predict(TESTED).tolist()


def test_a_model_that_was_read_is_written_the_same(saved: Path, tmp_path: Path) -> None:
    TextClassifier.load(saved, device="cpu").save(tmp_path / "again")
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes()


def test_a_place_that_is_taken_is_refused(model: TextClassifier, folder: Path) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(OutputError, match="isn't empty"):
        model.save(folder)
    with pytest.raises(OutputError, match="doesn't exist"):
        model.save(folder / "no" / "where")
    assert sorted(folder.iterdir()) == before


def shouting(text: str) -> list[str]:
    return text.lower().split()


def test_a_tokenizer_that_is_a_function_is_given_again(tmp_path: Path) -> None:
    model = small(vectors(4), tokenizer=shouting, **FEW).fit(TEXTS, LABELS)
    model.save(tmp_path / "m")
    with pytest.raises(ConfigurationError, match=r"function .*shouting, .*pass the same function"):
        TextClassifier.load(tmp_path / "m")
    again = TextClassifier.load(tmp_path / "m", tokenizer=shouting)
    assert np.array_equal(again.predict_proba(TESTED), model.predict_proba(TESTED))


# --- refused -----------------------------------------------------------------------------------


def refused(folder: Path, kind: type[TextEstimator] = TextClassifier) -> str:
    with pytest.raises(ModelFormatError) as told:
        kind.load(folder)
    assert str(folder) in str(told.value)
    return str(told.value)


def test_what_is_no_model(tmp_path: Path) -> None:
    assert "there is no such folder" in refused(tmp_path / "none")
    assert "it has no config.json" in refused(tmp_path)
    (tmp_path / "file").write_text("x")
    assert "can't be read" in refused(tmp_path / "file")
    (tmp_path / CONFIG_FILE).write_text('{"a": 1}')
    assert "found other JSON" in refused(tmp_path)
    (tmp_path / CONFIG_FILE).unlink()
    (tmp_path / CONFIG_FILE).mkdir()
    assert "can't be read" in refused(tmp_path)


def test_a_model_of_another_kind(saved: Path) -> None:
    assert "expected a TextRegressor, found a 'TextClassifier'" in refused(saved, TextRegressor)


def test_missing_files(folder: Path) -> None:
    (folder / WEIGHTS_FILE).unlink()
    assert "has no such file" in refused(folder)
    (folder / WEIGHTS_FILE).mkdir()
    assert "can't be read" in refused(folder)


def test_every_beginning_of_the_configuration(folder: Path) -> None:
    for length in reversed(range((folder / CONFIG_FILE).stat().st_size)):
        os.truncate(folder / CONFIG_FILE, length)
        refused(folder)


def test_every_flipped_bit_of_the_configuration(folder: Path) -> None:
    whole = (folder / CONFIG_FILE).read_bytes()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        (folder / CONFIG_FILE).write_bytes(changed)
        refused(folder)


def test_flipped_bits_and_beginnings_of_the_numbers(folder: Path) -> None:
    whole = (folder / WEIGHTS_FILE).read_bytes()
    for place in [*range(0, 3000, 11), *range(3000, len(whole), 997)]:
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        (folder / WEIGHTS_FILE).write_bytes(changed)
        refused(folder)
    for length in range(0, len(whole), 173):
        (folder / WEIGHTS_FILE).write_bytes(whole[:length])
        refused(folder)


def rewrite(
    folder: Path,
    config: Callable[[dict[str, Any]], object] = lambda _: None,
    arrays: Callable[[dict[str, np.ndarray]], object] = lambda _: None,
) -> None:
    """Change a model as somebody would who also writes the right checksums."""
    stored = json.loads((folder / CONFIG_FILE).read_text())
    config(stored)
    text = json.dumps(stored)
    (folder / CONFIG_FILE).write_text(text)
    opened = open_arrays(folder / WEIGHTS_FILE, mmap=False)
    own = dict(opened.arrays)
    arrays(own)
    write_arrays(
        folder / WEIGHTS_FILE,
        dict(sorted(own.items(), key=lambda item: -item[1].itemsize)),
        metadata={"config_crc32": f"{zlib.crc32(text.encode()):08x}"},
    )


def test_a_newer_version(folder: Path) -> None:
    rewrite(folder, lambda c: c.update(format_version=2, written_by="9.0"))
    assert "format version 2, but this wordgraft reads up to 1; it was written by '9.0'" in refused(
        folder
    )


@pytest.mark.parametrize(
    ("at", "value"),
    [
        ("class", "Thing"), ("class", None), ("class", ["TextClassifier"]), ("format_version", 0),
        ("format_version", True), ("outputs", 3), ("outputs", 10**12), ("outputs", "2"),
        ("network", {}), ("network", {"hidden": 10**4}), ("network", {"layers": 64}),
        ("network", {"encoder": "bag", "pooling": "mean"}), ("network", None),
        ("settings", {"a": 1}),
        ("settings", {"max_length": "x"}), ("settings", {"encoder": "cnn"}), ("settings", []),
        ("settings", None), ("fitted", {}), ("fitted", {"classes": ["a"]}), ("fitted", None),
        ("tokenizer", {"name": "odd"}), ("tokenizer", 3), ("unknown", "keep"), ("history", {}),
        ("report", {"texts": 1}), ("history", None),
    ],
)  # fmt: skip
def test_configurations_that_do_not_fit(folder: Path, at: str, value: Any) -> None:
    rewrite(folder, lambda c: c.update({at: value}))
    refused(folder)


@pytest.mark.parametrize("value", [[], [0.5], [0.5, "x"], [0.5, None], {"a": 1}])
def test_shares_that_do_not_fit(folder: Path, value: Any) -> None:
    rewrite(folder, lambda c: c["fitted"].update(prior=value))
    refused(folder)


@pytest.mark.parametrize("value", [0, -1, "x", None])
def test_temperatures_that_do_not_fit(folder: Path, value: Any) -> None:
    rewrite(folder, lambda c: c["fitted"].update(temperature=value))
    refused(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.pop("head.weight"),
        lambda a: a.pop("words"),
        lambda a: a.update(extra=np.zeros(3)),
        lambda a: a.update({"head.weight": a["head.weight"][:, 1:]}),
        lambda a: a.update({"embedding.table.weight": a["embedding.table.weight"][1:]}),
        lambda a: a.update({"embedding.table.weight": a["embedding.table.weight"][:, 1:]}),
        lambda a: a.update(offsets=a["offsets"][:-1]),
        lambda a: a.update(offsets=a["offsets"] * 0),
        lambda a: a.update(offsets=a["offsets"] + 10**6),
        lambda a: a.update(offsets=a["offsets"].astype(np.float64)),
        lambda a: a.update(words=a["words"] | 0x80),
    ],
)
def test_arrays_that_do_not_fit(folder: Path, change: Callable[[Any], object]) -> None:
    rewrite(folder, arrays=change)
    refused(folder)


def test_a_configuration_of_another_model_is_noticed(folder: Path, tmp_path: Path) -> None:
    other = small(vectors(4), seed=5, **FEW).fit(TEXTS, LABELS)
    other.save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / CONFIG_FILE, folder / CONFIG_FILE)
    assert "it isn't the one that model.safetensors was written with" in refused(folder)


def test_a_device_that_is_not_there(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for load in (TextClassifier.load, load_estimator):
        with pytest.raises(DeviceError, match="device='cuda': there is none here"):
            load(saved, device="cuda")
    with pytest.raises(DeviceError, match="device='cuda': there is none here"):
        small(vectors(4), **{**SMALL, "device": "cuda"}).fit(TEXTS, LABELS)
