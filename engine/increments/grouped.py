"""Stages of an increment that make of each group of rows what they make of it among others: only touched groups run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.increments.answers import Changes, Frames, difference, made, merged_changes
from engine.increments.held import facts_of
from engine.increments.locality import Looked, Rule
from engine.increments.multisets import Change
from engine.increments.picks import among, with_keys
from engine.increments.sheets import Sheet
from engine.runners.tasks import Stage, Task
from engine.sizing import WORKERS

if TYPE_CHECKING:
    from engine.increments.flow import IncrementFlow


_KEY = " key"


def by_rule(flow: IncrementFlow, stage: Stage, tasks: Sequence[Task], subject: str | None) -> Changes:
    """Return the change of a stage by the rule of each of its tasks."""

    def one(task: Task) -> dict[str, Change]:
        rule = flow.rules[stage.name](task)
        return _anew(flow, stage, task, subject) if rule.whole else _groups(flow, stage, task, rule, subject)

    with ThreadPoolExecutor(WORKERS) as workers:
        return merged_changes(workers.map(one, tasks))


def _anew(flow: IncrementFlow, stage: Stage, task: Task, subject: str | None) -> dict[str, Change]:
    """Return the change of a stage that is made anew; a stage has one such task."""
    sheets = {name: flow.sheet(files) for name, files in task.inputs.items()}
    if sheets and not any(one.changed() for one in sheets.values()) and flow.facts(stage.name, task) == facts_of(task):
        return {}
    new = made(stage, {name: one.new() for name, one in sheets.items()}, task.arguments)
    held = {name: flow.before(stage.name, subject, name) for name in new}
    return difference({name: one.old() for name, one in held.items() if one}, new)


def _groups(flow: IncrementFlow, stage: Stage, task: Task, rule: Rule, subject: str | None) -> dict[str, Change]:
    """Return the change of a stage that makes of each group what it makes of it among others."""
    sheets = {name: flow.sheet(files) for name, files in task.inputs.items()}
    known = flow.facts(stage.name, task)
    keys = _touched(sheets, rule)
    if known != facts_of(task):
        keys = None
    if keys is not None and keys.is_empty():
        return {}
    picks = {} if keys is None else {name: with_keys(_named(keys, column)) for name, column in rule.by.items()}
    grouped = {name: one.old(picks.get(name)) for name, one in sheets.items() if name in rule.by}
    after = {name: sheets[name].after(old, picks.get(name)) for name, old in grouped.items()}
    rest = {name: one for name, one in sheets.items() if name not in rule.by}
    met = {name: _met(name, rule, grouped, after) for name in rest} if keys is not None else {}
    old_rest = {name: one.old(met.get(name)) for name, one in rest.items()}
    new_rest = {name: one.after(old_rest[name], met.get(name)) for name, one in rest.items()}
    new = made(stage, {**after, **new_rest}, task.arguments)
    if all(one.is_empty() for one in grouped.values()):  # of no groups, a stage makes nothing
        return {name: (frame.clear(), frame) for name, frame in new.items()}
    if rule.kept and keys is not None:
        old = _kept(flow, stage, subject, rule, grouped)
    else:
        old = made(stage, {**grouped, **old_rest}, {**task.arguments, **known})
    changes: dict[str, Change] = difference(old, new)
    for name, columns in rule.sums.items():
        against = old[name].with_columns(-pl.col(columns))
        changes[name] = (new[name].clear(), pl.concat([new[name], against]))
    return changes


def _kept(flow: IncrementFlow, stage: Stage, subject: str | None, rule: Rule, grouped: Frames) -> Frames:
    """Return what the run before holds of what a stage made of groups."""
    held = {name: (flow.before(stage.name, subject, name), where) for name, where in rule.kept.items()}
    return {
        name: sheet.old(with_keys(grouped[where.by].select(where.columns).unique()))
        for name, (sheet, where) in held.items()
        if sheet
    }


def _met(name: str, rule: Rule, *sides: Mapping[str, pl.DataFrame]) -> Any:
    look = rule.looked.get(name)
    if look is None:
        return None
    values = pl.concat([side[look.beside][look.column] for side in sides]).unique()
    tests = [pl.col(column).is_in(values.implode()) for column in look.columns]
    return lambda frame: frame.filter(pl.any_horizontal(tests))


def _named(keys: pl.DataFrame, column: str) -> pl.DataFrame:
    return keys.rename({_KEY: column})


def _touched(sheets: Mapping[str, Sheet], rule: Rule) -> pl.DataFrame | None:
    """Return the keys of the groups that the changes reach: `_KEY` and the columns within; None for all."""
    present = {name: column for name, column in rule.by.items() if name in sheets}
    own = {name: [pl.col(column).alias(_KEY), *map(pl.col, rule.within)] for name, column in present.items()}
    keys = [sheets[name].delta().select(columns) for name, columns in own.items()]
    for name, sheet in sheets.items():
        if name in present or not sheet.changed():
            continue
        look = rule.looked.get(name) or rule.told.get(name)
        if look is None:
            return None
        if not isinstance(look, Looked):
            keys.append(look(sheet.delta(), sheets).alias(_KEY).to_frame())
            continue
        values = pl.concat([sheet.delta()[column] for column in look.columns]).unique()
        beside = sheets[look.beside]
        met = pl.concat(
            [beside.old(among(look.column, values)), beside.plus.filter(pl.col(look.column).is_in(values.implode()))]
        )
        keys.append(met.select(own[look.beside]))
    return pl.concat(keys).unique()
