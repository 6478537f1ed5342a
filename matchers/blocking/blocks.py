"""Blocks: their sizes and pairs counted before any join, the oversized demoted, the rest joined to candidate pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from engine.errors import BudgetError
from engine.settings import Subject
from engine.tables import CANDIDATES, GENERIC_VALUES

JOINED_AT_ONCE = 4_000_000
"""Rows that one slice of the join makes at most, but for its last block."""

PAIRS_A_RECORD, LEAST_BUDGET = 30, 50_000_000
"""The pairs that may be compared where a subject does not say: so many for each record, and so many at least."""


class Sized(NamedTuple):
    """The block keys that stay, the values demoted, and the pairs that each rule will propose."""

    kept_keys: pl.DataFrame
    generic_values: pl.DataFrame
    rule_pairs: pl.DataFrame


class Joined(NamedTuple):
    """Candidate pairs of some blocks; a pair may come from several."""

    candidates: pl.DataFrame


def size(block_keys: pl.DataFrame, *, subject: Subject) -> Sized:
    """Return which blocks are joined and how many pairs that will make; `block_keys` holds whole blocks.

    A block above its rule's `max_block` is cut by the rule's `refine`, in turn; what is still above it, or lacks the
    value, is demoted and listed under the value of the whole block, with all signatures of that. Pairs that identifiers
    unite are not compared, and not counted.
    """
    caps = pl.DataFrame(
        {
            "blocking_rule": pl.Series(range(len(subject.blocking)), dtype=pl.Int16),
            "max_block": [rule.max_block for rule in subject.blocking],
            "rule": [rule.name for rule in subject.blocking],
        }
    )
    alike = "only_source" if subject.pairs == "between_sources" else "united"
    large = pl.col("signatures") > pl.col("max_block")
    keys = block_keys.with_columns(whole="block_key")
    blocks = block_pairs(keys, alike).join(caps, on="blocking_rule")
    whole = blocks.filter(large)
    kept, within = [blocks.filter(~large)], keys
    parts = [_of(keys, kept[0])]
    for step in range(max((len(rule.refine) for rule in subject.blocking), default=0)):
        within = _of(within, blocks.filter(large)).with_columns(
            block_key=pl.col("finer").list.get(step, null_on_oob=True)
        )
        within = within.drop_nulls("block_key")
        blocks = block_pairs(within, alike).join(caps, on="blocking_rule")
        kept.append(blocks.filter(~large))
        parts.append(_of(within, kept[-1]))
    joined = pl.concat(kept)
    return Sized(
        pl.concat(parts).drop("value", "finer", "whole"),
        GENERIC_VALUES.conform(_demoted(whole, joined).with_columns(blocking_rule="rule")),
        joined.group_by("blocking_rule")
        .agg(pl.col("pairs").sum(), blocks=pl.len().cast(pl.Int64), largest=pl.col("signatures").max())
        .sort("blocking_rule"),
    )


def block_pairs(keys: pl.DataFrame, alike: str) -> pl.DataFrame:
    """Return signatures and pairs of every block that makes any; those with one value of `alike` make none.

    `keys` are BLOCK_KEYS with `whole`, the key of the block that a finer one is cut from.
    """
    return (
        keys.group_by("blocking_rule", "whole", "block_key", alike)
        .agg(members=pl.len().cast(pl.Int64), value=pl.col("value").min())
        .with_columns(within=_pairs("members"))
        .group_by("blocking_rule", "whole", "block_key")
        .agg(
            signatures=pl.col("members").sum(),
            value=pl.col("value").min(),
            within=pl.col("within").filter(pl.col(alike).is_not_null()).sum(),
        )
        .with_columns(pairs=_pairs("signatures") - pl.col("within"))
        .filter(pl.col("pairs") > 0)
    )


def _of(keys: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    return keys.join(blocks, on="block_key", how="semi", maintain_order="left")


def _demoted(whole: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """Return the blocks that were too large with the pairs that their finer blocks do not make either, if any."""
    rest = joined.group_by("whole").agg(made=pl.col("pairs").sum())
    left = whole.join(rest, on="whole", how="left").with_columns(pairs=pl.col("pairs") - pl.col("made").fill_null(0))
    return left.filter(pl.col("pairs") > 0)


def join(kept_keys: pl.DataFrame, *, subject: Subject) -> Iterator[Joined]:
    """Yield the pairs within each block, slice by slice of whole blocks; within a slice each pair stands once.

    Cost: the pairs counted by `size`; memory: a slice of them, however many there are.
    """
    members = pl.len().over("block_key").cast(pl.Int64)
    sliced = kept_keys.sort("block_key", "signature_id").with_columns(_slice=members.cum_sum() // JOINED_AT_ONCE)
    whole = sliced.with_columns(pl.col("_slice").first().over("block_key"))
    for keys in whole.partition_by("_slice", include_key=False, maintain_order=True) or [kept_keys]:
        yield Joined(_pairs_within(keys, subject))


def join_touching(own: pl.DataFrame, kept_keys: pl.DataFrame, *, subject: Subject) -> pl.DataFrame:
    """Return the CANDIDATES with an end among the signatures of `own`, all their keys; `kept_keys` of their blocks."""
    return _paired(own, kept_keys, subject, pl.col("signature_id") != pl.col("signature_id_right"))


def _pairs_within(keys: pl.DataFrame, subject: Subject) -> pl.DataFrame:
    return _paired(keys, keys, subject, pl.col("signature_id") < pl.col("signature_id_right"))


def _paired(one: pl.DataFrame, other: pl.DataFrame, subject: Subject, ordered: pl.Expr) -> pl.DataFrame:
    sides = ("signature_id", "signature_id_right")
    pairs = (
        one.join(other, on="block_key", suffix="_right")
        .filter(ordered)
        .filter(
            *(_differ(name) for name in ("united", *(["only_source"] if subject.pairs == "between_sources" else [])))
        )
        .select(
            signature_l=pl.min_horizontal(sides),
            signature_r=pl.max_horizontal(sides),
            blocking_rule="blocking_rule",
        )
    )
    return distinct(pairs)


def _differ(name: str) -> pl.Expr:
    return (pl.col(name) != pl.col(f"{name}_right")).fill_null(value=True)


def distinct(candidates: pl.DataFrame) -> pl.DataFrame:
    """Return every pair once, with the first of the rules that propose it (CANDIDATES)."""
    return CANDIDATES.conform(candidates.group_by("signature_l", "signature_r").agg(pl.col("blocking_rule").min()))


def pair_budget(subject: Subject, *, records: int) -> int:
    """Return how many pairs the rules of a subject may propose together."""
    return subject.pair_budget or max(PAIRS_A_RECORD * records, LEAST_BUDGET)


def check_budget(rule_pairs: pl.DataFrame, *, subject: Subject, name: str, records: int) -> int:
    """Return the pairs that the rules will propose together, an upper bound of the distinct ones.

    Raises:
        BudgetError: they exceed the `pair_budget` of so many records; names the rules by cost.
    """
    by_rule = (
        rule_pairs.group_by("blocking_rule")
        .agg(pl.col("pairs").sum(), pl.col("largest").max())
        .sort("pairs", descending=True)
    )
    total, budget = int(by_rule["pairs"].sum()), pair_budget(subject, records=records)
    if total > budget:
        rules = subject.blocking
        listed = "\n".join(
            f"  {row['pairs']:>15,} pairs, largest block {row['largest']:,}: {rules[row['blocking_rule']].name}"
            for row in by_rule.head(5).to_dicts()
        )
        raise BudgetError(
            f"subject {name}: the blocking rules would compare {total:,} pairs; the budget is {budget:,}\n{listed}",
            hint="add an attribute to the costly rule, lower its max_block, or raise pair_budget",
        )
    return total


def _pairs(count: str) -> pl.Expr:
    return pl.col(count) * (pl.col(count) - 1) // 2
