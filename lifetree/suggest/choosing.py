"""Blocking rules chosen within a budget, and the rules that a model is trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lifetree.suggest.proposing import Proposed
from lifetree.suggest.rules import Rule

RULES = 24
"""Rules that are chosen at most."""

WORTH = (1.0, 0.3, 0.1, 0.0)
"""What it is worth to propose a likely pair for the first time, the second …: true pairs are not all likely ones."""

LEAST_GAIN = 0.0005
"""The share of the likely pairs below which a further rule is not worth its while."""

OWN_COST = 0.1
"""What a rule costs beside its pairs, in pairs a record."""

PURE = 0.5
"""The share of likely pairs among those that agree on a training rule, from which they teach what a match is."""

LEAST_LIKELY = 50


def chosen(rules: Sequence[Rule], seen: Proposed, *, budget: float, records: float) -> list[Rule]:
    """Return rules that together propose the likely pairs, the most for their pairs first, within the budget."""
    times = np.zeros(seen.likely.height, dtype=np.int64)
    worth = np.array(WORTH)
    left, taken, spent = set(range(len(rules))), list[int](), 0.0
    least = LEAST_GAIN * times.size
    while left and len(taken) < RULES:
        gains = {at: float(worth[np.minimum(times[seen.found[at]], len(WORTH) - 1)].sum()) for at in left}
        left = {at for at in left if gains[at] > least and spent + rules[at].pairs <= budget}
        if not left:
            break
        best = max(left, key=lambda at: (gains[at] / (rules[at].pairs + OWN_COST * records), -at))
        taken.append(best)
        left.discard(best)
        spent += rules[best].pairs
        times[seen.found[best]] += 1
    return [rules[at] for at in taken]


def training(rules: Sequence[Rule], seen: Proposed, attributes: Sequence[str]) -> list[tuple[str, ...]]:
    """Return up to four rules over whole attributes whose pairs are likely ones, no attribute in two of them.

    Where none is pure enough, they are the two purest of one attribute.
    """
    whole = set(attributes)
    able, further = [], []
    for rule, found in zip(rules, seen.found, strict=True):
        purity = found.size / max(rule.pairs * seen.share, 1)
        if not set(rule.parts) <= whole or found.size < LEAST_LIKELY:
            continue
        if purity >= PURE:
            able.append((len(rule.parts), -found.size, rule))
        elif len(rule.parts) == 1:
            further.append((1, -purity, rule))
    taken: list[Rule] = []
    purest = sorted(further, key=lambda one: (one[1], one[2].parts))[:2]
    for _, _, rule in sorted(able or purest, key=lambda one: (one[0], one[1], one[2].parts)):
        if len(taken) < 4 and not any(rule.attributes & other.attributes for other in taken):
            taken.append(rule)
    return [rule.parts for rule in taken]
