"""The review queue: the doubts of a run, those first whose answer is expected to move most."""

from __future__ import annotations

from math import log2

import polars as pl

from engine.tables import PAIR_KEY, REVIEW, WEIGHT_SCALE

BIT = 1_000_000
"""Units of the uncertainty of a pair: millionths of a bit."""

_CLUSTERS = ["cluster_l", "cluster_r"]

ALONE = "alone"
"""What stands alone and whom a wider search found near it (`matchers.judgements.seeking`): a reason of doubts."""

CONTRADICTION = "contradiction"
"""Two share an identifier and contradict each other: the reason of CONFLICTS, and of the doubt."""


def contradicted(conflicts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return as REVIEW the pairs of CONFLICTS that share an identifier and contradict each other, each once.

    Their weight is that of `pairs` (PAIRS), which nothing was made of; 0, even odds, where they were not compared.
    """
    found = conflicts.filter(pl.col("reason") == CONTRADICTION).select(PAIR_KEY).unique()
    weighed = found.join(pairs.select(*PAIR_KEY, "match_weight"), on=list(PAIR_KEY), how="left")
    return REVIEW.conform(weighed.with_columns(pl.col("match_weight").fill_null(0), reason=pl.lit(CONTRADICTION)))


def queue(review: pl.DataFrame, clusters: pl.DataFrame, signatures: pl.DataFrame) -> pl.DataFrame:
    """Return one pair of REVIEW for every two clusters that it could unite, by descending `gain`, then by the pair.

    Columns: PAIR_KEY, match_weight, reason, cluster_l, cluster_r, `smaller` (l or r: the side of fewer records),
    `records` and gain. A decision moves the records of the smaller cluster; gain is their number times the uncertainty
    in millionths of a bit. That of a pair which the model left open is the entropy of its probability (Shannon 1948); a
    tie, a cut bridge and a caution, of which the weight tells nothing, are one bit; so is a contradiction of a pair
    that weighs 0 or more, and another one is as a pair of the model. One found for what stands alone was decided by
    nobody: it counts by its probability, for that is how often the answer changes the result. Of several pairs between
    two clusters the heaviest stands, then the first; a contradiction only where no other does. Pairs within one cluster
    are decided.
    """
    of = clusters.select("signature_id", "cluster_id")
    sizes = of.join(signatures.select("signature_id", "records"), on="signature_id").group_by("cluster_id").agg(
        pl.col("records").sum()
    )  # fmt: skip
    placed = (
        review.join(of.rename({"cluster_id": "cluster_l"}), left_on="signature_l", right_on="signature_id")
        .join(of.rename({"cluster_id": "cluster_r"}), left_on="signature_r", right_on="signature_id")
        .filter(pl.col("cluster_l") != pl.col("cluster_r"))
        .join(sizes.rename({"cluster_id": "cluster_l", "records": "_l"}), on="cluster_l")
        .join(sizes.rename({"cluster_id": "cluster_r", "records": "_r"}), on="cluster_r")
    )
    between = placed.with_columns(_one=pl.min_horizontal(_CLUSTERS), _other=pl.max_horizontal(_CLUSTERS))
    last = pl.col("reason") == CONTRADICTION
    heaviest = between.sort(last, "match_weight", *PAIR_KEY, descending=[False, True, False, False]).unique(
        ["_one", "_other"], keep="first", maintain_order=True
    )
    weights = heaviest["match_weight"].unique()
    known = pl.DataFrame(
        {
            "match_weight": weights,
            "_doubt": pl.Series([uncertainty(one) for one in weights], dtype=pl.Int64),
            "_odds": pl.Series([likelihood(one) for one in weights], dtype=pl.Int64),
        }
    )
    weighed = (pl.col("reason") == "model") | ((pl.col("reason") == CONTRADICTION) & (pl.col("match_weight") < 0))
    doubt = pl.when(weighed).then("_doubt").when(pl.col("reason") == ALONE).then("_odds").otherwise(BIT)
    records = pl.min_horizontal("_l", "_r")
    smaller = pl.when(pl.col("_l") <= pl.col("_r")).then(pl.lit("l")).otherwise(pl.lit("r"))
    told = heaviest.join(known, on="match_weight").with_columns(records=records, smaller=smaller, gain=records * doubt)
    return told.select(*PAIR_KEY, "match_weight", "reason", *_CLUSTERS, "smaller", "records", "gain").sort(
        "gain", *PAIR_KEY, descending=[True, False, False]
    )


def uncertainty(match_weight: int) -> int:
    """Return the entropy of a match weight's probability in millionths of a bit.

    >>> [uncertainty(bits * 1_000_000_000) for bits in (0, 4, -4, 200)]
    [1000000, 322757, 322757, 0]
    """
    odds = 2.0 ** min(abs(match_weight) / WEIGHT_SCALE, 50.0)
    rare = 1.0 / (1.0 + odds)
    entropy: float = -rare * log2(rare) - (1.0 - rare) * log2(1.0 - rare)
    return round(BIT * entropy)


def likelihood(match_weight: int) -> int:
    """Return the probability of a match weight in millionths.

    >>> [likelihood(bits * 1_000_000_000) for bits in (0, 4, -4, 200)]
    [500000, 941176, 58824, 1000000]
    """
    bits = max(-50.0, min(match_weight / WEIGHT_SCALE, 50.0))
    odds: float = 2.0**bits
    return round(BIT * odds / (1.0 + odds))
