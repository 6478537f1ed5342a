"""The rules that would have caught the misses: for each the cheapest, and those that recover most within a budget."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.settings import BlockingRule, Subject
from engine.tables import PAIR_KEY
from matchers.blocking.blocks import block_pairs, join, size
from matchers.blocking.keys import key
from matchers.blocking.looked import MICRO
from matchers.blocking.parts import part_values, parts, rules_of

CAPS = (2_000, 1_000, 500, 300, 200, 100, 60, 30, 15)
"""Sizes at which a suggested rule's blocks may be demoted."""

TRIED = 60
"""Rules that are costed: those that agree on most of the misses."""

ALIKE = 4
"""Rules that are costed of those that agree on the very same misses."""

WEIGHED = 12
"""Rules of which the pairs that are new are counted, for each one that is taken: the best by all their pairs."""

RULES = 3
"""Rules that are suggested at most."""

_NEW = pl.Schema(dict.fromkeys(PAIR_KEY, pl.Int64))


class Remedy(NamedTuple):
    """Rules, the pairs that they would add together to those compared today, and the matches that they would recover.

    `recovered` and `of` are expected matches among the sampled misses.
    """

    rules: tuple[BlockingRule, ...]
    pairs: int
    recovered: float
    of: float


class Remedies(NamedTuple):
    """The rules to add, if any recovers something, and for each miss the cheapest rule that would have proposed it.

    `cheapest` holds PAIR_KEY, `rule` (null: none within the budget would) and `pairs`, what the rule costs alone.
    """

    best: Remedy | None
    cheapest: pl.DataFrame


class _Option(NamedTuple):
    rule: BlockingRule
    pairs: int
    caught: pl.Series


class _Known(NamedTuple):
    signatures: pl.DataFrame
    united: pl.DataFrame
    candidates: pl.DataFrame
    misses: pl.DataFrame
    subject: Subject
    budget: int


def remedies(
    signatures: pl.DataFrame,
    united: pl.DataFrame,
    candidates: pl.DataFrame,
    misses: pl.DataFrame,
    *,
    subject: Subject,
    budget: int,
) -> Remedies:
    """Return which rule would have caught each of `misses`, and which to add for at most `budget` new pairs.

    Rules are made of one or two `matchers.blocking.parts`. They are taken one after the other: each the one that
    recovers most of what is left, or each the one that recovers most of it for a pair, whichever recovers more together
    (Khuller, Moss, Naor 1999, Information Processing Letters 70:39). Ties go to the cheaper rule, then to the shorter
    text.
    """
    known = _Known(signatures, united, candidates, misses, subject, budget)
    tried = _tried(_agreement(signatures, misses, subject), misses["micro"], subject)
    costed = [option for rule in tried for option in _options(rule, known)]
    return Remedies(_best(costed, known), _cheapest(costed, misses))


def _agreement(signatures: pl.DataFrame, misses: pl.DataFrame, subject: Subject) -> dict[str, pl.Series]:
    """Return for each part which of the misses agree on it."""
    ids = pl.concat([misses[side] for side in PAIR_KEY]).unique()
    own = signatures.filter(pl.col("signature_id").is_in(ids.implode()))
    found = {}
    for part in parts(subject, near=True):
        values = part_values(own, part, subject=subject)
        found[part.text] = _least(misses, values.with_columns(signatures=pl.lit(1))).is_not_null()
    return found


def _tried(agreed: dict[str, pl.Series], weight: pl.Series, subject: Subject) -> list[tuple[str, ...]]:
    """Return the rules to cost: those that agree on most of the misses, a few of those that agree on the same."""
    options = [(_all(agreed, rule), rule) for rule in rules_of(parts(subject, near=True))]
    weighed = [(int((caught * weight).sum()), caught.to_numpy().tobytes(), rule) for caught, rule in options]
    ranked = sorted((one for one in weighed if one[0]), key=lambda one: (-one[0], len(one[2]), one[2]))
    seen: dict[bytes, int] = {}
    tried: list[tuple[str, ...]] = []
    for _, caught, rule in ranked:
        seen[caught] = seen.get(caught, 0) + 1
        if seen[caught] <= ALIKE and len(tried) < TRIED:
            tried.append(rule)
    return tried


def _least(misses: pl.DataFrame, keys: pl.DataFrame) -> pl.Series:
    """Return the `signatures` of the smallest of the `keys` that the two of a miss share, in their order, or null."""
    left = misses.select(PAIR_KEY).join(keys, left_on="signature_l", right_on="signature_id")
    both = left.join(keys.drop("signatures"), left_on=["signature_r", "key"], right_on=["signature_id", "key"])
    shared = both.group_by(PAIR_KEY).agg(pl.col("signatures").min())
    return misses.select(PAIR_KEY).join(shared, on=PAIR_KEY, how="left", maintain_order="left")["signatures"]


def _all(agreed: dict[str, pl.Series], rule: tuple[str, ...]) -> pl.Series:
    first, *rest = (agreed[text] for text in rule)
    for one in rest:
        first &= one
    return first.cast(pl.Int64)


