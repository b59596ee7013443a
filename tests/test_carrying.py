"""A model carried over to other labels: what stays, what is new, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone

from reference.toy_texts import SMALL, plain, small, vectors
from wordgraft.embeddings.errors import ConfigurationError, ModelFormatError
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.first_network import Carried, first_network, first_rows
from wordgraft.models.indexing import FIRST_WORD, TextIndexer
from wordgraft.models.networks.wordrows import grafted
from wordgraft.models.regressor import TextRegressor

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = vectors()
TEXTS, LABELS = plain()
FEW, FEW_LABELS = plain(16, seed=4)


@pytest.fixture(scope="module")
def source() -> TextClassifier:
    return small(WORDS, extra_words=0, layers=2, epochs=5, hidden=6).fit(TEXTS, LABELS)


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.network_.state_dict().items()}


def test_frozen_keeps_all_but_the_head(source: TextClassifier) -> None:
    model = small(init_from=source, embeddings="frozen", hidden=99).fit(FEW, FEW_LABELS)
    old, new = weights(source), weights(model)
    assert old.keys() == new.keys()
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    assert changed == {"head.weight", "head.bias"}
    assert model.history_.stages == ("head",)
    assert model.score(TEXTS, LABELS) >= 0.9


def test_staged_lets_in_one_part_more_at_a_time(source: TextClassifier) -> None:
    before = weights(source)
    model = small(init_from=source, epochs=1, head_epochs=1).fit(FEW, FEW_LABELS)
    assert model.history_.stages == ("head", "top 2", "top 3", "all")
    assert [sorted(e.rates) for e in model.history_.epochs] == [
        ["head"],
        ["encoder.1", "head"],
        ["encoder.0", "encoder.1", "head"],
        ["embedding", "encoder.0", "encoder.1", "head"],
    ]
    for name, tensor in weights(source).items():
        assert torch.equal(tensor, before[name]), f"{name} of the source moved"
    tuned = small(init_from=source, embeddings="tuned", epochs=1).fit(FEW, FEW_LABELS)
    assert tuned.history_.stages == ("all",)


def test_a_new_head_for_other_classes(source: TextClassifier) -> None:
    y = [("low", "middle", "high")[i % 3] for i in range(16)]
    model = small(init_from=source, epochs=1).fit(FEW, y)
    assert model.predict_proba(FEW).shape == (16, 3)
    stars = TextRegressor(init_from=source, **{**SMALL, "epochs": 2})
    assert stars.fit(FEW, [float(label == "pos") for label in FEW_LABELS]).predict(FEW).ndim == 1
    back = small(init_from=stars, epochs=1).fit(FEW, FEW_LABELS)
    assert back.indexer_.words == source.indexer_.words


def test_a_folder_does_as_well(source: TextClassifier, tmp_path: Path) -> None:
    source.save(tmp_path / "m")
    here = small(init_from=source, epochs=2).fit(FEW, FEW_LABELS)
    there = small(init_from=tmp_path / "m", epochs=2).fit(FEW, FEW_LABELS)
    for name, tensor in weights(here).items():
        assert torch.equal(tensor, weights(there)[name]), name
    with pytest.raises(ModelFormatError, match="there is no such folder"):
        small(init_from=str(tmp_path / "none")).fit(FEW, FEW_LABELS)


def test_words_it_has_no_row_for_get_those_of_vectors(source: TextClassifier) -> None:
    new = "luminous"
    assert new not in source.indexer_.words
    texts = [*FEW, new, f"{new} plot"]
    y = [*FEW_LABELS, "pos", "pos"]
    without = small(init_from=source, embeddings="frozen", epochs=1).fit(texts, y)
    assert new not in without.indexer_.words
    model = small(WORDS, init_from=source, embeddings="frozen", epochs=1).fit(texts, y)
    assert model.indexer_.words[:-1] == source.indexer_.words
    rows = model.network_.embedding.weight.detach().numpy()
    old = source.network_.embedding.weight.detach().numpy()
    assert np.array_equal(rows[:-1], old)
    expected = grafted({new: 1}, WORDS, extra=0).matrix[FIRST_WORD]
    assert np.array_equal(rows[-1], expected)
    assert np.array_equal(model.predict_proba([new])[0] > 0.5, [False, True])


def test_before_learning_the_layers_are_those_of_the_source(source: TextClassifier) -> None:
    model = small(init_from=source, embedding_dropout=0.5)
    carried = Carried(source.network_, source.indexer_)
    rows = first_rows(model, {}, carried, scratch=False)
    indexer = TextIndexer(rows.words, "default")
    network = first_network(model, rows, 5, carried, indexer)
    for name, tensor in network.state_dict().items():
        if not name.startswith("head"):
            assert torch.equal(tensor, weights(source)[name]), name
    assert network.head.out_features == 5
    assert network.settings.embedding_dropout == 0.5
    assert network.settings.layers == 2


def test_vectors_of_another_dimension_are_refused(source: TextClassifier) -> None:
    with pytest.raises(ConfigurationError, match="expected vectors of 12 numbers, .* found 5"):
        small(vectors(5), init_from=source).fit(FEW, FEW_LABELS)


@pytest.mark.parametrize("wrong", [TextClassifier(), 3, {"a": 1}])
def test_what_is_no_fitted_model_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="init_from: expected a fitted TextClassifier"):
        small(init_from=wrong).fit(FEW, FEW_LABELS)


def test_a_clone_carries_the_same_fitted_model(source: TextClassifier) -> None:
    model = clone(small(init_from=source, seed=3))
    assert model.init_from is source
    assert not hasattr(model, "network_")
    assert clone(small(WORDS)).vectors is WORDS
