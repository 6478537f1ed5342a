"""The life tree of one entity in a finished run: events, relations and spells, as of a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from engine.settings import Project
from engine.store import SHARED, Run
from lifetree.lookup import Mention
from trees import render
from trees.events import BRANCHES, event_types
from trees.relations import relation_types


def tree(run: Run, mention: Mention, *, as_of: date | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return `events`, `relations` and `spells` of the mention's entity.

    `as_of` leaves out what happened later, and ties and residences that do not hold on the day. A table that the run
    does not have is empty.
    """
    own = pl.col("entity_id") == mention.entity_id
    tied = (pl.col("entity_from") == mention.entity_id) | (pl.col("entity_to") == mention.entity_id)
    return {
        "events": _rows(run, f"{mention.subject}/events", own & _begun(as_of)),
        "relations": _rows(run, f"{SHARED}/relations", tied & _begun(as_of) & _holds(as_of)),
        "spells": _rows(run, f"{mention.subject}/spells", own & _begun(as_of) & _holds(as_of)),
    }


def draw_tree(run: Run, project: Project, one: dict[str, Any]) -> list[str]:
    """Return the tree of one life (`lookup.life` with the tables of `tree`) as lines of text."""
    names = _names(run, project, one)
    types = event_types().get(one["subject"], {})
    return render.draw(
        [
            render.trunk(one["profile"]),
            *render.branches(one["events"], order=BRANCHES.get(one["subject"], ()), types=types, names=names),
            render.grafts(one["relations"], entity_id=one["entity_id"], types=relation_types(), names=names),
            render.residence(one["spells"]),
        ]
    )


def _rows(run: Run, table: str, test: pl.Expr) -> list[dict[str, Any]]:
    if table not in run.manifest["tables"]:
        return []
    subject, name = table.split("/")
    found = run.scan(name, subject=None if subject == SHARED else subject).filter(test).collect()
    return found.sort(found.columns[0]).to_dicts()


def _begun(as_of: date | None) -> pl.Expr:
    return pl.lit(value=True) if as_of is None else (pl.col("valid_from") <= as_of.isoformat()).fill_null(value=True)


def _holds(as_of: date | None) -> pl.Expr:
    return pl.lit(value=True) if as_of is None else (pl.col("valid_to") > as_of.isoformat()).fill_null(value=True)


def _names(run: Run, project: Project, one: dict[str, Any]) -> dict[str, str]:
    """Return what the other entities of the tree are called: the value of their subject's first attribute."""
    others: dict[str, set[str]] = {}
    for row in one["relations"]:
        for end in ("from", "to"):
            others.setdefault(row[f"subject_{end}"], set()).add(row[f"entity_{end}"])
    for row in one["events"]:
        if row["other_entity"]:
            others.setdefault(row["other_subject"], set()).add(row["other_entity"])
    names = {}
    for subject, ids in others.items():
        first = next(iter(project.subjects[subject].attributes))
        wanted = pl.col("entity_id").is_in(sorted(ids)) & (pl.col("attribute") == first)
        named = run.scan("profiles", subject=subject).filter(wanted).select("entity_id", "value").collect()
        names.update(dict(named.iter_rows()))
    return names
