"""How far a change reaches within a stage: which rows of its inputs belong together, whatever else there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import polars as pl

from engine.increments.sheets import Sheet

Reach = Callable[[pl.DataFrame, Mapping[str, Sheet]], pl.Series]
"""Which groups a change in one input reaches, by the rows that change and all inputs."""


class Looked(NamedTuple):
    """How an input that belongs to no group is tied to one that does: rows meet where two columns are equal.

    `columns` are of the input itself, `column` is of the input called `beside`.
    """

    columns: tuple[str, ...]
    beside: str
    column: str


class Borne(NamedTuple):
    """Where a table holds what its stage made of a group.

    A row is of a group if it agrees in all of `columns` with a row that the group has in the input called `by`.
    """

    by: str
    columns: tuple[str, ...]


class Rule(NamedTuple):
    """What one group of a stage is.

    `by` gives the column of each input by which its rows are grouped: the stage makes of a group what it makes of it
    among all others; `within` gives further columns that all these inputs have, which tell the groups of one value
    apart (then nothing but these columns may say what a change reaches). An input in `looked` is given where it meets a
    group, and a change in it reaches the groups that it meets; one in `told` is given whole. All other inputs are given
    whole, and a change in them reaches every group.
    `sums` gives columns of a table that are added up later: what a group adds changes by its difference. `whole` stages
    are small, and made anew. `kept` tells of every table where it holds what the stage made of a group, for stages of
    which it costs less to read that than to make it again; the stage has one task.
    """

    by: Mapping[str, str] = {}
    within: tuple[str, ...] = ()
    looked: Mapping[str, Looked] = {}
    told: Mapping[str, Looked | Reach] = {}
    sums: Mapping[str, tuple[str, ...]] = {}
    whole: bool = False
    kept: Mapping[str, Borne] = {}
