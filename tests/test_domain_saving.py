"""Adapted models in folders: the same answers elsewhere, and no damage that passes for a model."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.naive_bayes import GaussianNB

from reference.toy_domains import moved_blobs, reviews, texts
from wordgraft import DomainAdapter, TextClassifier, WordVectors
from wordgraft.embeddings.errors import ConfigurationError, ModelFormatError, OutputError
from wordgraft.embeddings.tokenizers import PRETOKENIZED
from wordgraft.models.domains.candidates import count_candidates, row_candidates
from wordgraft.models.domains.moments import CORAL
from wordgraft.models.domains.network import DomainAdversarial
from wordgraft.models.domains.pipeline import AdaptedClassifier
from wordgraft.models.domains.reverse import ReverseScore
from wordgraft.models.domains.saving import FORMAT, FORMAT_VERSION
from wordgraft.models.domains.texts import text_candidates
from wordgraft.models.domains.vote import DomainVote
from wordgraft.models.model_folder import read_folder, write_folder

pytestmark = pytest.mark.usefixtures("one_thread")

SOURCE, LABELS, TARGET, _ = texts(60)
KNOWN = sorted({word for text in (*SOURCE, *TARGET) for word in text.split()})
VECTORS = WordVectors(
    KNOWN, np.random.default_rng(0).normal(size=(len(KNOWN), 6)), tokenizer={"name": "default"}
)


def quick(way: AdaptedClassifier) -> AdaptedClassifier:
    """Let networks learn for a moment only."""
    if isinstance(way.classifier, DomainAdversarial):
        way.classifier.set_params(epochs=2, hidden=7, critic=0)
    return way


def same(model: DomainAdapter, folder: Path, X: Any) -> DomainAdapter:
    """Save, load, and compare; returns what was loaded."""
    model.save(folder)
    again = DomainAdapter.load(folder)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.predict(X).tolist() == model.predict(X).tolist()
    assert (again.names_, again.scores_) == (model.names_, model.scores_)
    return again


@pytest.mark.parametrize("name", [*text_candidates()])
def test_every_way_of_texts_answers_the_same(name: str, tmp_path: Path) -> None:
    later = [*TARGET[:20], "", "a word that nobody has said"]
    for number, vectors in enumerate((None, VECTORS)):
        way = quick(text_candidates(vectors, seed=1)[name])
        model = DomainAdapter(vectors, method=name, candidates={name: way})
        again = same(model.fit(SOURCE, LABELS, TARGET), tmp_path / str(number), later)
        tokens = [text.split() for text in later]
        assert np.array_equal(again.predict_proba(tokens), model.predict_proba(later))


def test_the_recurrent_network_answers_the_same(tmp_path: Path) -> None:
    way = text_candidates(VECTORS, seed=1)["network"]
    way.classifier.set_params(epochs=1, head_epochs=1, hidden=5)
    model = DomainAdapter(VECTORS, method="network", candidates={"network": way})
    again = same(model.fit(SOURCE, LABELS, TARGET), tmp_path / "m", [*TARGET[:20], ""])
    assert (tmp_path / "m" / "network-1").is_dir()
    assert "network" in repr(again.candidates or again.names_)
    assert again.unread([TARGET[0], "", "never said"]).tolist() == [False, True, True]
    other = text_candidates(VECTORS, seed=1)["idf"].fit(SOURCE, LABELS, TARGET)
    first = [("network", again.model_.members_[0][1]), ("idf", other)]
    both = DomainAdapter(VECTORS).take(DomainVote.of(first), ())
    assert both.unread([TARGET[0], "", "never said"]).tolist() == [False, True, True]


@pytest.mark.parametrize("name", [*count_candidates()])
def test_every_way_of_counts_answers_the_same(name: str, tmp_path: Path) -> None:
    X, y, Xt, _ = reviews(60)
    way = quick(count_candidates()[name])
    model = DomainAdapter(method=name, candidates={name: way}).fit(X, y, Xt)
    again = same(model, tmp_path / "m", Xt)
    members = [one.model_.members_[0][1] for one in (model, again)]
    source, other = (one.predict_proba(X, domain="source") for one in members)
    assert np.array_equal(source, other)
    assert again.classes_.dtype == model.classes_.dtype


@pytest.mark.parametrize("name", [*row_candidates()])
def test_every_way_of_rows_answers_the_same(name: str, tmp_path: Path) -> None:
    X, y, Xt, _ = moved_blobs(60)
    way = quick(row_candidates()[name])
    model = DomainAdapter(method=name, candidates={name: way}).fit(X, y, Xt)
    same(model, tmp_path / "m", Xt)


@pytest.fixture(scope="module")
def voted() -> DomainAdapter:
    """Three ways that answer together; vectors and equal arrays belong to all of them."""
    ways = ("denoise", "denoise+self-training", "coral")
    found = text_candidates(VECTORS, seed=1)
    members = [(name, found[name].fit(SOURCE, LABELS, TARGET)) for name in ways]
    scores = [ReverseScore(name, 0.9, (0.8, 1.0), 0.7, (0.5, 0.5)) for name in ways]
    return DomainAdapter(VECTORS, vote=3, seed=1).take(DomainVote.of(members), scores)


@pytest.fixture(scope="module")
def saved(voted: DomainAdapter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "model"
    voted.save(folder)
    return folder


def test_another_process_answers_the_same(voted: DomainAdapter, saved: Path) -> None:
    program = (
        "import json, sys; from wordgraft import DomainAdapter\n"
        "model = DomainAdapter.load(sys.argv[1])\n"
        "print(json.dumps(model.predict_proba(json.load(sys.stdin)).tolist()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(saved)],
        input=json.dumps(TARGET), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert np.allclose(json.loads(done.stdout), voted.predict_proba(TARGET), rtol=1e-12)


def test_texts_without_a_known_word_are_told(voted: DomainAdapter) -> None:
    told = voted.unread([TARGET[0], "", "never said", KNOWN[0]]).tolist()
    assert told == [False, True, True, False]
    X, y, Xt, _ = reviews(60)
    counted = DomainAdapter(method="none").fit(X, y, Xt)
    assert counted.unread(np.diag([1, 0, 1]) @ Xt[:3].toarray()).tolist() == [False, True, False]


def test_what_is_loaded_has_its_settings_and_can_be_saved_again(
    voted: DomainAdapter, saved: Path, tmp_path: Path
) -> None:
    again = DomainAdapter.load(saved)
    assert again.names_ == voted.names_ == ("denoise", "denoise+self-training", "coral")
    assert (again.vote, again.seed, again.classes_.tolist()) == (3, 1, voted.classes_.tolist())
    assert again.vectors.index_to_key == VECTORS.index_to_key
    same(again, tmp_path / "twice", TARGET)
    assert clone(again).vectors is again.vectors
    own = again.model_.members_[0][1]
    assert own.fit(SOURCE, LABELS, TARGET).predict(TARGET).tolist()


def test_what_several_ways_share_is_written_once(saved: Path, tmp_path: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == [
        "config.json", "model.safetensors", "vectors.safetensors",
    ]  # fmt: skip
    one = DomainAdapter(VECTORS, method="denoise", seed=1).fit(SOURCE, LABELS, TARGET)
    one.save(tmp_path / "one")
    sizes = [(place / "model.safetensors").stat().st_size for place in (saved, tmp_path / "one")]
    assert sizes[0] < 1.5 * sizes[1]


def test_a_function_that_cut_the_texts_must_be_given_again(tmp_path: Path) -> None:
    model = DomainAdapter(method="idf", tokenizer=str.split).fit(SOURCE, LABELS, TARGET)
    model.save(tmp_path / "m")
    with pytest.raises(ConfigurationError, match=r"str\.split.*pass the same function"):
        DomainAdapter.load(tmp_path / "m")
    again = DomainAdapter.load(tmp_path / "m", tokenizer=str.split)
    assert np.array_equal(again.predict_proba(TARGET), model.predict_proba(TARGET))


def test_token_lists_need_no_tokenizer(tmp_path: Path) -> None:
    """Vectors that were learnt from token lists remember no tokeniser."""
    vectors = WordVectors(KNOWN, VECTORS.vectors, tokenizer={"name": PRETOKENIZED})
    source, target = ([text.split() for text in part] for part in (SOURCE, TARGET))
    model = DomainAdapter(vectors, method="idf").fit(source, LABELS, target)
    same(model, tmp_path / "m", target)
    with pytest.raises(ConfigurationError, match="no tokenizer is known"):
        DomainAdapter(vectors, method="idf").fit(SOURCE, LABELS, TARGET)


def test_ways_of_others_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    X, y, Xt, _ = moved_blobs(60)
    other = AdaptedClassifier([("coral", CORAL())], GaussianNB())
    model = DomainAdapter(candidates={"bayes": other}, method="bayes").fit(X, y, Xt)
    with pytest.raises(ConfigurationError, match="classifier: a GaussianNB can't be written"):
        model.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_place_that_is_taken_is_refused(voted: DomainAdapter, saved: Path) -> None:
    with pytest.raises(OutputError):
        voted.save(saved)


# --- damage -----------------------------------------------------------------------------------


def copied(saved: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in saved.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vectors.safetensors"])
def test_a_folder_without_one_of_its_files_is_refused(
    name: str, saved: Path, tmp_path: Path
) -> None:
    folder = copied(saved, tmp_path)
    (folder / name).unlink()
    with pytest.raises(ModelFormatError, match="has no"):
        DomainAdapter.load(folder)


@pytest.mark.parametrize("place", [0.02, 0.3, 0.6, 0.999])
def test_a_changed_byte_is_noticed(place: float, saved: Path, tmp_path: Path) -> None:
    folder = copied(saved, tmp_path)
    for name in ("config.json", "model.safetensors"):
        whole = (folder / name).read_bytes()
        at = int(place * len(whole))
        (folder / name).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ModelFormatError):
            DomainAdapter.load(folder)
        (folder / name).write_bytes(whole)
    DomainAdapter.load(folder)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"SelfTraining"', '"GaussianNB"'),
        ('"record": "ReverseScore"', '"record": "Path"'),
        ('"taken_"', '"predict"'),
        ('"estimator": "DomainVote"', '"nothing": "DomainVote"'),
        ('"vectors": 1', '"vectors": 0'),
        ('"vectors": 1', '"vectors": "x"'),
    ],
)
def test_what_names_other_things_is_refused(
    was: str, now: str, saved: Path, tmp_path: Path
) -> None:
    """Even where the checksums fit: nothing but known classes is ever built."""
    config, arrays = read_folder(saved, format=FORMAT, version=FORMAT_VERSION)
    text = json.dumps(config)
    assert was in text
    folder = tmp_path / "edited"
    write_folder(
        folder, json.loads(text.replace(was, now)), arrays, format=FORMAT, version=FORMAT_VERSION
    )
    shutil.copy(saved / "vectors.safetensors", folder)
    with pytest.raises(ModelFormatError, match="don't make a model together"):
        DomainAdapter.load(folder)


def test_folders_of_other_models_are_refused(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match="expected a model"):
        TextClassifier.load(saved)
    with pytest.raises(ModelFormatError, match="there is no such folder"):
        DomainAdapter.load(tmp_path / "none")
