"""What brings two domains closer: against formulas, other programs, and simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from reference.toy_domains import SHARED, moved_blobs, reviews
from wordgraft.embeddings.errors import ConfigurationError, DomainError, LabelledDataError
from wordgraft.models.domains.axes import principal_axes
from wordgraft.models.domains.counts import DomainTfidf
from wordgraft.models.domains.data import DomainTransformer, short_indices
from wordgraft.models.domains.denoising import MarginalizedDenoising, denoising_map
from wordgraft.models.domains.metric import DomainMetric, Pairs, _drawn, logdet_metric
from wordgraft.models.domains.moments import CORAL, DomainScaler
from wordgraft.models.domains.pivots import StructuralCorrespondence, mutual_information
from wordgraft.models.domains.subspace import SubspaceAlignment

ALL: list[DomainTransformer] = [
    DomainTfidf(), DomainScaler(), CORAL(), SubspaceAlignment(n_components=3),
    MarginalizedDenoising(pivots=5), StructuralCorrespondence(pivots=5, min_rows=1),
    DomainMetric(pairs=50),
]  # fmt: skip


def not_applicable(step: Any) -> dict[str, str]:
    """Return the checks that can't hold, with the reason."""
    if isinstance(step, (StructuralCorrespondence, DomainMetric)):
        return {"check_fit2d_1sample": "one row has one class, which is what the error says"}
    return {}


@parametrize_with_checks(ALL, expected_failed_checks=not_applicable)
def test_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


# --- the two domains --------------------------------------------------------------------------


@pytest.mark.parametrize("step", ALL, ids=lambda step: type(step).__name__)
def test_domains_that_do_not_fit_are_refused(step: Any) -> None:
    X, y, Xt, _ = reviews(40)
    with pytest.raises(DomainError, match="in the 80 columns of the source, found 7: .*swapped"):
        step.fit(X, y, Xt[:, :7])
    nothing = sp.csr_matrix(Xt.shape)
    with pytest.raises(DomainError, match="share none of their 80 features"):
        step.fit(X, y, nothing)
    broken = Xt.toarray()
    broken[3, 2] = np.nan
    with pytest.raises(DomainError, match="the target: Input Xt contains NaN"):
        step.fit(X, y, broken)
    with pytest.raises(ConfigurationError, match='"source" or "target", found \'both\''):
        step.fit(X, y, Xt).transform(Xt, domain="both")


@pytest.mark.parametrize("step", ALL, ids=lambda step: type(step).__name__)
def test_sparse_and_dense_rows_give_the_same(step: Any) -> None:
    X, y, Xt, _ = reviews(60)
    kept = X.copy(), Xt.copy()
    sparse = [step.fit_transform(X, y, Xt), step.transform(Xt)]
    full = [step.fit_transform(X.toarray(), y, Xt.toarray()), step.transform(Xt.toarray())]
    for one, other in zip(sparse, full, strict=True):
        plain = [p.toarray() if sp.issparse(p) else p for p in (one, other)]
        np.testing.assert_allclose(*plain, atol=1e-8)
    assert (kept[0] != X).nnz == 0
    assert (Xt != kept[1]).nnz == 0


def test_long_indices_are_made_short_where_they_can_be() -> None:
    X, *_ = reviews(20)
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    found = short_indices(X)
    assert found.indices.dtype == found.indptr.dtype == np.int32
    assert X.indices.dtype == np.int64
    LogisticRegression(solver="liblinear").fit(DomainTfidf().fit_transform(X), np.arange(20) % 2)


def test_steps_stand_in_a_pipeline_of_scikit_learn() -> None:
    X, y, Xt, yt = moved_blobs()
    plain = LogisticRegression().fit(X, y).score(Xt, yt)
    pipeline = make_pipeline(CORAL(regularization=0), LogisticRegression()).fit(X, y, coral__Xt=Xt)
    assert pipeline.score(Xt, yt) > max(0.9, plain + 0.1)


# --- moments ----------------------------------------------------------------------------------


