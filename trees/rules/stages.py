"""The two places where the rules look: at whole entities, and at ties between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from engine.cleanse.rules import Look
from engine.settings import Subject
from engine.slices import SLICE, slices
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
) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the findings about whole entities of one subject, and what ties need to know of them, some at a time.

    That is their facts, and the mentions that rows name without an identifier (`unnumbered`).
    """
    kinds = {kind for one in looks if one.test.on == "held" for kind in one.test.kinds}
    asked = {one.test.on for one in looks}
    given = {"placed": placed, "profiles": profiles, "shared": shared, "events": events, "witnesses": witnesses}
    present = {table: frame for table, frame in given.items() if frame is not None}
    for part in slices(present, by="entity_id", rows=SLICE):
        own, profiled, borne = (part[table] for table in ("placed", "profiles", "shared"))
        happened, told = part.get("events"), part.get("witnesses")
        facts = entity_facts(own, profiled, happened, name=name, subject=subject, principals=principal, types=types)
        found = [findings(facts, (), on="")]
        if "held" in asked:
            found.append(findings(held_view(own, borne, name=name, subject=subject, kinds=kinds), looks, on="held"))
        if "shared" in asked:
            found.append(findings(shared_view(own, borne, facts, name=name, subject=subject), looks, on="shared"))
        if "rows" in asked:
            view = rows_view(own, facts, name=name, subject=subject, held_once=held_once, principal=principal)
            found.append(findings(view, looks, on="rows"))
        if "events" in asked and told is not None:
            found.append(findings(events_view(told, facts, name=name), looks, on="events"))
        bare = unnumbered(own, name=name, subject=subject, principals=principal)
        yield {"findings": pl.concat(found), "facts": facts, "unnumbered": bare}


def weigh(
    faced: pl.DataFrame, claimed: pl.DataFrame, cycles: pl.DataFrame, facts: pl.DataFrame, *, looks: Sequence[Look]
) -> dict[str, pl.DataFrame]:
    """Return the findings about the ties whose own entities are in one bucket."""
    return {"findings": findings(relations_view(faced, claimed, cycles, facts), looks, on="relations")}
