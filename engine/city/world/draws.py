"""Randomness without a generator: a hash of (seed, identity, purpose) gives every draw, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import xxhash
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@cache
def _salt(seed: int, purpose: str) -> np.uint64:
    return np.uint64(xxhash.xxh3_64_intdigest(f"{seed}\x1f{purpose}".encode()))


def bits(seed: int, ids: Ints, purpose: str) -> NDArray[np.uint64]:
    """Return 64 hashed bits for each id: two rounds of splitmix64 over the id and the purpose.

    >>> import numpy as np
    >>> bool(bits(1, np.array([7]), "a")[0] == bits(1, np.array([3, 7]), "a")[1])
    True
    """
    state = ids.astype(np.uint64)
    shifted = np.empty_like(state)
    state *= _STEP
    state += _salt(seed, purpose)
    for _ in range(2):
        for shift, factor in ((np.uint64(30), _FIRST), (np.uint64(27), _SECOND)):
            state ^= np.right_shift(state, shift, out=shifted)
            state *= factor
        state ^= np.right_shift(state, np.uint64(31), out=shifted)
    return state


def draw(seed: int, ids: Ints, purpose: str) -> Floats:
    """Return a uniform number of [0, 1) for each id."""
    state = bits(seed, ids, purpose)
    state >>= np.uint64(11)
    uniform = state.astype(np.float64)
    uniform /= float(1 << 53)
    return uniform


def below(seed: int, ids: Ints, purpose: str, limit: int | Ints) -> Ints:
    """Return a whole number of 0 to `limit` - 1 for each id."""
    return (draw(seed, ids, purpose) * limit).astype(np.int64)


def chance(seed: int, ids: Ints, purpose: str, rate: float | Floats) -> Flags:
    """Return true at the given rate."""
    flags: Flags = draw(seed, ids, purpose) < rate
    return flags


def normal(seed: int, ids: Ints, purpose: str, mean: float, deviation: float) -> Floats:
    """Return a number of nearly normal distribution: the sum of four uniform ones, so within 3.4 deviations."""
    total = sum(draw(seed, ids, f"{purpose} {part}") for part in range(4))
    return mean + (np.asarray(total) - 2.0) * (deviation * 1.7320508)


def pick(seed: int, ids: Ints, purpose: str, weights: Sequence[float] | Floats) -> Ints:
    """Return the place of a weighted choice."""
    cumulative = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(cumulative / cumulative[-1], draw(seed, ids, purpose), side="right").astype(np.int64)
