"""Random numbers, subsampling, windows and noise words against their twins and their laws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from reference import sampling as reference
from reference.guarded import Guard
from wordgraft.embeddings.kernels import sampling

ALL = 2**32 - 1


@pytest.fixture(autouse=True)
def _wrapping() -> Iterator[None]:
    """Unsigned sums wrap round; NumPy says so when tests run without the compiler."""
    with np.errstate(over="ignore"):
        yield


def state(seed: int) -> np.ndarray:
    return np.array([seed], np.uint64)


def unlikely(observed: np.ndarray, shares: np.ndarray) -> bool:
    """Tell whether counts differ from their expectation as they would once in 10,000 times."""
    return chisquare(observed, shares / shares.sum() * observed.sum()).pvalue < 1e-4


# --- numbers ---------------------------------------------------------------------------------

# The first outputs of the reference implementation for seeds 0 and 1234567: Steele, Lea & Flood
# 2014 as in Java's SplittableRandom, and Vigna's splitmix64.c (prng.di.unimi.it/splitmix64.c).
GOLDEN = {
    0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC],
    1234567: [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ],
}


@pytest.mark.parametrize("seed", GOLDEN)
def test_numbers_are_those_published(seed: int) -> None:
    rng, twin = state(seed), reference.SplitMix64(seed)
    assert [int(sampling.next_u64(rng)) for _ in GOLDEN[seed]] == GOLDEN[seed]
    assert [twin.next() for _ in GOLDEN[seed]] == GOLDEN[seed]
    assert int(rng[0]) == twin.state


@given(seed=st.integers(0, 2**64 - 1))
def test_numbers_equal_twin(seed: int) -> None:
    rng, twin = state(seed), reference.SplitMix64(seed)
    for _ in range(3):
        assert int(sampling.next_u64(rng)) == twin.next()


# --- thinning and windows ----------------------------------------------------------------------


def kernel_keep(
    sentences: list[list[int]],
    keep: list[int],
    window: int,
    rng: np.ndarray,
    span: tuple[int, int] | None = None,
) -> list[reference.Position]:
    guard = Guard()
    first, last = span or (0, len(sentences))
    tokens = np.array([word for sentence in sentences for word in sentence], np.int32)
    offsets = np.cumsum([0, *map(len, sentences)])
    most = int(offsets[last] - offsets[first])
    out = [guard.array(np.full(most, -7, np.int32)) for _ in range(3)]
    words = guard.array(np.array(keep, np.uint32))
    n = sampling.keep_tokens(
        guard.array(tokens), guard.array(offsets), first, last, words, window, rng, *out
    )
    assert guard.broken() == []
    return [
        reference.Position(*numbers)
        for numbers in zip(*(array[:n].tolist() for array in out), strict=True)
    ]


_SENTENCES = st.lists(st.lists(st.integers(0, 4), max_size=12), min_size=1, max_size=6)


@given(
    sentences=_SENTENCES,
    keep=st.lists(st.sampled_from([0, 2**30, 2**31, ALL]), min_size=5, max_size=5),
    window=st.integers(1, 20),
    seed=st.integers(0, 2**64 - 1),
    data=st.data(),
)
def test_keep_tokens_equals_twin(
    sentences: list[list[int]], keep: list[int], window: int, seed: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(sentences)))
    last = data.draw(st.integers(first, len(sentences)))
    rng, twin = state(seed), reference.SplitMix64(seed)
    found = kernel_keep(sentences, keep, window, rng, (first, last))
    assert found == reference.keep_tokens(sentences[first:last], keep, window, twin)
    assert int(rng[0]) == twin.state


@given(sentences=_SENTENCES, window=st.integers(1, 20), seed=st.integers(0, 2**64 - 1))
def test_windows_stay_in_their_sentence_and_within_reach(
    sentences: list[list[int]], window: int, seed: int
) -> None:
    """Said of the kernel alone: the twin could share its mistake."""
    found = kernel_keep(sentences, [ALL] * 5, window, state(seed))
    owner = [s for s, sentence in enumerate(sentences) for _ in sentence]
    assert [p.word for p in found] == [word for sentence in sentences for word in sentence]
    for t, position in enumerate(found):
        assert position.low <= t < position.high
        assert set(owner[position.low : position.high]) == {owner[t]}
        assert max(t - position.low, position.high - 1 - t) <= window
        if len(sentences[owner[t]]) > 1:  # a window of at least 1 finds somebody
            assert position.high - position.low > 1


@pytest.mark.parametrize("window", [1, 2, 5, 10])
def test_reach_is_even_from_one_to_window_and_the_same_on_both_sides(window: int) -> None:
    found = kernel_keep([[0] * 20_000], [ALL], window, state(5))[window:-window]
    left = np.array([t - p.low for t, p in enumerate(found, window)])
    right = np.array([p.high - 1 - t for t, p in enumerate(found, window)])
    np.testing.assert_array_equal(left, right)
    counts = np.bincount(left, minlength=window + 1)
    assert counts[0] == 0
    assert len(counts) == window + 1
    assert window == 1 or not unlikely(counts[1:], np.ones(window))


def test_words_are_kept_as_often_as_their_threshold_says() -> None:
    chances = np.array([0.02, 0.3, 0.5, 0.97])
    keep = [*(chances * 2**32).astype(np.int64).tolist(), 0, ALL]
    n = 40_000
    found = kernel_keep([list(range(6)) * n], keep, 5, state(17))
    kept = np.bincount([p.word for p in found], minlength=6)
    assert kept[4:].tolist() == [0, n]
    for count, chance in zip(kept, chances, strict=False):
        assert not unlikely(np.array([count, n - count]), np.array([chance, 1 - chance]))


def test_reach_does_not_depend_on_being_kept() -> None:
    """Both come from one number: a rare word's windows must be as even as all others."""
    found = kernel_keep([[0] * 200_000], [2**32 // 20], 5, state(3))
    reach = np.array([p.high - 1 - t for t, p in enumerate(found)])[5:-5]
    assert len(reach) > 9_000
    assert not unlikely(np.bincount(reach)[1:], np.ones(5))


def test_compiled_equals_plain_python() -> None:
    """The source as Python reads it: what the compiler makes of it must be the same."""
    plain = getattr(sampling.keep_tokens, "py_func", sampling.keep_tokens)
    tokens, offsets = np.arange(60, dtype=np.int32) % 4, np.array([0, 7, 7, 60])
    keep = np.array([ALL, 2**31, 2**30, 0], np.uint32)
    results = []
    for function in (sampling.keep_tokens, plain):
        out, rng = [np.zeros(60, np.int32) for _ in range(3)], state(11)
        n = function(tokens, offsets, 0, 3, keep, 5, rng, *out)
        results.append([n, int(rng[0]), *(array[:n].tolist() for array in out)])
    assert results[0] == results[1]
    plain = getattr(sampling.build_alias, "py_func", sampling.build_alias)
    shares = np.random.default_rng(1).dirichlet(np.ones(50))
    limits, aliases = np.zeros(50, np.uint32), np.zeros(50, np.int32)
    plain(shares, limits, aliases)
    for found, expected in zip((limits, aliases), table(shares), strict=True):
        np.testing.assert_array_equal(found, expected)


# --- noise words -------------------------------------------------------------------------------


def table(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    guard = Guard()
    limits = guard.array(np.zeros(len(weights), np.uint32))
    aliases = guard.array(np.full(len(weights), -5, np.int32))
    before = weights.copy()
    sampling.build_alias(weights, limits, aliases)
    np.testing.assert_array_equal(weights, before)
    assert guard.broken() == []
    return limits, aliases


@given(
    weights=st.lists(
        st.one_of(st.just(0.0), st.just(1.0), st.floats(1e-12, 1e3)), min_size=1, max_size=60
    ).filter(any)
)
@example([1.0])
@example([0.0, 0.0, 0.0, 1.0])
@example([1.0] * 7)
@example([1.0, 0.0] * 30)
@example([1e-12] * 59 + [1e3])
def test_alias_table_holds_the_distribution(weights: list[float]) -> None:
    shares = np.array(weights) / np.sum(weights)
    limits, aliases = table(shares)
    masses = reference.alias_masses(limits.tolist(), aliases.tolist())
    assert sum(masses) == 1
    assert np.abs(np.array(masses, float) - shares).sum() <= 1e-6
    assert [m for m, share in zip(masses, shares, strict=True) if share == 0 and m > 0] == []


@pytest.mark.parametrize("exponent", [0.75, 0.0, 3.0])
def test_alias_table_of_a_real_vocabulary(exponent: float) -> None:
    """Zipf's counts, where sums of many roundings could leave a column unfilled."""
    shares = (1e7 / np.arange(1, 100_001)) ** exponent
    shares /= shares.sum()
    shares[50::100] = 0.0
    shares /= shares.sum()
    limits, aliases = table(shares)
    inside = limits / 2.0**32
    masses = (inside + np.bincount(aliases, 1 - inside, len(shares))) / len(shares)
    assert np.abs(masses - shares).sum() <= 1e-6
    none = shares == 0  # never drawn: no share of its own column, and nobody else's alias
    assert limits[none].max() == 0
    assert not none[aliases].any()


@given(seed=st.integers(0, 2**64 - 1), words=st.integers(1, 30))
def test_draw_equals_twin(seed: int, words: int) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.ones(words))
    limits, aliases = table(shares)
    rng, twin = state(seed), reference.SplitMix64(seed)
    found = [int(sampling.draw(limits, aliases, rng)) for _ in range(20)]
    expected = [reference.draw(limits.tolist(), aliases.tolist(), twin) for _ in range(20)]
    assert found == expected
    assert int(rng[0]) == twin.state


def test_words_are_drawn_as_often_as_their_weight_says() -> None:
    shares = np.array([0.4, 0.0, 0.01, 0.25, 0.0, 0.34])
    limits, aliases = table(shares)
    rng = state(23)
    drawn = np.bincount([sampling.draw(limits, aliases, rng) for _ in range(50_000)], minlength=6)
    assert drawn[[1, 4]].tolist() == [0, 0]
    assert not unlikely(drawn[shares > 0], shares[shares > 0])


def test_numbers_are_even() -> None:
    rng = state(99)
    numbers = np.array([int(sampling.next_u64(rng)) for _ in range(20_000)], np.uint64)
    assert kstest(numbers / 2.0**64, "uniform").pvalue > 1e-4
    assert kstest((numbers & np.uint64(ALL)) / 2.0**32, "uniform").pvalue > 1e-4