def test_coral_gives_the_source_the_mean_and_covariance_of_the_target() -> None:
    X, _, Xt, _ = moved_blobs()
    step = CORAL(regularization=0)
    aligned = step.fit_transform(X, Xt=Xt)
    np.testing.assert_allclose(np.cov(aligned.T), np.cov(Xt.T), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(aligned.mean(0), Xt.mean(0), atol=1e-10)
    assert not np.allclose(np.cov(X.T), np.cov(Xt.T), rtol=0.2)
    assert step.transform(Xt) is not None
    np.testing.assert_array_equal(step.transform(Xt), Xt)


def test_coral_by_products_of_rows_is_the_formula_of_the_paper() -> None:
    rng = np.random.default_rng(1)
    X, Xt = rng.normal(size=(7, 12)) + 1, rng.normal(size=(9, 12)) * 2
    step = CORAL(regularization=0.5, center=False)
    found = step.fit_transform(X, Xt=Xt)
    added = np.eye(12) * 0.5 * (np.trace(np.cov(X.T)) + np.trace(np.cov(Xt.T))) / 24
    assert step.added_ == pytest.approx(added[0, 0])
    power = scipy.linalg.fractional_matrix_power
    by_paper = power(np.cov(X.T) + added, -0.5) @ power(np.cov(Xt.T) + added, 0.5)
    expected = (X - X.mean(0)) @ by_paper + X.mean(0)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    more = rng.normal(size=(3, 12))  # outside of what the source's rows span
    expected = (more - X.mean(0)) @ by_paper + X.mean(0)
    np.testing.assert_allclose(step.transform(more, domain="source"), expected, atol=1e-8)


def test_coral_says_when_a_covariance_is_singular() -> None:
    X, _, Xt, _ = moved_blobs(width=4)
    Xt[:, 2] = Xt[:, 1]
    with pytest.raises(DomainError, match="of the target is singular: .*3 directions .* 4 columns"):
        CORAL(regularization=0).fit(X, Xt=Xt)
    CORAL(regularization=1e-3).fit(X, Xt=Xt)
    with pytest.raises(DomainError, match="at least two rows in each domain, found 1"):
        CORAL().fit(X, Xt=Xt[:1])


def test_scaler_standardises_each_domain_by_itself() -> None:
    X, _, Xt, _ = moved_blobs()
    step = DomainScaler(floor=0)
    for rows in (step.fit_transform(X, Xt=Xt), step.transform(Xt)):
        np.testing.assert_allclose(rows.mean(0), 0, atol=1e-10)
        np.testing.assert_allclose(rows.std(0), 1)
    counts, _, others, _ = reviews(50)
    scaled = DomainScaler(center=False).fit(counts, Xt=others).transform(others)
    assert sp.issparse(scaled)
    assert scaled.nnz == others.nnz


def test_axes_are_those_of_pca_whichever_way_they_are_found() -> None:
    rng = np.random.default_rng(0)
    for shape in ((30, 8), (8, 30)):
        rows = rng.normal(size=shape) * np.linspace(1, 3, shape[1]) + 5
        own = PCA(svd_solver="full").fit(rows)
        found = principal_axes(sp.csr_matrix(rows))
        size = len(found.variances)
        assert size == min(shape[0] - 1, shape[1])
        np.testing.assert_allclose(found.variances, own.explained_variance_[:size])
        signs = np.abs((found.directions * own.components_[:size].T).sum(0))
        np.testing.assert_allclose(signs, 1)
        assert found.total == pytest.approx(rows.var(0, ddof=1).sum())


def test_subspaces_are_aligned_by_the_product_of_their_bases() -> None:
    X, _, Xt, _ = moved_blobs()
    step = SubspaceAlignment(n_components=3)
    source, target = step.fit_transform(X, Xt=Xt), step.transform(Xt)
    own, other = PCA(3).fit(X), PCA(3).fit(Xt)
    # The signs of axes are arbitrary; products of rows are not.
    turned = own.transform(X) @ own.components_ @ other.components_.T
    np.testing.assert_allclose(source @ target.T, turned @ other.transform(Xt).T, atol=1e-8)
    assert SubspaceAlignment(n_components=50).fit_transform(X, Xt=Xt).shape[1] == 6


# --- counts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("idf", ["union", "target", "source"])
def test_idf_counts_the_texts_it_is_told_to(idf: Any) -> None:
    X, _, Xt, _ = reviews(50)
    counted = {"union": sp.vstack([X, Xt]), "target": Xt, "source": X}[idf]
    other = TfidfTransformer(sublinear_tf=True).fit(counted)
    step = DomainTfidf(idf=idf, terms="log").fit(X, Xt=Xt)
    np.testing.assert_allclose(step.transform(Xt).toarray(), other.transform(Xt).toarray())
    assert step.symmetric == (idf == "union")
    with pytest.raises(DomainError, match="expected counts of words, found -"):
        step.fit(-X, Xt=Xt)


def test_denoising_is_the_mean_over_all_ways_to_lose_features() -> None:
    rng = np.random.default_rng(0)
    noise = 0.4
    for rows, width in ((40, 5), (4, 9)):
        x = rng.poisson(1.0, size=(rows, width)).astype(float)
        found = denoising_map(sp.csr_matrix(x), np.array([0, 2]), noise=noise, regularization=1e-2)
        copies = 4000
        lost = np.tile(x, (copies, 1)) * (rng.random((rows * copies, width)) > noise)
        ones = np.hstack([lost, np.ones((len(lost), 1))])
        inner = ones.T @ ones / copies + 1e-2 * np.eye(width + 1)
        right = ones.T @ np.tile(x[:, [0, 2]], (copies, 1)) / copies
        np.testing.assert_allclose(found, np.linalg.solve(inner, right), atol=0.03)


def test_denoising_lets_words_of_the_target_speak() -> None:
    X, y, Xt, yt = reviews()
    plain = LogisticRegression().fit(DomainTfidf().fit_transform(X, Xt=Xt), y)
    tfidf = DomainTfidf().fit(X, Xt=Xt)
    source, target = tfidf.transform(X), tfidf.transform(Xt)
    step = MarginalizedDenoising(noise=0.9, pivots=2 * SHARED + 20)
    adapted = LogisticRegression().fit(step.fit_transform(source, y, target), y)
    gain = adapted.score(step.transform(target), yt) - plain.score(target, yt)
    assert gain > 0.05
    two = MarginalizedDenoising(layers=2, pivots=7, keep_input=False)
    assert two.fit_transform(source, y, target).shape == (300, 14)


def test_pivots_are_shared_words_that_tell_the_classes_apart() -> None:
    X, y, Xt, yt = reviews()
    step = StructuralCorrespondence(pivots=2 * SHARED, n_components=4)
    source = step.fit_transform(X, y, Xt)
    assert step.pivots_.tolist() == list(range(2 * SHARED))
    assert source.shape == (300, 84)
    new = LogisticRegression().fit(source[:, 80:], y)
    assert new.score(step.transform(Xt)[:, 80:], yt) > 0.6
    assert not step.directions_[step.pivots_].any()  # foretold by the others alone
    heavier = StructuralCorrespondence(pivots=2 * SHARED, n_components=4, weight=3.0)
    more = heavier.fit_transform(X, y, Xt)[:, 80:].toarray()
    np.testing.assert_allclose(more, 3 * source[:, 80:].toarray())
    both = np.vstack([more, heavier.transform(Xt)[:, 80:].toarray()])
    assert np.square(both).sum(1).mean() == pytest.approx(9.0)
    own = [mutual_info_score(y, (X[:, [i]].toarray() > 0).ravel()) for i in range(80)]
    np.testing.assert_allclose(mutual_information(X, y), own, atol=1e-12)
    with pytest.raises(DomainError, match="no feature stands in min_rows=299 rows of both"):
        StructuralCorrespondence(min_rows=299).fit(X, y, Xt)
    with pytest.raises(LabelledDataError, match="at least two classes, found 1"):
        step.fit(X, np.ones(300), Xt)
    with pytest.raises(DomainError, match="found 300 rows and 299 labels"):
        step.fit(X, y[:-1], Xt)


# --- the metric -------------------------------------------------------------------------------


def test_a_pair_that_should_be_nearer_comes_to_its_bound() -> None:
    pair = Pairs(np.array([[3.0, 0.0]]), np.array([True]))
    metric = logdet_metric(pair, near=1.0, far=9.0, gamma=1e9, sweeps=100)
    # With one strict pair the LogDet projection has a closed form: only that direction shrinks.
    np.testing.assert_allclose(metric, np.diag([1 / 9, 1.0]), rtol=1e-6)
    pair = Pairs(np.array([[1.0, 0.0]]), np.array([False]))
    metric = logdet_metric(pair, near=1.0, far=4.0, gamma=1e9, sweeps=100)
    np.testing.assert_allclose(metric, np.diag([4.0, 1.0]), rtol=1e-6)
    # Where slack costs as much as the metric, both give way: 2 / (1 / 9 + 1 / 1) = 1.8.
    pair = Pairs(np.array([[3.0, 0.0]]), np.array([True]))
    metric = logdet_metric(pair, near=1.0, far=9.0, gamma=1.0, sweeps=200)
    np.testing.assert_allclose(metric, np.diag([1.8 / 9, 1.0]), rtol=1e-3)
    fits = Pairs(np.array([[0.5, 0.0]]), np.array([True]))
    np.testing.assert_array_equal(
        logdet_metric(fits, near=1.0, far=4.0, gamma=1.0, sweeps=9), np.eye(2)
    )


def test_pairs_are_of_one_class_or_of_two_as_they_say() -> None:
    numbers, others = np.arange(30) % 3, np.array([0, 1, -1, 1, 2])
    found = _drawn(numbers[:, None] * 1.0, others[:, None] * 1.0, numbers, others, 100, 0)
    assert ((found.differences[:, 0] == 0) == found.same).all()
    assert found.same.sum() == 50
    assert np.abs(found.differences).max() == 2  # never one whose class nobody knows: 3


def test_the_metric_learns_from_a_few_labels_of_the_target() -> None:
    X, y, _, _ = moved_blobs(width=8, seed=3)
    Xt, yt = X.copy(), y
    X, y, Xt, yt = X[:100], y[:100], Xt[100:], yt[100:]
    Xt = Xt + np.r_[0, 4, np.zeros(6)]  # a direction that says the domain, not the class
    few: list[Any] = [int(one) if i < 20 else None for i, one in enumerate(yt)]
    step = DomainMetric(pairs=600, sweeps=50).fit(X, y, Xt, few)
    assert np.linalg.eigvalsh(step.metric_).min() > 0
    np.testing.assert_allclose(step.root_ @ step.root_, step.metric_, atol=1e-8)
    assert step.metric_[1, 1] < 0.5 * step.metric_[0, 0]
    distances = np.square(X[:, None] - Xt[None]).sum(-1)
    assert (step.near_, step.far_) == pytest.approx(
        tuple(np.percentile(distances, (5, 95))), rel=0.1
    )
    assert not step.guessed_
    assert DomainMetric(pairs=200).fit(X, y, Xt).guessed_
    with pytest.raises(ConfigurationError, match="yt: expected classes of the source, 0, 1, or"):
        step.fit(X, y, Xt, [*few[:-1], "odd"])
    with pytest.raises(DomainError, match="100 rows and 99 labels"):
        step.fit(X, y, Xt, few[:-1])
    with pytest.raises(DomainError, match="expected the class of some rows"):
        step.fit(X, y, Xt, [None] * 100)
    DomainMetric(pairs=20).fit(X, np.r_[np.zeros(99, int), 1], Xt, [0, *[None] * 99])
    with pytest.raises(DomainError, match="at most 2,000 columns, found 2,001"):
        step.fit(np.ones((4, 2001)), [0, 1, 0, 1], np.ones((4, 2001)))


# --- settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (DomainTfidf(idf="both", terms="x"), "idf: .*; terms: "),  # type: ignore[arg-type]
        (DomainScaler(floor=-1), "floor: expected a number from 0, found -1"),
        (CORAL(regularization=float("nan")), "regularization: "),
        (SubspaceAlignment(n_components=0), "n_components: expected a whole number from 1"),
        (MarginalizedDenoising(noise=1, layers=0, pivots=0, regularization=0),
         "noise: .* 0 to 0.999, found 1; layers: .*; pivots: .*; regularization: .* above 0"),
        (StructuralCorrespondence(pivots=0, n_components=0, min_rows=0, regularization=0, weight=0),
         "pivots: .*; n_components: .*; min_rows: .*; regularization: .*; weight: "),
        (DomainMetric(pairs=1, gamma=0, sweeps=0, share=0, seed=-1),
         "pairs: .*; gamma: .*; sweeps: .*; share: .*; seed: "),
    ],
)  # fmt: skip
def test_all_wrong_settings_are_named_at_once(step: Any, said: str) -> None:
    X, y, Xt, _ = moved_blobs(20)
    with pytest.raises(ConfigurationError, match=said):
        step.fit(X, y, Xt)
