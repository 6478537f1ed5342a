"""The pairs that EM learns from: those that agree on a training rule."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.expressions import compile_expression
from engine.hashing import hash64, joined
from engine.settings.subject import Subject
from engine.tables import PAIR_KEY

PAIRS_PER_RULE = 400_000
LARGEST_BLOCK = 500


class TrainingRule(NamedTuple):
    """Expressions that both signatures agree on, and the attributes that they read."""

    expressions: tuple[str, ...]
    attributes: frozenset[str]

    @property
    def name(self) -> str:
        """The rule as text."""
        return " & ".join(self.expressions)


class TrainingPairs(NamedTuple):
    """Pairs of one rule; `share` of its blocks were kept."""

    pairs: pl.DataFrame
    share: float


def training_rules(subject: Subject) -> tuple[TrainingRule, ...]:
    """Return the configured training rules, or the blocking rules; each teaches comparisons of other attributes."""
    if not subject.model.training:
        return blocking_rules(subject)
    return tuple(_rule(expressions, subject) for expressions in dict.fromkeys(subject.model.training))


def blocking_rules(subject: Subject) -> tuple[TrainingRule, ...]:
    """Return the blocking rules."""
    return tuple(_rule(expressions, subject) for expressions in dict.fromkeys(rule.on for rule in subject.blocking))


def attribute_rules(subject: Subject) -> tuple[TrainingRule, ...]:
    """Return one rule for each identity attribute, for comparisons that no other rule teaches."""
    return tuple(TrainingRule((name,), frozenset({name})) for name in subject.identity_attributes())


def rule_pairs(
    signatures: pl.DataFrame, rule: TrainingRule, *, seed: int, limit: int = PAIRS_PER_RULE
) -> TrainingPairs:
    """Return the distinct pairs of signatures that agree on every expression of the rule, about `limit` at most.

    Blocks of more than `LARGEST_BLOCK` signatures are left out; when the others hold more than `limit` pairs, blocks
    are sampled by the hash of their value and the seed.
    """
    wide = signatures
    keys = [f"_key_{index}" for index in range(len(rule.expressions))]
    for text, key in zip(rule.expressions, keys, strict=True):
        wide = compile_expression(text, columns=signatures.columns).append_to(wide, name=key)
        if isinstance(wide.schema[key], pl.List):
            wide = wide.explode(key)
    keyed = wide.select("signature_id", *keys).drop_nulls().unique()
    keyed = keyed.select("signature_id", block=hash64(joined([pl.lit(str(seed)), *keys])))
    sizes = keyed.group_by("block").len("size").with_columns(pl.col("size").cast(pl.Int64))
    sizes = sizes.filter(pl.col("size").is_between(2, LARGEST_BLOCK))
    total = int(sizes.select((pl.col("size") * (pl.col("size") - 1) // 2).sum()).item())
    share = min(1.0, limit / total) if total else 1.0
    kept = sizes.filter(pl.col("block") <= min(round(share * 2**64) - 2**63, 2**63 - 1)) if share < 1 else sizes
    blocks = keyed.join(kept.select("block"), on="block", how="semi").sort("block", "signature_id")
    pairs = blocks.join(blocks, on="block", suffix="_r").filter(pl.col("signature_id") < pl.col("signature_id_r"))
    return TrainingPairs(
        pairs.select(signature_l="signature_id", signature_r="signature_id_r")
        .unique()
        .sort("signature_l", "signature_r"),
        share,
    )


def judged_pairs(signatures: pl.DataFrame, rule: TrainingRule, judged: pl.DataFrame, subject: Subject) -> pl.DataFrame:
    """Return the pairs of `judged` (PAIR_KEY and judgement) that agree on the rule and that the subject compares."""
    named = pl.concat([judged.select(signature_id=side) for side in PAIR_KEY]).unique()
    found = rule_pairs(signatures.join(named, on="signature_id", how="semi"), rule, seed=0).pairs
    proposed = found.join(judged.select(*PAIR_KEY, "judgement"), on=list(PAIR_KEY))
    return comparable(proposed, signatures, subject).sort(*PAIR_KEY)


def comparable(pairs: pl.DataFrame, signatures: pl.DataFrame, subject: Subject) -> pl.DataFrame:
    """Return the pairs that the subject compares: between sources, those whose two signatures are not of one source."""
    if subject.pairs != "between_sources":
        return pairs
    source = pl.when(pl.col("sources").list.len() == 1).then(pl.col("sources").list.first())
    known = signatures.select("signature_id", source=source)
    sides = pairs.join(known, left_on="signature_l", right_on="signature_id", how="left", maintain_order="left")
    sides = sides.join(
        known, left_on="signature_r", right_on="signature_id", how="left", maintain_order="left", suffix="_r"
    )
    return sides.filter(pl.col("source").ne_missing(pl.col("source_r")) | pl.col("source").is_null()).select(
        pairs.columns
    )


def _rule(expressions: tuple[str, ...], subject: Subject) -> TrainingRule:
    columns = subject.identity_attributes()
    used = (compile_expression(text, columns=columns).columns for text in expressions)
    return TrainingRule(expressions, frozenset(name for names in used for name in names))
