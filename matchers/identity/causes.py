"""Causes: what can have changed an entity between two runs, as far as the difference of the two tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

COUNTED = {"added": "added", "corrected": "corrected", "withdrawn": "withdrawn", "rejudged": "judgement"}
"""The cause that each count of records stands for, in the order in which causes are told."""

ELSEWHERE = "elsewhere"
"""No record of the entity changed, and neither the calibration nor the rules: others moved a weight or a limit."""


def causes(names: Iterable[str], changed: tuple[str, ...]) -> pl.Expr:
    """Return `cause` of rows that have the counts `names` of COUNTED: as `cause_of`."""
    counted = [(name, cause) for name, cause in COUNTED.items() if name in set(names)]
    own = pl.concat_list(pl.when(pl.col(name) > 0).then(pl.lit(cause)) for name, cause in counted).list.drop_nulls()
    return pl.when(own.list.len() > 0).then(own).otherwise(pl.lit(cause_of({}, changed))).alias("cause")


def cause_of(counts: Mapping[str, int | None], changed: tuple[str, ...]) -> list[str]:
    """Return what records went through; where none changed, what `changed` for all, else `elsewhere`.

    >>> cause_of({"added": 2, "rejudged": 1}, ("calibration",)), cause_of({"added": 0}, ("calibration",))
    (['added', 'judgement'], ['calibration'])
    """
    own = [cause for name, cause in COUNTED.items() if counts.get(name)]
    return own or list(changed) or [ELSEWHERE]