def _options(on: tuple[str, ...], known: _Known) -> list[_Option]:
    """Return what a rule costs and catches under each cap that makes twice the budget of pairs at most."""
    alike = "only_source" if known.subject.pairs == "between_sources" else "united"
    keys = key(known.signatures, known.united, subject=_with(known.subject, BlockingRule(on=on))).block_keys
    blocks = block_pairs(keys.with_columns(whole="block_key"), alike)
    sized = keys.select("signature_id", "block_key").join(blocks.select("block_key", "signatures"), on="block_key")
    least = _least(known.misses, sized.rename({"block_key": "key"}))
    options: list[_Option] = []
    for cap in CAPS:
        pairs = int(blocks.filter(pl.col("signatures") <= cap)["pairs"].sum())
        caught = (least <= cap).fill_null(value=False)
        if 0 < pairs <= 2 * known.budget and caught.any():
            options = [one for one in options if one.pairs > pairs]
            options.append(_Option(BlockingRule(on=on, max_block=cap), pairs, caught))
    return options


def _with(subject: Subject, rule: BlockingRule) -> Subject:
    return subject.model_copy(update={"blocking": (rule,)})


def added_pairs(
    signatures: pl.DataFrame,
    united: pl.DataFrame,
    candidates: pl.DataFrame,
    rules: tuple[BlockingRule, ...],
    *,
    subject: Subject,
) -> pl.DataFrame:
    """Return the pairs (PAIR_KEY) that rules propose beside `candidates`."""
    found = [pl.DataFrame(schema=_NEW)]
    for rule in rules:
        one = _with(subject, rule)
        sized = size(key(signatures, united, subject=one).block_keys, subject=one)
        found += [part.candidates.select(PAIR_KEY) for part in join(sized.kept_keys, subject=one)]
    return pl.concat(found).unique().join(candidates, on=PAIR_KEY, how="anti")


def _best(costed: list[_Option], known: _Known) -> Remedy | None:
    """Return the better of two sets: each rule taken recovers most for a pair, or recovers most."""
    found = [one for one in (_greedy(costed, known, by_pair=choice) for choice in (True, False)) if one]
    return max(found, key=lambda one: (one.recovered, -one.pairs), default=None)


def _greedy(costed: list[_Option], known: _Known, *, by_pair: bool) -> Remedy | None:
    taken: list[_Option] = []
    new, left = pl.DataFrame(schema=_NEW), known.misses["micro"]
    while len(taken) < RULES:
        gains = [(int((one.caught * left).sum()), one) for one in costed]
        value = {id(one): gain / one.pairs if by_pair else gain for gain, one in gains}
        ranked = sorted((one for gain, one in gains if gain), key=lambda one: (-value[id(one)], *_tie(one)))
        found = _first(ranked, new, left, known, by_pair=by_pair)
        if found is None:
            break
        option, more = found
        taken.append(option)
        new, left = pl.concat([new, more]), left * ~option.caught
    return _remedy(_needed(taken), known)


def _first(
    ranked: list[_Option], new: pl.DataFrame, left: pl.Series, known: _Known, *, by_pair: bool
) -> tuple[_Option, pl.DataFrame] | None:
    """Return the best of the ranked options whose new pairs fit, and these; by pair, the best of the first ones."""
    best, room = None, known.budget - new.height
    for option in ranked[:WEIGHED]:
        more = _added((option.rule,), known).join(new, on=PAIR_KEY, how="anti")
        if more.height <= room:
            worth = int((option.caught * left).sum()) / max(more.height, 1)
            if best is None or worth > best[0]:
                best = (worth, option, more)
            if not by_pair:
                break
    return best[1:] if best else None


def _needed(taken: list[_Option]) -> list[_Option]:
    """Return the options without those that catch nothing beside the others, the first taken going first."""
    kept = list(taken)
    for one in taken:
        others = [other.caught for other in kept if other is not one]
        if others and not (one.caught & ~_any(others)).any():
            kept = [other for other in kept if other is not one]
    return kept


def _any(caught: list[pl.Series]) -> pl.Series:
    first, *rest = caught
    for one in rest:
        first |= one
    return first


def _added(rules: tuple[BlockingRule, ...], known: _Known) -> pl.DataFrame:
    return added_pairs(known.signatures, known.united, known.candidates, rules, subject=known.subject)


def _tie(option: _Option) -> tuple[int, int, str]:
    return option.pairs, len(option.rule.name), option.rule.name


def _remedy(taken: list[_Option], known: _Known) -> Remedy | None:
    if not taken:
        return None
    rules, weight = tuple(one.rule for one in taken), known.misses["micro"]
    recovered = int((_any([one.caught for one in taken]) * weight).sum())
    return Remedy(rules, _added(rules, known).height, recovered / MICRO, int(weight.sum()) / MICRO)


def _cheapest(costed: list[_Option], misses: pl.DataFrame) -> pl.DataFrame:
    told = misses.select(PAIR_KEY).with_columns(rule=pl.lit(None, pl.String), pairs=pl.lit(None, pl.Int64))
    for one in sorted(costed, key=lambda option: (-option.pairs, option.rule.name)):
        told = told.with_columns(
            rule=pl.when(one.caught).then(pl.lit(one.rule.name)).otherwise("rule"),
            pairs=pl.when(one.caught).then(one.pairs).otherwise("pairs"),
        )
    return told
