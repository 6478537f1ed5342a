"""u: how often levels are found among pairs of signatures that have nothing to do with each other."""

from __future__ import annotations

import polars as pl

from engine.hashing import hash64, joined
from matchers.comparisons import Comparison

PAIRS = 1_000_000
"""Random pairs that u is counted on."""


def random_pairs(signatures: pl.DataFrame, *, seed: int, pairs: int = PAIRS) -> pl.DataFrame:
    """Return distinct pairs of signatures drawn by hash: all pairs when there are fewer than `pairs`.

    Signatures are put in the order of their hash; the one at place i is paired with those at i + 1, i + 2, … (around
    the end), so that no pair is drawn twice and each signature is drawn equally often.
    """
    ids = signatures.select("signature_id").sort(by_hash(seed), "signature_id")["signature_id"]
    size = ids.len()
    shifts = min((size - 1) // 2, -(-pairs // max(size, 1)))
    rolled = [(ids, pl.concat([ids.slice(shift), ids.head(shift)])) for shift in range(1, shifts + 1)]
    if size % 2 == 0 and shifts == (size - 1) // 2 and size > 0:
        rolled.append((ids.head(size // 2), ids.slice(size // 2)))
    schema = {"signature_l": pl.Int64, "signature_r": pl.Int64}
    frames = [pl.DataFrame({"signature_l": left, "signature_r": right}, schema=schema) for left, right in rolled]
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def by_hash(seed: int) -> pl.Expr:
    """Return the order in which signatures are sampled: a hash of the id and the seed."""
    return hash64(joined([pl.lit(str(seed)), pl.col("signature_id")]))


def level_counts(levels: pl.DataFrame, comparison: Comparison) -> dict[int, int]:
    """Return how many pairs have each level of a comparison; null is left out."""
    counted = levels[f"level_{comparison.label}"].value_counts(name="count")
    found = dict(zip(counted[counted.columns[0]].to_list(), counted["count"].to_list(), strict=True))
    return {number: int(found.get(number, 0)) for number in comparison.numbers() if number >= 0}


def exact_share(signatures: pl.DataFrame, comparison: Comparison) -> float | None:
    """Return the share of all pairs with values that bear equal values, from the values' counts; None without pairs."""
    counts = signatures.select(comparison.attributes).drop_nulls().group_by(comparison.attributes).len("n")["n"]
    total = int(counts.cast(pl.Int64).sum())
    equal = int((counts.cast(pl.Int64) * (counts.cast(pl.Int64) - 1)).sum())
    return equal / (total * (total - 1)) if total > 1 else None


def shares(counts: dict[int, int], exact: float | None) -> dict[int, float]:
    """Return each level's share among random pairs; the highest level's is `exact` where that is known.

    The other levels keep their proportions. A level that was never drawn counts as drawn half a time.
    """
    top, total = max(counts), sum(counts.values())
    drawn = {number: max(count, 0.5) / max(total, 1) for number, count in counts.items()}
    if not exact or total == counts[top]:
        return drawn
    rest = sum(share for number, share in drawn.items() if number != top)
    return {number: exact if number == top else share * (1 - exact) / rest for number, share in drawn.items()}
