"""Random draws for training: a counter generator, subsampling with reduced windows, noise words."""

from __future__ import annotations

import numpy as np

from . import kernel

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@kernel
def next_u64(rng):
    """Return the next 64 random bits of ``rng`` uint64[1], which is advanced.

    Source: splitmix64, Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators".
    """
    state = rng[0] + _STEP
    rng[0] = state
    z = (state ^ (state >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@kernel
def keep_tokens(tokens, offsets, first, last, keep, window, rng, ids, low, high):
    """Thin sentences by subsampling and choose each kept position's reduced window.

    Args:
        tokens: int32[T], word ids of the corpus.
        offsets: int64[S + 1], sentence s holds ``tokens[offsets[s]:offsets[s + 1]]``.
        first: First sentence taken.
        last: One past the last sentence taken.
        keep: uint32[V], a token is kept when 32 random bits are at most this.
        window: Largest distance to a context word, in kept tokens.
        rng: uint64[1], advanced.
        ids: int32[n], overwritten by the kept ids; n is at least the number of tokens.
        low: int32[n], overwritten: first context position of each kept position.
        high: int32[n], overwritten: one past its last. The position itself lies between.

    Returns:
        How many tokens were kept.

    Source: Mikolov et al. 2013, arXiv:1310.4546, section 2.3; the window as in word2vec.c.
    """
    size = np.uint64(window)
    n = 0
    for s in range(first, last):
        start = n
        for i in range(offsets[s], offsets[s + 1]):
            word = tokens[i]
            bits = next_u64(rng)
            if (bits & _LOW) <= keep[word]:
                ids[n] = word
                reach = np.int32(1) + np.int32(((bits >> _S32) * size) >> _S32)
                low[n] = max(start, n - reach)
                high[n] = n + reach + 1
                n += 1
        for t in range(max(start, n - window), n):
            high[t] = min(high[t], n)
    return n


@kernel(_nrt=True)  # allocates; called once per training
def build_alias(weights, limits, aliases):
    """Fill Walker's alias table for draws in proportion to ``weights``.

    Args:
        weights: float64[V], not negative, sum 1.
        limits: uint32[V], overwritten: column i answers i when 32 random bits are below this.
        aliases: int32[V], overwritten: what it answers else.

    Source: Vose 1991, "A linear algorithm for generating random numbers with a given distribution".
    """
    n = weights.shape[0]
    scaled = weights * n
    small = np.empty(n, np.int32)
    large = np.empty(n, np.int32)
    n_small = n_large = 0
    for i in range(n):
        aliases[i] = i
        if scaled[i] < 1.0:
            small[n_small] = i
            n_small += 1
        else:
            large[n_large] = i
            n_large += 1
    while n_small > 0 and n_large > 0:
        n_small -= 1
        n_large -= 1
        i, j = small[n_small], large[n_large]
        limits[i] = np.uint32(min(4294967295.0, scaled[i] * 4294967296.0))
        aliases[i] = j
        scaled[j] = (scaled[j] + scaled[i]) - 1.0
        if scaled[j] < 1.0:
            small[n_small] = j
            n_small += 1
        else:
            large[n_large] = j
            n_large += 1
    for k in range(n_small):
        limits[small[k]] = np.uint32(4294967295)
        aliases[small[k]] = small[k]
    for k in range(n_large):
        limits[large[k]] = np.uint32(4294967295)
        aliases[large[k]] = large[k]


@kernel
def draw(limits, aliases, rng):
    """Return one word id drawn from the alias table; ``rng`` is advanced."""
    bits = next_u64(rng)
    column = np.int64(((bits >> _S32) * np.uint64(limits.shape[0])) >> _S32)
    if np.uint32(bits & _LOW) < limits[column]:
        return np.int32(column)
    return aliases[column]
