"""Rows stretched along a collection's principal directions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.few_labels.principal import PrincipalScaler

RNG = np.random.default_rng(5)
MIXED = RNG.normal(size=(400, 6)) * [5, 3, 2, 1, 0.5, 0.1] @ RNG.normal(size=(6, 6)) + 7


@parametrize_with_checks([PrincipalScaler(), PrincipalScaler(power=-1)])
def test_it_keeps_the_contract(estimator: PrincipalScaler, check) -> None:  # type: ignore[no-untyped-def]
    check(estimator)


@pytest.mark.parametrize("power", [-1, -0.5, 0, 0.5, 1])
def test_distances_are_those_of_scaled_principal_components(power: float) -> None:
    """Turned, the rows are scikit-learn's components times the power of their deviations."""
    found = PrincipalScaler(power=power).fit_transform(MIXED)
    components = PCA().fit_transform(MIXED)
    wanted = components * components.std(axis=0) ** power
    wanted /= np.sqrt((wanted**2).sum(axis=1).mean())
    np.testing.assert_allclose(found @ found.T, wanted @ wanted.T, atol=1e-8)
    assert np.isclose((found**2).sum(axis=1).mean(), 1)
    assert np.allclose(found.mean(axis=0), 0)


def test_other_rows_are_seen_from_the_collection() -> None:
    scaler = PrincipalScaler(power=1).fit(MIXED)
    np.testing.assert_allclose(scaler.transform(MIXED[:3]), scaler.transform(MIXED)[:3])
    small = scaler.transform(MIXED.astype(np.float32))
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, scaler.transform(MIXED), atol=1e-4)


def test_a_direction_without_variance_stays_nothing() -> None:
    flat = np.hstack([MIXED, MIXED[:, :1] * 2, np.full((400, 1), 3.0)])
    for power in (-1, 1):
        found = PrincipalScaler(power=power).fit_transform(flat)
        assert np.isfinite(found).all()
        assert np.allclose(found[:, -1], 0)


def test_few_labels_learn_more_where_classes_lie_along_the_spread() -> None:
    rows = RNG.normal(size=(3000, 40))
    labels = RNG.integers(0, 2, 3000)
    rows[:, 0] += 3 * (labels * 2 - 1)

    def right(power: float) -> float:
        seen = PrincipalScaler(power=power).fit_transform(rows)
        draws = [np.random.default_rng(i).permutation(3000)[:12] for i in range(20)]
        heads = [LogisticRegression().fit(seen[d], labels[d]) for d in draws]
        return float(np.mean([head.score(seen, labels) for head in heads]))

    assert right(1) > right(0) + 0.02 > right(-1)


def test_bad_input_is_told() -> None:
    for power in (-2, 3, True, "1", None, float("nan")):
        with pytest.raises(ConfigurationError, match="power: expected a number from -1 to 2"):
            PrincipalScaler(power=power).fit(MIXED)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="all 5 rows are the same"):
        PrincipalScaler().fit(np.ones((5, 3)))
