"""What each rule costs and finds: its pairs and blocks, the links that it proposes, and those that only it does."""

from __future__ import annotations

import polars as pl

from engine.settings import Subject
from engine.tables import PAIR_KEY
from matchers.blocking.blocks import Sized


def rule_costs(sized: Sized, linked: pl.DataFrame, *, subject: Subject) -> pl.DataFrame:
    """Return a row per rule, in the project's order.

    `pairs` in `blocks` blocks, the `largest` of so many signatures; `demoted` blocks that would have made
    `demoted_pairs`; of the pairs `linked` (PAIR_KEY) it proposes `links`, and `only` are proposed by no other rule.
    """
    proposed = _proposed(sized.kept_keys, linked).with_columns(rules=pl.len().over(PAIR_KEY))
    found = proposed.group_by("blocking_rule").agg(
        links=pl.len().cast(pl.Int64), only=(pl.col("rules") == 1).sum().cast(pl.Int64)
    )
    demoted = sized.generic_values.group_by(rule="blocking_rule").agg(
        demoted=pl.len().cast(pl.Int64), demoted_pairs=pl.col("pairs").sum()
    )
    rules = pl.DataFrame(
        {
            "blocking_rule": pl.Series(range(len(subject.blocking)), dtype=pl.Int16),
            "rule": [rule.name for rule in subject.blocking],
        }
    )
    told = rules.join(sized.rule_pairs, on="blocking_rule", how="left").join(demoted, on="rule", how="left")
    counts = ("pairs", "blocks", "largest", "demoted", "demoted_pairs", "links", "only")
    return (
        told.join(found, on="blocking_rule", how="left")
        .sort("blocking_rule")
        .select("rule", pl.col(counts).fill_null(0).cast(pl.Int64))
    )


def _proposed(kept_keys: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """Return PAIR_KEY and blocking_rule of every linked pair and rule that proposes it."""
    keys = kept_keys.select("signature_id", "block_key", "blocking_rule")
    left = linked.join(keys, left_on="signature_l", right_on="signature_id")
    both = left.join(
        keys.drop("blocking_rule"),
        left_on=["signature_r", "block_key"],
        right_on=["signature_id", "block_key"],
        how="semi",
    )
    return both.select(*PAIR_KEY, "blocking_rule").unique()
