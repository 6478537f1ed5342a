"""Cleansing through an increment: what the touched records were is read from the run before, not cleansed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import polars as pl

from engine.batches import refuse
from engine.cleanse import KnownValues, account, known_values
from engine.increments import Pick, Sheet, among, with_keys
from engine.increments.answers import Changes, difference, made
from engine.increments.flow import IncrementFlow
from engine.increments.held import facts_of
from engine.runners.tasks import Stage, Task
from engine.sizing import WORKERS

FATES = ("rows_in", "kept", "quarantined", "exact_duplicates", "superseded")
"""What the account of a source counts."""

MANY = 500_000
"""Rows of all sources of which the values are not worked out together: they would stand in memory all at once."""

_PLACE = ["source", "record_id"]


class Touched(NamedTuple):
    """The rows of one source that may be cleansed otherwise than before, before and after; `whole`: all of its rows."""

    task: Task
    facts: Mapping[str, Any]
    old: pl.DataFrame
    new: pl.DataFrame
    whole: bool

    def source(self) -> str:
        """Return the name of the source."""
        return str(self.task.arguments["source"].name)

    def is_keyed(self) -> bool:
        """Return whether the rows have keys; else they bear their content, of which each of equal rows is a record."""
        return bool(self.task.arguments["source"].key)

    def keys(self) -> pl.DataFrame:
        """Return the records that the source had."""
        return self.old.select(pl.lit(self.source()).alias("source"), "record_id").unique()


def cleanse(flow: IncrementFlow, stage: Stage, tasks: Sequence[Task], _: str | None) -> Changes:
    """Return how records and what is told of them change: the rows of a record are cleansed together."""
    with ThreadPoolExecutor(WORKERS) as workers:
        several = [one for one in workers.map(lambda task: _touched(flow, stage, task), tasks) if one]
        if not several:
            return {}
        known = _known(several)
        answers = [*workers.map(lambda one: made(stage, {"rows": one.new}, {**one.task.arguments, **known}), several)]
        names = sorted({name for one in answers for name in one})
        new = {name: pl.concat(one[name] for one in answers if name in one) for name in names}
        accounts = new.pop("accounts")
        before = {name: sheet for name in new if (sheet := flow.before(stage.name, None, name))}
        old = dict(zip(before, workers.map(lambda sheet: _standing(sheet, several), before.values()), strict=True))
    told = [one for one in several if one.old.height]
    minus = [_account(one, old["rejects"]).with_columns(-pl.col(FATES)) for one in told]
    return {**difference(old, new), "accounts": (accounts.clear(), pl.concat([accounts, *minus]))}


def _known(several: Sequence[Touched]) -> dict[str, KnownValues]:
    """Return the argument that holds what becomes of values; none for so many rows that they would fill memory."""
    if sum(one.new.height for one in several) > MANY:
        return {}
    told = several[0].task.arguments
    rows = [(one.task.arguments["source"], one.new) for one in several]
    return {"known": known_values(rows, subjects=told["subjects"], rulebook=told["rulebook"])}


def _touched(flow: IncrementFlow, stage: Stage, task: Task) -> Touched | None:
    """Return the rows of the records that new rows reach; under other facts than before, all rows."""
    sheet, facts = flow.sheet(task.inputs["rows"]), flow.facts(stage.name, task)
    whole = facts != facts_of(task)
    if not (whole or sheet.changed()):
        return None
    pick = None if whole else among("record_id", sheet.delta()["record_id"])
    old = sheet.old(pick)
    return Touched(task, facts, old, sheet.after(old, pick), whole)


def _standing(sheet: Sheet, several: Sequence[Touched]) -> pl.DataFrame:
    """Return the rows of a table about the touched records as they were."""
    wholes = [one.source() for one in several if one.whole]
    apart = [one for one in several if not one.whole]
    picks = [with_keys(keys) for keys in _keys([one for one in apart if one.is_keyed()])]
    picks += [_of_content(keys) for keys in _keys([one for one in apart if not one.is_keyed()])]
    picks += [lambda frame: frame.filter(pl.col("source").is_in(wholes))] if wholes else []
    return pl.concat([sheet.minus.clear(), *(sheet.old(pick) for pick in picks)])


def _keys(several: Sequence[Touched]) -> list[pl.DataFrame]:
    return [pl.concat(one.keys() for one in several)] if several else []


def _of_content(keys: pl.DataFrame) -> Pick:
    """Return the pick of records of which the content, their id without the ordinal, is among the keys."""
    content = pl.col("record_id").str.replace(r"-\d+$", "")
    return lambda frame: frame.filter(pl.col("source").is_in(keys["source"].unique())).filter(
        content.is_in(keys["record_id"].implode())
    )


def _account(one: Touched, rejects: pl.DataFrame) -> pl.DataFrame:
    """Return the account of the rows as they were."""
    source = one.task.arguments["source"]
    taken = refuse(one.old, one.facts.get("refused") or {}, source=source)
    own = rejects.filter(pl.col("source") == source.name)
    counted = account(taken.rows, own, source=source, replaced=one.facts.get("replaced"))
    return pl.concat([counted, taken.accounts])
