"""FeatureCache: what is kept, what makes it another question, and heads on features."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from reference.toy_texts import plain, small, vectors
from wordgraft.embeddings.arrayfile import open_arrays, write_arrays
from wordgraft.embeddings.errors import ConfigurationError, FeatureCacheError, LabelledDataError
from wordgraft.models import feature_cache
from wordgraft.models.bottleneck import BottleneckClassifier
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.documents.vectorizer import DocumentVectorizer
from wordgraft.models.feature_cache import CacheReport, FeatureCache, compute_features
from wordgraft.models.feature_marks import mark_of_reader, mark_of_texts
from wordgraft.models.linear_head import fit_head

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = vectors()
TEXTS, LABELS = plain(60)


@pytest.fixture(scope="module")
def fitted() -> TextClassifier:
    return small(WORDS, epochs=3, layers=2).fit(TEXTS, LABELS)


# --- features ----------------------------------------------------------------------------------


def test_the_last_layer_is_what_the_head_sees(fitted: TextClassifier) -> None:
    head = fitted.network_.head
    rows = compute_features(fitted, TEXTS)
    logits = rows @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    np.testing.assert_allclose(logits, fitted._answers(TEXTS)[0], atol=1e-5)


def test_the_embedding_layer_is_the_mean_of_the_words(fitted: TextClassifier) -> None:
    rows = compute_features(fitted, [*TEXTS[:5], "qqq", ""], layer="embedding")
    matrix = fitted.network_.embedding.weight.detach().numpy()
    for row, ids in zip(rows, fitted.indexer_(TEXTS[:5]), strict=False):
        np.testing.assert_allclose(row, matrix[ids].mean(0), atol=1e-5)
    assert not rows[5:].any()


def test_states_of_both_recurrent_layers(fitted: TextClassifier) -> None:
    network = fitted.network_
    top = compute_features(fitted, TEXTS[:4], layer="encoder")
    lower = compute_features(fitted, TEXTS[:4], layer="encoder", below=1)
    for number, ids in enumerate(fitted.indexer_(TEXTS[:4])):
        states = network.embedding.weight[torch.from_numpy(ids.astype(np.int64))]
        for found, layer in zip((lower, top), network.encoder.layers, strict=True):
            states = layer(states[:, None])[0][:, 0]  # PyTorch's own
            wanted = torch.cat([states.mean(0), states.max(0).values]).detach().numpy()
            np.testing.assert_allclose(found[number], wanted, atol=1e-5)
    assert len(network.encoder.layers) == 2


def test_parts_of_long_texts_are_averaged() -> None:
    model = small(WORDS, epochs=1, max_length=3, long_texts="chunks").fit(TEXTS, LABELS)
    text = "the plot is bad the film good lovely music"
    chunks = ["the plot is", "bad the film", "good lovely music"]
    rows = compute_features(model, [text, *chunks])
    np.testing.assert_allclose(rows[0], rows[1:].mean(0), atol=1e-5)


# --- kept ----------------------------------------------------------------------------------------


def test_a_question_is_computed_once_and_kept_bit_for_bit(
    fitted: TextClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = FeatureCache(tmp_path / "features")
    first = cache.features(fitted, TEXTS)
    monkeypatch.setattr(feature_cache, "compute_features", None)
    again = FeatureCache(tmp_path / "features")
    assert np.array_equal(again.features(fitted, TEXTS), first)
    assert (cache.report, again.report) == (CacheReport(computed=1), CacheReport(kept=1))
    entry = again.entries()[0]
    assert (entry.layer, entry.shape) == ("last", first.shape)
    (tmp_path / "features" / "mine.safetensors").write_bytes(b"no cache")
    assert again.clear() == 1
    assert [path.name for path in (tmp_path / "features").iterdir()] == ["mine.safetensors"]


def test_any_word_vector_weight_word_or_letter_makes_another_question() -> None:
    model = small(WORDS, epochs=1).fit(TEXTS, LABELS)
    marks = {layer: mark_of_reader(model, layer) for layer in ("embedding", "encoder", "last")}
    assert len(set(marks.values())) == 3

    def changed(layer: str) -> bool:
        return mark_of_reader(model, layer) != marks[layer]

    with torch.no_grad():
        weight = model.network_.embedding.weight
        for row in range(2, len(weight)):
            before = float(weight[row, row % 12])
            weight[row, row % 12] = float(np.nextafter(np.float32(before), np.float32(9)))
            assert all(changed(layer) for layer in marks)
            weight[row, row % 12] = before
        assert not any(changed(layer) for layer in marks)
        state = model.network_.encoder.layers[0].weight_hh_l0
        before = float(state[0, 0])
        state[0, 0] += 1
        assert [changed(layer) for layer in marks] == [False, True, True]
        state[0, 0] = before
        model.network_.head.weight += 1  # above all features
    assert not any(changed(layer) for layer in marks)
    model.max_length = 7
    assert all(changed(layer) for layer in marks)
    assert mark_of_texts(["ab", "c"]) != mark_of_texts(["a", "bc"])
    assert mark_of_texts(["a b"]) != mark_of_texts([["a", "b"]])
    assert mark_of_texts(["a"]) != mark_of_texts(["a", ""])
    assert mark_of_texts(["a", "b"]) != mark_of_texts(["b", "a"])


@pytest.mark.parametrize("weighting", ["sif", "auto"])
def test_a_vectoriser_is_kept_until_one_of_its_numbers_changes(
    weighting: str, tmp_path: Path
) -> None:
    cache = FeatureCache(tmp_path)
    model = DocumentVectorizer(WORDS, weighting=weighting).fit(TEXTS)
    rows = cache.features(model, TEXTS)
    assert np.array_equal(rows, model.transform(TEXTS))
    again = DocumentVectorizer(WORDS, weighting=weighting).fit(TEXTS)
    assert mark_of_reader(again, "last") == mark_of_reader(model, "last")
    other = DocumentVectorizer(WORDS, weighting=weighting).fit(TEXTS[:-1])
    assert mark_of_reader(other, "last") != mark_of_reader(model, "last")
    moved = np.array(WORDS.vectors)
    moved[-1, -1] += 1e-3
    other = DocumentVectorizer(type(WORDS)(WORDS.index_to_key, moved), weighting="mean").fit(TEXTS)
    same = DocumentVectorizer(WORDS, weighting="mean").fit(TEXTS)
    assert mark_of_reader(other, "last") != mark_of_reader(same, "last")
    with pytest.raises(ConfigurationError, match='has one layer, "last"'):
        cache.features(model, TEXTS, layer="embedding")


# --- refused, rebuilt ---------------------------------------------------------------------------


def _written(cache: FeatureCache, **told: str) -> Path:
    """Write the only file of a cache again, with other words about it."""
    path = cache.entries()[0].path
    opened = open_arrays(path, mmap=False)
    metadata = {n: v for n, v in opened.metadata.items() if n != "crc32"}
    write_arrays(path, opened.arrays, metadata=metadata | told)
    return path


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"version": "2"}, r"written by wordgraft .* \(format 2\), and this is"),
        ({"written_by": "0.0.1"}, r"written by wordgraft 0\.0\.1 "),
        ({"format": "other"}, "expected features, found another file"),
        ({"about": json.dumps({"layer": "last"})}, "it isn't what its name says"),
        ({"about": "{"}, "it isn't what its name says"),
    ],
)
def test_files_of_another_version_are_refused_or_rebuilt(
    told: dict[str, str], said: str, tmp_path: Path
) -> None:
    model = DocumentVectorizer(WORDS, weighting="mean").fit(TEXTS)
    cache = FeatureCache(tmp_path)
    rows = cache.features(model, TEXTS)
    path = _written(cache, **told)
    with pytest.raises(FeatureCacheError, match=said) as raised:
        cache.features(model, TEXTS)
    assert "rebuild=True" in str(raised.value)
    assert raised.value.path == path
    again = FeatureCache(tmp_path, rebuild=True)
    assert np.array_equal(again.features(model, TEXTS), rows)
    assert again.report == CacheReport(computed=1, rebuilt=1)
    assert np.array_equal(cache.features(model, TEXTS), rows)


def test_damage_is_noticed(tmp_path: Path) -> None:
    model = DocumentVectorizer(WORDS, weighting="mean").fit(TEXTS)
    cache = FeatureCache(tmp_path)
    rows = cache.features(model, TEXTS)
    path = cache.entries()[0].path
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(FeatureCacheError, match="damaged"):
        cache.features(model, TEXTS)
    path.write_bytes(data[: len(data) // 2])
    assert cache.entries() == ()
    assert np.array_equal(FeatureCache(tmp_path, rebuild=True).features(model, TEXTS), rows)


def test_what_cannot_be_cached_is_refused(fitted: TextClassifier, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    with pytest.raises(NotFittedError):
        cache.features(small(WORDS), TEXTS)
    with pytest.raises(ConfigurationError, match="expected a TextClassifier"):
        cache.features(LogisticRegression(), TEXTS)
    wrong: Any = "top"
    with pytest.raises(ConfigurationError, match="layer: expected one of 'embedding', 'encoder'"):
        cache.features(fitted, TEXTS, layer=wrong)
    with pytest.raises(ConfigurationError, match="up to 1 .the network has 2"):
        cache.features(fitted, TEXTS, layer="encoder", below=2)
    own = DocumentVectorizer(WORDS, weighting="mean", tokenizer=str.split).fit(TEXTS)
    with pytest.raises(ConfigurationError, match="a function can change"):
        cache.features(own, TEXTS)
    assert len(compute_features(own, TEXTS)) == len(TEXTS)
    assert cache.entries() == ()


# --- heads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 3])
def test_a_head_is_the_logistic_regression_of_scaled_features(classes: int) -> None:
    rng = np.random.default_rng(0)
    rows = (rng.standard_normal((80, 5)) * [1, 9, 0.1, 1, 0] + 3).astype(np.float32)
    y = np.array(["a", "b", "c"])[(rows[:, 0] > 3).astype(int) + (classes - 2) * (rows[:, 1] > 9)]
    head = fit_head(rows, y, strength=2.0)
    scale = rows.std(0) * np.sqrt(5)
    inner = (rows - rows.mean(0)) / np.where(scale > 0, scale, 1)
    wanted = LogisticRegression(C=2.0, max_iter=1000).fit(inner, y)
    np.testing.assert_allclose(head.predict_proba(rows), wanted.predict_proba(inner), atol=2e-3)
    assert (head.predict(rows) == wanted.predict(inner)).all()
    assert not head.weights[:, 4].any()


def test_wrong_heads_are_refused() -> None:
    rows = np.zeros((4, 2), np.float32)
    with pytest.raises(LabelledDataError, match="4 rows and 2 labels"):
        fit_head(rows, ["a", "b"])
    with pytest.raises(ConfigurationError, match="strength: expected a number above 0"):
        fit_head(rows, ["a", "b"] * 2, strength=0.0)


def test_several_models_are_averaged_and_features_shared(
    fitted: TextClassifier, tmp_path: Path
) -> None:
    means = DocumentVectorizer(WORDS, weighting="mean").fit(TEXTS)
    cache = FeatureCache(tmp_path)
    both = BottleneckClassifier([fitted, means], cache=cache).fit(TEXTS, LABELS)
    alone = [BottleneckClassifier(model).fit(TEXTS, LABELS) for model in (fitted, means)]
    np.testing.assert_allclose(
        both.predict_proba(TEXTS), np.mean([m.predict_proba(TEXTS) for m in alone], 0), atol=1e-9
    )
    assert cache.report == CacheReport(kept=2, computed=2)
    other = clone(both).fit(TEXTS, ["x" if "bad" in text else "y" for text in TEXTS])
    assert cache.report == CacheReport(kept=4, computed=2)
    assert other.classes_.tolist() == ["x", "y"]
    assert both.score(*plain(60, seed=3)) >= 0.9
    lower = BottleneckClassifier(fitted, layers="embedding", cache=str(tmp_path))
    assert lower.fit(TEXTS, LABELS).score(*plain(60, seed=3)) >= 0.9


def test_wrong_settings_are_named_at_once(fitted: TextClassifier) -> None:
    wrong: Any = ["top", "last", "last"]
    with pytest.raises(ConfigurationError) as told:
        BottleneckClassifier([fitted], layers=wrong, cache=3).fit(TEXTS, LABELS)
    assert [problem.split(":")[0] for problem in told.value.problems] == [
        "layers", "layers", "cache"
    ]  # fmt: skip
    with pytest.raises(ConfigurationError, match="models: expected a fitted model"):
        BottleneckClassifier().fit(TEXTS, LABELS)
    with pytest.raises(LabelledDataError, match="60 texts and 2 labels"):
        BottleneckClassifier(fitted).fit(TEXTS, LABELS[:2])
