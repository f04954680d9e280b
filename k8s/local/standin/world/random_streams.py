"""Seeded randomness: every draw of the simulation comes from a stream named after the thing it decides."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from math import exp, sqrt
from random import Random


def stable_hash(*parts: object, bits: int) -> int:
    """Hash `parts` to an integer below 2**bits that is the same in every process and version."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> (64 - bits)


def stream(*parts: object) -> Random:
    """Open the random stream named by `parts`: two streams never disturb each other."""
    return Random(stable_hash(*parts, bits=64))


def poisson(rng: Random, mean: float) -> int:
    """Draw a Poisson count; above a mean of 12 a rounded normal is close enough and much faster."""
    if mean > 12:
        return around(rng, mean, sqrt(mean))
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def around(rng: Random, mean: float, deviation: float) -> int:
    """Draw a whole number near `mean`, never below zero (three uniforms make a bell of deviation 0.5)."""
    return max(0, int(mean + 2 * deviation * (rng.random() + rng.random() + rng.random() - 1.5) + 0.5))


def share(rng: Random, total: int, p: float) -> int:
    """Draw how many of `total` fall to a side whose share is `p`: binomial in mean and spread, within 0..total."""
    if total <= 0:
        return 0
    if total < 6:
        return sum(rng.random() < p for _ in range(total))
    return min(total, around(rng, total * p, sqrt(total * p * (1 - p))))


def pick(rng: Random, weights: Sequence[float]) -> int:
    """Draw an index with probability proportional to its weight; the weights must not all be zero."""
    edges = list(accumulate(weights))
    return min(bisect_right(edges, rng.random() * edges[-1]), len(edges) - 1)
