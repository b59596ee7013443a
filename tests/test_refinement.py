"""Classes found again in unlabelled documents: centres, growing parts, sizes."""

from __future__ import annotations

import numpy as np

from wordgraft.models.few_labels.refinement import balancing, refine, shares_of


def _spheres(sizes: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(sizes)), sizes)
    rows = 3.0 * np.eye(len(sizes), 8)[y] + rng.standard_normal((len(y), 8))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), y


def test_centres_of_a_full_round_are_spherical_means() -> None:
    documents_, y = _spheres((40, 40))
    guess = np.eye(2, dtype=np.float32)[y]
    found = refine(documents_, guess, rounds=20, balance=0.0, anchor=0.0)
    shares = shares_of(documents_ @ found.centres.T, found.bias, sharpness=20.0)
    middle = shares.T @ documents_
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    np.testing.assert_allclose(found.centres, middle, atol=1e-3)
    assert found.changed[-1] == 0.0


def test_the_first_round_takes_the_surest_tenth_of_each_class() -> None:
    documents_, y = _spheres((20, 30))
    sure = np.random.default_rng(4).random(50).astype(np.float32)
    found = refine(documents_, sure[:, None] * np.eye(2)[y], rounds=1, balance=0.0)
    for number, kept in ((0, 2), (1, 3)):
        own = np.flatnonzero(y == number)
        middle = documents_[own[np.argsort(-sure[own])[:kept]]].sum(axis=0)
        np.testing.assert_allclose(
            found.centres[number], middle / np.linalg.norm(middle), atol=1e-5
        )


def test_a_heavy_anchor_holds_documents_where_the_guess_has_them() -> None:
    documents_, y = _spheres((40, 40))
    other = (np.arange(80) % 2).astype(int)  # against what the documents say
    found = refine(documents_, np.eye(2, dtype=np.float32)[other], rounds=20, balance=0, anchor=50)
    middle = np.eye(2)[other].T @ documents_
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    np.testing.assert_allclose(found.centres, middle, atol=1e-4)
    assert found.changed[-1] == 0.0
    assert (y != other).any()


def test_balancing_reaches_the_sizes_asked_for() -> None:
    rng = np.random.default_rng(1)
    scores = 0.1 * rng.standard_normal((500, 3)) + [0.3, 0.1, 0.0]
    plain = shares_of(scores, np.zeros(3), sharpness=20.0).mean(axis=0)
    for balance in (0.5, 1.0):
        bias = balancing(scores, sharpness=20.0, balance=balance)
        wanted = plain ** (1 - balance)
        found = shares_of(scores, bias, sharpness=20.0).mean(axis=0)
        np.testing.assert_allclose(found, wanted / wanted.sum(), atol=0.01)
    assert not balancing(scores, sharpness=20.0, balance=0.0).any()


def test_classes_of_other_sizes_survive() -> None:
    documents_, y = _spheres((200, 20, 60), seed=2)
    guess = (np.eye(3)[y] + 1.6 * np.random.default_rng(3).random((len(y), 3))).astype(np.float32)
    found = refine(documents_, guess, rounds=12, balance=0.0)
    shares = shares_of(documents_ @ found.centres.T, found.bias, sharpness=20.0)
    assert not found.bias.any()
    assert (shares.argmax(axis=1) == y).mean() > 0.9 > (guess.argmax(axis=1) == y).mean()


def test_a_class_that_nobody_chooses_gets_its_surest_document() -> None:
    documents_, _ = _spheres((30, 30))
    guess = np.tile(np.array([0.5, -0.5], np.float32), (60, 1))
    found = refine(documents_, guess, rounds=1, balance=0.0)
    assert np.isfinite(found.centres).all()
    assert found.centres.any(axis=1).all()
