"""A classifier learnt in one language and used in another, made of the first by a turn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils import estimator_checks as checks

from reference.toy_texts import plain, vectors
from wordgraft.embeddings.align import align
from wordgraft.embeddings.errors import ConfigurationError, DomainError
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.models.bilingual import BilingualVectorizer
from wordgraft.models.domains.moments import CORAL
from wordgraft.models.domains.pipeline import AdaptedClassifier

ENGLISH = vectors()


def abroad(word: str) -> str:
    return f"{word[::-1]}o" if word.isalpha() else word


def foreign() -> WordVectors:
    """The same world in another tongue and another space, with noise and an offset of its own."""
    rng = np.random.default_rng(5)
    turn = np.linalg.qr(rng.normal(size=(ENGLISH.vector_size,) * 2))[0]
    rows = ENGLISH.vectors @ turn + 0.02 * rng.normal(size=ENGLISH.vectors.shape) + 0.5
    order = rng.permutation(len(ENGLISH))
    words = [abroad(word) for word in ENGLISH.index_to_key]
    return WordVectors([words[i] for i in order.tolist()], rows[order].astype(np.float32))


OTHER = foreign()
PAIRS = [(word, abroad(word)) for word in ENGLISH.index_to_key[:30]]
TEXTS, LABELS = plain(80)
THEIRS, THEIR_LABELS = plain(80, seed=9)
TRANSLATED = [" ".join(map(abroad, text.split())) for text in THEIRS]


def accuracy(source: WordVectors, target: WordVectors, *more: Any, **settings: Any) -> float:
    texts = BilingualVectorizer(source, target, **settings)
    model = AdaptedClassifier([("texts", texts), *more]).fit(TEXTS, LABELS, TRANSLATED)
    return float((model.predict(TRANSLATED) == np.array(THEIR_LABELS)).mean())


def test_a_classifier_is_carried_to_another_language() -> None:
    spaces = align(ENGLISH, OTHER, PAIRS)
    carried = accuracy(spaces.source, spaces.target)
    assert carried > 0.95
    assert carried > accuracy(ENGLISH, OTHER) + 0.2


def test_other_steps_and_weightings_go_with_it() -> None:
    spaces = align(ENGLISH, OTHER, PAIRS)
    assert accuracy(spaces.source, spaces.target, ("coral", CORAL())) > 0.9
    assert accuracy(spaces.source, spaces.target, weighting="mean") > 0.9


def test_each_side_is_read_and_centred_by_itself() -> None:
    spaces = align(ENGLISH, OTHER, PAIRS)
    texts = BilingualVectorizer(spaces.source, spaces.target, normalize=False)
    rows = texts.fit_transform(TEXTS, None, TRANSLATED)
    others = texts.transform(TRANSLATED)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(others.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_array_equal(texts.transform(TEXTS, domain="source"), rows)
    assert rows.shape == (80, 12)
    assert texts.target_.report_ is not None


def test_mistakes_are_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        BilingualVectorizer(ENGLISH, weighting="auto").fit(TEXTS, None, TRANSLATED)
    assert len(caught.value.problems) == 2
    assert caught.value.problems[0] == "target: expected WordVectors, as align gives them"
    short = WordVectors(["a"], [[1.0, 2.0]])
    with pytest.raises(ConfigurationError, match="found 12 numbers in the source and 2 in the tar"):
        BilingualVectorizer(ENGLISH, short).fit(TEXTS, None, TRANSLATED)
    with pytest.raises(ConfigurationError, match="empty: expected one of"):
        BilingualVectorizer(ENGLISH, OTHER, empty="what").fit(TEXTS, None, TRANSLATED)
    with pytest.raises(DomainError, match="expected rows of the target"):
        BilingualVectorizer(ENGLISH, OTHER).fit(TEXTS)


CHECKS = (
    "check_no_attributes_set_in_init", "check_parameters_default_constructible",
    "check_estimator_repr", "check_estimator_get_tags_default_keys", "check_valid_tag_types",
    "check_get_params_invariance", "check_set_params", "check_estimator_cloneable",
    "check_mixin_order", "check_do_not_raise_errors_in_init_or_set_param",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in CHECKS if hasattr(checks, name)])
def test_checks_of_scikit_learn(name: str) -> None:
    check: Any = getattr(checks, name)
    check("BilingualVectorizer", BilingualVectorizer())


def test_a_copy_has_the_settings_and_nothing_learnt() -> None:
    texts = BilingualVectorizer(ENGLISH, OTHER, weighting="mean").fit(TEXTS, None, TRANSLATED)
    copy: Any = clone(texts)
    assert copy.source is ENGLISH
    assert copy.weighting == "mean"
    assert not hasattr(copy, "source_")
