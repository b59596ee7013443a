"""TextClassifier: it learns, whatever its shape; what moves; several labels, weights, company."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from reference.toy_texts import plain, small, vectors
from wordgraft.embeddings.errors import LabelledDataError
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.indexing import FIRST_WORD
from wordgraft.models.networks.wordrows import LENGTH

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = vectors()
TEXTS, LABELS = plain()
KINDS = [
    *product(("gru", "lstm", "rnn"), ("last", "max", "mean", "attention", "max+mean+attention")),
    *product(("bag",), ("mean", "max", "attention", "max+mean")),
]


@pytest.fixture(scope="module")
def fitted() -> TextClassifier:
    return small(WORDS).fit(TEXTS, LABELS)


# --- learning ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("encoder", "pooling"), KINDS)
def test_every_encoder_learns_with_every_pooling(encoder: str, pooling: str) -> None:
    model = small(WORDS, encoder=encoder, pooling=pooling, epochs=6).fit(TEXTS, LABELS)
    assert model.score(*plain(60, seed=2)) >= 0.9


@pytest.mark.parametrize("shape", [{"layers": 2}, {"bidirectional": False}, {"adversary": 0.02}])
def test_other_shapes_learn(shape: dict[str, Any]) -> None:
    assert small(WORDS, **shape).fit(TEXTS, LABELS).score(TEXTS, LABELS) >= 0.95


def rows_of(model: TextClassifier) -> dict[str, np.ndarray]:
    matrix = model.network_.embedding.weight.detach().numpy()
    return dict(zip(model.indexer_.words, matrix[FIRST_WORD:], strict=True))


def start(model: TextClassifier) -> dict[str, np.ndarray]:
    """The rows before anything was learnt: those of the same model, frozen."""
    return rows_of(small(WORDS, embeddings="frozen", epochs=1).fit(TEXTS, LABELS))


def test_frozen_rows_keep_their_bits_and_are_the_vectors_scaled(fitted: TextClassifier) -> None:
    model = small(WORDS, embeddings="frozen").fit(TEXTS, LABELS)
    assert model.score(TEXTS, LABELS) >= 0.95
    assert model.history_.stages == ("head",)
    ratios = np.concatenate([row / WORDS[word] for word, row in rows_of(model).items()])
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-5)
    matrix = model.network_.embedding.weight.detach().numpy()
    assert np.square(matrix[FIRST_WORD:]).sum(1).mean() == pytest.approx(LENGTH**2, rel=1e-3)
    assert not matrix[:FIRST_WORD].any()


@pytest.mark.parametrize("how", ["tuned", "staged"])
def test_only_rows_of_words_that_occur_move(how: str) -> None:
    model = small(WORDS, embeddings=how, validation_fraction=0.0).fit(TEXTS, LABELS)
    occur = {word for text in TEXTS for word in text.split()}
    before, after = start(model), rows_of(model)
    moved = {word for word in after if not np.array_equal(before[word], after[word])}
    assert moved == occur & set(WORDS)
    assert len(after) > len(moved)
    assert not model.network_.embedding.weight[0].any()


def test_only_the_words_to_tune_move() -> None:
    for wanted, expected in ((["dull", "good"], {"dull", "good"}), (3, {"the", "plot", "is"})):
        model = small(WORDS, tune_words=wanted, embeddings="tuned").fit(TEXTS, LABELS)
        before, after = start(model), rows_of(model)
        assert {w for w in after if not np.array_equal(before[w], after[w])} == expected


def test_staged_is_the_head_first_then_all_more_carefully(fitted: TextClassifier) -> None:
    assert fitted.history_.stages == ("head", "all")
    epochs = fitted.history_.epochs
    assert [epoch.stage for epoch in epochs] == ["head"] * 2 + ["all"] * 12
    assert list(epochs[0].rates) == ["head"]
    rates = epochs[-2].rates
    assert rates["embedding"] == pytest.approx(rates["head"] / fitted.factor)


def test_scratch_needs_no_vectors() -> None:
    model = small().fit(TEXTS, LABELS)
    assert model.history_.stages == ("all",)
    assert model.score(TEXTS, LABELS) >= 0.95
    assert set(model.indexer_.words) == {w for t in TEXTS for w in t.split()} - {"."}
    assert small(max_words=5, embeddings="scratch").fit(TEXTS, LABELS).indexer_.words[0] == "the"


def test_vectors_of_token_lists_read_token_lists() -> None:
    lists = [text.split() for text in TEXTS]
    learnt = WordVectors(WORDS.index_to_key, WORDS.vectors, tokenizer={"name": "tokens"})
    model = small(learnt, epochs=1).fit(lists, LABELS)
    assert model.report_.unknown == sum(text.count(".") for text in TEXTS)
    with pytest.raises(ValueError, match="pass tokenizer=, or token lists again"):
        small(learnt).fit(TEXTS, LABELS)


# --- kinds of labels ---------------------------------------------------------------------------


def test_three_classes_keep_their_type_and_order() -> None:
    y = [i % 3 * 5 for i in range(90)]
    texts = [f"a {('dull', 'good', 'plot')[i % 3]} film" for i in range(90)]
    model = small(WORDS).fit(texts, y)
    assert model.classes_.tolist() == [0, 5, 10]
    assert model.predict(["dull", "plot", "good"]).tolist() == [0, 10, 5]
    np.testing.assert_allclose(model.predict_proba(texts).sum(1), 1.0)
    assert model.prior_.tolist() == pytest.approx([1 / 3] * 3)


def test_several_labels_a_text() -> None:
    y = np.array([[label == "pos", i % 3 == 0] for i, label in enumerate(LABELS)])
    texts = [text + " film" * (i % 3 == 0) for i, text in enumerate(TEXTS)]
    model = small(WORDS, label_names=("praise", "film"), epochs=20).fit(texts, y)
    assert model.multilabel_
    assert model.classes_.tolist() == ["praise", "film"]
    assert model.predict(texts).dtype == np.int64
    assert model.score(texts, y) >= 0.95
    assert model.predict(["good film", "dull plot"]).tolist() == [[1, 1], [0, 0]]
    chances = model.predict_proba(["good film", "xyzzy"])
    assert chances[0].sum() > 1
    assert chances[1].tolist() == y.mean(0).tolist()


def test_a_class_that_counts_more_is_named_more_often() -> None:
    rng = np.random.default_rng(1)
    texts = ["the plot"] * 200
    y = np.where(rng.random(200) < 0.2, "rare", "usual")
    shares = [
        small(WORDS, class_weight=weight, epochs=5).fit(texts, y).predict_proba(["the plot"])[0, 0]
        for weight in (None, "balanced", {"rare": 4 * 0.8 / 0.2})
    ]
    assert shares == pytest.approx([0.2, 0.5, 0.8], abs=0.1)


# --- texts -------------------------------------------------------------------------------------


def test_texts_without_a_known_word_get_the_shares_of_the_classes() -> None:
    texts, labels = [*TEXTS, "", "xyzzy"], [*LABELS, "pos", "pos"]
    model = small(WORDS, epochs=1).fit(texts, labels)
    assert (model.report_.texts, model.report_.empty) == (122, 2)
    assert "2 texts with no known word" in str(model.report_)
    for chunks in ("head+tail", "chunks"):
        model.long_texts = chunks
        found = model.predict_proba(["", "xyzzy", "good"])
        np.testing.assert_array_equal(found[:2], [model.prior_] * 2)
        assert found[2].tolist() != model.prior_.tolist()
    assert model.predict([""]).tolist() == ["pos"]
    read = model.read(["", "good xyzzy"])
    assert (read.texts, read.empty, read.words, read.unknown) == (2, 1, 2, 1)


def test_an_answer_is_the_same_in_any_company(fitted: TextClassifier) -> None:
    others = [*plain(40, seed=5)[0], "", "good " * 300]
    together = fitted.predict_proba(others)
    alone = np.concatenate([fitted.predict_proba([text]) for text in others])
    np.testing.assert_allclose(alone, together, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(fitted.predict_proba(others[::-1])[::-1], together, rtol=1e-5)


def test_no_texts_no_answers(fitted: TextClassifier) -> None:
    assert fitted.predict([]).shape == (0,)
    assert fitted.predict_proba([]).shape == (0, 2)


def test_chunks_are_read_whole_and_averaged() -> None:
    texts = [f"the plot is {text.split()[-1]} the plot the plot" for text in TEXTS]
    cut = small(WORDS, max_length=4, pooling="max").fit(texts, LABELS)
    whole = small(WORDS, max_length=4, pooling="max", long_texts="chunks", epochs=20)
    whole.fit(texts, LABELS)
    assert cut.score(texts, LABELS) < 0.7
    assert whole.score(texts, LABELS) > 0.9
    parts = ["good plot the plot is the", "plot dull plot the plot is"]
    whole.max_length = 6
    one, two = (whole._answers([part])[0] for part in parts)
    np.testing.assert_allclose(whole._answers([" ".join(parts)])[0], (one + two) / 2, rtol=1e-4)


@pytest.mark.parametrize(
    "texts", ["one text", {"a": 1}, [1, 2], [["a", 2]], [None], [float("nan")]]
)
def test_what_are_no_texts_is_refused(fitted: TextClassifier, texts: Any) -> None:
    with pytest.raises(TypeError, match="expected"):
        fitted.predict(texts)
    with pytest.raises(TypeError, match="expected"):
        small(WORDS).fit(texts, ["a", "b"])


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(LabelledDataError, match="do tokenizer and letter case fit the vectors"):
        small(WORDS, tokenizer="whitespace").fit(["GOOD", "DULL"], ["a", "b"])
    with pytest.raises(LabelledDataError, match="found 2 texts and 3 labels"):
        small(WORDS).fit(["good", "dull"], ["a", "b", "a"])


def test_before_fitting_there_are_no_answers() -> None:
    model = TextClassifier(WORDS)
    for call in (model.predict, model.predict_proba, model.read):
        with pytest.raises(NotFittedError):
            call(["x"])
    with pytest.raises(NotFittedError):
        model.save("nowhere")


# --- the same again ----------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits_however_often() -> None:
    settings = {"epochs": 2, "embedding_dropout": 0.3, "head_dropout": 0.3}
    model = small(WORDS, **settings).fit(TEXTS, LABELS)
    before = {name: t.clone() for name, t in model.network_.state_dict().items()}
    torch.rand(3)
    again = small(WORDS, **settings).fit(TEXTS, LABELS)
    other = small(WORDS, **settings, seed=1).fit(TEXTS, LABELS)
    model.fit(TEXTS, LABELS)
    for name, tensor in before.items():
        assert torch.equal(tensor, again.network_.state_dict()[name]), name
        assert torch.equal(tensor, model.network_.state_dict()[name]), name
    assert not torch.equal(before["head.weight"], other.network_.state_dict()["head.weight"])


def test_little_is_enough_to_learn_from() -> None:
    both = WordVectors(["good", "dull"], np.eye(2, 12, dtype=np.float32))
    model = small(both).fit(["good", "dull"], ["pos", "neg"])
    assert model.report_.held_out == 0
    assert model.predict(["dull", "good"]).tolist() == ["neg", "pos"]
