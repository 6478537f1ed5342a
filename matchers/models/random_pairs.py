"""u: how often levels are found among pairs of signatures that have nothing to do with each other."""

from __future__ import annotations

import polars as pl

from engine.hashing import hash64, joined
from engine.tables import PAIR_KEY
from matchers.comparisons import Comparison, grade

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


def top_share(signatures: pl.DataFrame, levels: pl.DataFrame, comparison: Comparison) -> float | None:
    """Return the share of the highest level among all pairs with values; None without pairs.

    Pairs of equal values are counted from the values' counts, those of values that reach the level when compared with
    themselves: two dates of the same year alone do not. Pairs of unequal values that have the level nonetheless, such
    as the numbers 1 and 1.0, are counted among the drawn pairs (`levels`). A pair of values is taken to have a level
    when each has one with itself.
    """
    names, top = list(comparison.attributes), len(comparison.levels) - 2
    counts = signatures.group_by(names).agg(pl.len().cast(pl.Int64).alias(" n"))
    itself = counts.select(pl.col(name).alias(f"{name}{side}") for side in ("_l", "_r") for name in names)
    graded = counts.select(n=" n", level=grade(itself, comparison)).filter(pl.col("level") >= 0)
    total = int(graded["n"].sum())
    reaching = graded.filter(pl.col("level") == top)["n"]
    equal = int((reaching * (reaching - 1)).sum())
    return equal / (total * (total - 1)) + _unequal_share(signatures, levels, comparison) if total > 1 else None


def _unequal_share(signatures: pl.DataFrame, levels: pl.DataFrame, comparison: Comparison) -> float:
    """Return the share of the drawn pairs with values that have the highest level and values that are not equal."""
    level, top = pl.col(f"level_{comparison.label}"), len(comparison.levels) - 2
    known = levels.filter(level >= 0)
    one, other = (
        signatures.select(pl.col("signature_id").alias(key), pl.col(comparison.attributes).name.prefix(f"{key} "))
        for key in PAIR_KEY
    )
    sides = known.filter(level == top).select(PAIR_KEY).join(one, on="signature_l").join(other, on="signature_r")
    unequal = pl.any_horizontal(
        pl.col(f"signature_l {name}").ne_missing(pl.col(f"signature_r {name}")) for name in comparison.attributes
    )
    return sides.filter(unequal).height / max(known.height, 1)


def shares(counts: dict[int, int], top_share: float | None) -> dict[int, float]:
    """Return each level's share among random pairs; the highest level's is `top_share` where that is known.

    The other levels keep their proportions. A level that was never drawn counts as drawn half a time, and so does what
    a highest level of all pairs leaves to the others: every share is above 0.
    """
    top, total = max(counts), sum(counts.values())
    least = 0.5 / max(total, 1)
    drawn = {number: max(count / max(total, 1), least) for number, count in counts.items()}
    if not top_share or total == counts[top]:
        return drawn
    highest = min(top_share, 1 - least)
    rest = sum(share for number, share in drawn.items() if number != top)
    return {number: highest if number == top else share * (1 - highest) / rest for number, share in drawn.items()}
