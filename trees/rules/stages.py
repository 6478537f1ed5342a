"""The two places where the rules look: at whole entities, and at ties between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from engine.cleanse.rules import Look
from engine.settings import Subject
from trees.events.types import EventType
from trees.rules.afterlife import events_view
from trees.rules.apply import findings
from trees.rules.facts import entity_facts, unnumbered
from trees.rules.held import held_view
from trees.rules.registered import Registers, rows_view
from trees.rules.shared import shared_view
from trees.rules.ties import relations_view


def look(
    placed: pl.DataFrame,
    profiles: pl.DataFrame,
    shared: pl.DataFrame,
    events: pl.DataFrame | None = None,
    witnesses: pl.DataFrame | None = None,
    *,
    name: str,
    subject: Subject,
    looks: Sequence[Look],
    types: Mapping[str, EventType],
    held_once: Registers,
    principal: dict[str, str],
) -> dict[str, pl.DataFrame]:
    """Return the findings about whole entities of one subject, and what ties need to know of them.

    That is their facts, and the mentions that rows name without an identifier (`unnumbered`).
    """
    kinds = {kind for one in looks if one.test.on == "held" for kind in one.test.kinds}
    facts = entity_facts(placed, profiles, events, name=name, subject=subject, principals=principal, types=types)
    asked = {one.test.on for one in looks}
    found = []
    if "held" in asked:
        view = held_view(placed, shared, name=name, subject=subject, kinds=kinds)
        found.append(findings(view, looks, on="held"))
    if "shared" in asked:
        found.append(findings(shared_view(placed, shared, facts, name=name, subject=subject), looks, on="shared"))
    if "rows" in asked:
        view = rows_view(placed, facts, name=name, subject=subject, held_once=held_once, principal=principal)
        found.append(findings(view, looks, on="rows"))
    if "events" in asked and witnesses is not None:
        found.append(findings(events_view(witnesses, facts, name=name), looks, on="events"))
    bare = unnumbered(placed, name=name, subject=subject, principals=principal)
    return {"findings": pl.concat([findings(facts, (), on=""), *found]), "facts": facts, "unnumbered": bare}


def weigh(
    faced: pl.DataFrame, claimed: pl.DataFrame, cycles: pl.DataFrame, facts: pl.DataFrame, *, looks: Sequence[Look]
) -> dict[str, pl.DataFrame]:
    """Return the findings about the ties whose own entities are in one bucket."""
    return {"findings": findings(relations_view(faced, claimed, cycles, facts), looks, on="relations")}
