"""Fitted vectorisers in folders: the same answers, and no damage that passes for a model."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wordgraft import DocumentVectorizer, FastText, WordVectors
from wordgraft.embeddings.errors import ConfigurationError, ModelFormatError, OutputError

WORDS = ["sun", "rain", "wind", "fog"]
VECTORS = WordVectors(WORDS, np.random.default_rng(1).standard_normal((4, 6)), counts=[4, 3, 2, 1])
TEXTS = ["sun rain", "wind", "Sun wind wind", "storm", "rain storm fog"]
LATER = ["fog sun", "storm", "", "wind hail rain"]
ALL = ["auto", "mean", "idf", "sif", "usif", "max", "power"]


@pytest.mark.parametrize("weighting", ALL)
def test_what_is_loaded_gives_the_same(weighting: str, tmp_path: Path) -> None:
    model = DocumentVectorizer(VECTORS, weighting=weighting, empty="mean", normalize=True).fit(
        TEXTS
    )
    model.save(tmp_path / "model")
    again = DocumentVectorizer.load(tmp_path / "model")
    assert np.array_equal(again.transform(LATER), model.transform(LATER))
    assert again.report_ == model.report_
    assert again.n_features_out_ == model.n_features_out_
    kept = {name: value for name, value in model.get_params().items() if name != "vectors"}
    assert {name: again.get_params()[name] for name in kept} == kept
    again.save(tmp_path / "twice")
    twice = DocumentVectorizer.load(tmp_path / "twice")
    assert np.array_equal(twice.transform(LATER), model.transform(LATER))


@pytest.fixture(scope="module")
def parts() -> WordVectors:
    """Vectors with n-grams."""
    trained = FastText(vector_size=6, min_count=1, epochs=1, workers=1, bucket=300, seed=1)
    return trained.fit([WORDS] * 30).vectors_


def test_weights_of_composed_words_are_kept(parts: WordVectors, tmp_path: Path) -> None:
    """Of one that was met while fitting, and of one that wasn't."""
    model = DocumentVectorizer(parts, weighting="idf", tokenizer="default").fit(TEXTS)
    model.save(tmp_path / "model")
    again = DocumentVectorizer.load(tmp_path / "model")
    later = ["sun storm", "sun blizzard"]
    assert np.array_equal(again.transform(later), model.transform(later))
    weight = math.log(6 / 1) + 1, math.log(6 / 3) + 1
    expected = (weight[0] * parts["blizzard"] + weight[1] * parts["sun"]) / sum(weight)
    assert np.allclose(again.transform(later)[1], expected, atol=1e-6)


def test_powers_and_n_grams_are_kept(parts: WordVectors, tmp_path: Path) -> None:
    vectors, powers = parts, (-math.inf, 2, math.inf)
    model = DocumentVectorizer(vectors, weighting="power", powers=powers, tokenizer="default")
    model.fit(TEXTS)
    model.save(tmp_path / "model")
    again = DocumentVectorizer.load(tmp_path / "model")
    assert again.powers == powers
    assert model.report_.composed
    assert np.array_equal(again.transform(LATER), model.transform(LATER))


def test_a_function_must_be_given_again(tmp_path: Path) -> None:
    model = DocumentVectorizer(VECTORS, weighting="mean", tokenizer=str.split).fit(TEXTS)
    model.save(tmp_path / "model")
    with pytest.raises(ConfigurationError, match="pass the same function"):
        DocumentVectorizer.load(tmp_path / "model")
    again = DocumentVectorizer.load(tmp_path / "model", tokenizer=str.split)
    assert np.array_equal(again.transform(LATER), model.transform(LATER))


@pytest.fixture(scope="module", params=["auto", "sif"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "model"
    DocumentVectorizer(VECTORS, weighting=request.param).fit(TEXTS).save(path)
    return path


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def test_every_cut_file_is_refused(copy: Path) -> None:
    for path in sorted(copy.iterdir()):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        with pytest.raises(ModelFormatError, match=path.name.split(".")[0]):
            DocumentVectorizer.load(copy)
        path.unlink()
        with pytest.raises(ModelFormatError, match=path.name.split(".")[0]):
            DocumentVectorizer.load(copy)
        path.write_bytes(content)
    DocumentVectorizer.load(copy)


def test_an_edited_configuration_is_refused(copy: Path) -> None:
    config: dict[str, Any] = json.loads((copy / "config.json").read_text())
    config["unseen"] = 3.0
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelFormatError, match=r"config.json: it isn't the one that model"):
        DocumentVectorizer.load(copy)
    config["format"] = "wordgraft-model"
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelFormatError, match="found other JSON"):
        DocumentVectorizer.load(copy)


def test_vectors_of_another_model_are_refused(saved: Path, copy: Path) -> None:
    if not (copy / "vectors.safetensors").exists():
        pytest.skip("has rows of its own")
    WordVectors(["sun"], [[1.0, 2.0]]).save(copy / "vectors.safetensors")
    with pytest.raises(ModelFormatError, match="don't make a model together"):
        DocumentVectorizer.load(copy)


def test_places_that_are_taken(saved: Path, tmp_path: Path) -> None:
    model = DocumentVectorizer.load(saved)
    with pytest.raises(OutputError, match="the folder exists and isn't empty"):
        model.save(saved)
    with pytest.raises(ModelFormatError, match="there is no such folder"):
        DocumentVectorizer.load(tmp_path / "nowhere")
