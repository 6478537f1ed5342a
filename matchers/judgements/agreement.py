"""How far two people who judged the same pairs agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import polars as pl

from engine.hashing import joined
from matchers.judgements.force import SIDES


def agreement(judgements: pl.DataFrame) -> list[dict[str, Any]]:
    """Return one row for every two people who judged pairs in common, by their names.

    `one, other, pairs, agreed` (both said the same word), `percent` and `kappa`. `judgements` holds COLUMNS, at most
    one of a person on a pair of a subject, as `given` returns them.
    """
    ends = (joined(SIDES["l"]), joined(SIDES["r"]))
    about = joined(["subject", pl.min_horizontal(ends), pl.max_horizontal(ends)])
    told: dict[str, dict[str, str]] = {}
    for person, pair, word in judgements.select("decided_by", about.alias("pair"), "judgement").iter_rows():
        told.setdefault(person, {})[pair] = word
    rows = []
    for one, other in combinations(sorted(told), 2):
        words = [(word, told[other][pair]) for pair, word in told[one].items() if pair in told[other]]
        if words:
            agreed = sum(mine == theirs for mine, theirs in words)
            percent = round(100 * agreed / len(words), 2)
            rows.append({"one": one, "other": other, "pairs": len(words), "agreed": agreed, "percent": percent,
                         "kappa": kappa(words)})  # fmt: skip
    return rows


def kappa(words: Sequence[tuple[str, str]]) -> float | None:
    """Return the agreement beyond chance (Cohen 1960): 1 is full, 0 what chance gives; None where chance alone decides.

    Chance is that each keeps to how often they say each word.

    >>> kappa([("same", "same"), ("same", "different"), ("different", "different"), ("different", "different")])
    0.5
    >>> kappa([("same", "same")])
    """
    number = len(words)
    agreed = sum(mine == theirs for mine, theirs in words)
    first, second = Counter(mine for mine, _ in words), Counter(theirs for _, theirs in words)
    chance = sum(first[word] * second[word] for word in first)
    if chance == number * number:
        return None
    return round((agreed * number - chance) / (number * number - chance), 6)
