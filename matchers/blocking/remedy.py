"""The rule that would have caught a miss: for each the cheapest, and the one that recovers most within a budget."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.settings import BlockingRule, Subject
from engine.tables import PAIR_KEY
from matchers.blocking.blocks import distinct, join, size
from matchers.blocking.keys import key
from matchers.blocking.looked import MICRO
from matchers.blocking.parts import part_values, parts, rules_of

CAPS = (2_000, 1_000, 500, 300, 200, 100, 60, 30)
"""Sizes at which a suggested rule's blocks may be demoted: the largest that fits the budget is taken."""

TRIED = 60
"""Rules that are costed: those that agree on most of the misses."""


class Remedy(NamedTuple):
    """A rule, the pairs that it would add to those compared today, and the matches that it would recover.

    `recovered` and `of` are expected matches among the sampled misses.
    """

    rule: BlockingRule
    pairs: int
    recovered: float
    of: float


class Remedies(NamedTuple):
    """The rule to add, if one recovers anything, and for each miss the cheapest rule that would have proposed it.

    `cheapest` holds PAIR_KEY, `rule` (null: none within the budget would) and `pairs`, what the rule costs alone.
    """

    best: Remedy | None
    cheapest: pl.DataFrame


def remedies(
    signatures: pl.DataFrame,
    united: pl.DataFrame,
    candidates: pl.DataFrame,
    misses: pl.DataFrame,
    *,
    subject: Subject,
    budget: int,
) -> Remedies:
    """Return which rule would have caught each of `misses`, and which one to add for at most `budget` new pairs.

    Rules are made of one or two `matchers.blocking.parts`. Ties go to the cheaper rule, then to the shorter text.
    """
    agreed = _agreement(signatures, misses, subject)
    weight = misses["micro"]
    options = [(int((_all(agreed, rule) * weight).sum()), rule) for rule in rules_of(parts(subject))]
    tried = sorted((one for one in options if one[0] > 0), key=lambda one: (-one[0], len(one[1]), one[1]))[:TRIED]
    costed = [cost for _, rule in tried if (cost := _cost(signatures, united, misses, rule, subject, budget))]
    best = _best(signatures, united, candidates, costed, misses, subject, budget)
    return Remedies(best, _cheapest(costed, misses))


class _Cost(NamedTuple):
    rule: BlockingRule
    pairs: int
    caught: pl.Series
    recovered: int


def _agreement(signatures: pl.DataFrame, misses: pl.DataFrame, subject: Subject) -> dict[str, pl.Series]:
    """Return for each part which of the misses agree on it."""
    ids = pl.concat([misses[side] for side in PAIR_KEY]).unique()
    own = signatures.filter(pl.col("signature_id").is_in(ids.implode()))
    found = {}
    for part in parts(subject):
        values = part_values(own, part, subject=subject)
        found[part.text] = _sharing(misses, values)
    return found


def _sharing(misses: pl.DataFrame, keys: pl.DataFrame) -> pl.Series:
    """Return which of the misses share a key, in their order."""
    left = misses.select(PAIR_KEY).join(keys, left_on="signature_l", right_on="signature_id")
    both = left.join(keys, left_on=["signature_r", "key"], right_on=["signature_id", "key"], how="semi")
    shared = both.select(PAIR_KEY).unique().with_columns(caught=pl.lit(value=True))
    told = misses.select(PAIR_KEY).join(shared, on=PAIR_KEY, how="left", maintain_order="left")
    return told["caught"].fill_null(value=False)


def _all(agreed: dict[str, pl.Series], rule: tuple[str, ...]) -> pl.Series:
    first, *rest = (agreed[text] for text in rule)
    for one in rest:
        first &= one
    return first.cast(pl.Int64)


def _cost(
    signatures: pl.DataFrame,
    united: pl.DataFrame,
    misses: pl.DataFrame,
    on: tuple[str, ...],
    subject: Subject,
    budget: int,
) -> _Cost | None:
    """Return what a rule costs and catches under the largest cap that makes twice the budget of pairs at most."""
    keys = key(signatures, united, subject=_with(subject, BlockingRule(on=on))).block_keys
    for cap in CAPS:
        rule = BlockingRule(on=on, max_block=cap)
        sized = size(keys, subject=_with(subject, rule))
        pairs = int(sized.rule_pairs["pairs"].sum())
        if 0 < pairs <= 2 * budget:
            caught = _sharing(misses, sized.kept_keys.select("signature_id", key="block_key"))
            recovered = int((caught.cast(pl.Int64) * misses["micro"]).sum())
            return _Cost(rule, pairs, caught, recovered) if recovered else None
    return None


def _with(subject: Subject, rule: BlockingRule) -> Subject:
    return subject.model_copy(update={"blocking": (rule,)})


def added_pairs(
    signatures: pl.DataFrame, united: pl.DataFrame, candidates: pl.DataFrame, rule: BlockingRule, *, subject: Subject
) -> pl.DataFrame:
    """Return the pairs (PAIR_KEY) that a rule proposes beside `candidates`."""
    one = _with(subject, rule)
    sized = size(key(signatures, united, subject=one).block_keys, subject=one)
    found = distinct(pl.concat([part.candidates for part in join(sized.kept_keys, subject=one)]))
    return found.select(PAIR_KEY).join(candidates, on=PAIR_KEY, how="anti")


def _best(
    signatures: pl.DataFrame,
    united: pl.DataFrame,
    candidates: pl.DataFrame,
    costed: list[_Cost],
    misses: pl.DataFrame,
    subject: Subject,
    budget: int,
) -> Remedy | None:
    for one in sorted(costed, key=lambda cost: (-cost.recovered, cost.pairs, cost.rule.name)):
        more = added_pairs(signatures, united, candidates, one.rule, subject=subject).height
        if more <= budget:
            return Remedy(one.rule, more, one.recovered / MICRO, int(misses["micro"].sum()) / MICRO)
    return None


def _cheapest(costed: list[_Cost], misses: pl.DataFrame) -> pl.DataFrame:
    told = misses.select(PAIR_KEY).with_columns(rule=pl.lit(None, pl.String), pairs=pl.lit(None, pl.Int64))
    for one in sorted(costed, key=lambda cost: (-cost.pairs, cost.rule.name)):
        told = told.with_columns(
            rule=pl.when(one.caught).then(pl.lit(one.rule.name)).otherwise("rule"),
            pairs=pl.when(one.caught).then(one.pairs).otherwise("pairs"),
        )
    return told
