"""The tables of legal entities of a batch, their events, their relations and the breaches among them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, NOBODY, dates, identities
from engine.city.world.core import Core
from engine.city.world.draws import below, chance
from engine.city.world.firm_breaches import firm_anomaly_table, firm_found, firm_made
from engine.city.world.firm_life import (
    Mergers,
    beginnings,
    endings,
    firm_event_table,
    firm_facts,
    merger_events,
    mergers,
    ordinary,
    paired,
    periodic,
    window,
)  # fmt: skip
from engine.city.world.firm_names import name_table
from engine.city.world.firm_numbers import converted, numbers, premises, telephones
from engine.city.world.firm_roles import posts, role_events, role_relations
from engine.city.world.firms import CODES, FORMS, INDUSTRIES, SUBJECTS, Firms
from engine.city.world.tables_of import relation_rows


class Registers(NamedTuple):
    """The frames of legal entities, and what they add to the persons' events."""

    frames: dict[str, pl.DataFrame]
    addresses: pl.DataFrame
    relations: list[pl.DataFrame]
    anomalies: pl.DataFrame
    roles: pl.DataFrame


def registers(core: Core, known: Firms) -> Registers:
    """Return everything of the batch's legal entities."""
    span = window(core, known)
    names, renames = name_table(core, known)
    places, content, moves = premises(core, known)
    held = posts(span)
    done = mergers(span)
    reports, lazy = periodic(span)
    breaches = firm_made(span)
    since = converted(core, known)
    old = np.flatnonzero((since < NEVER) & (since > known.established))
    events = [
        *beginnings(span), *ordinary(span), *paired(span), *reports, *endings(span), *merger_events(done),
        *held.changes,
        *(firm_facts("CHG.NAME", who, days, detail=name) for who, days, name in renames),
        *(firm_facts("CHG.ADDR", who, days, address=address, detail="住所变更") for who, days, address in moves),
        firm_facts("CODE.CONV", old, since[old], detail="换发统一社会信用代码"),
        *(frame for _, frame in breaches),
    ]  # fmt: skip
    frames = {
        "firms": _firm_table(core, known),
        "firm_names": _intervals(known, names, "name", "core"),
        "firm_identifiers": numbers(core, known),
        "firm_addresses": _premises_table(core, known, places),
        "firm_phones": telephones(core, known),
        "firm_events": firm_event_table(core, known, events),
    }
    relations = [*role_relations(span, held.roles), _successors(known, done)]
    anomalies = firm_anomaly_table(span, [*breaches, *firm_found(span, held, done, lazy)])
    return Registers(frames, content, relations, anomalies, role_events(span, held.roles))


def _intervals(known: Firms, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return frame.select(
        *columns,
        firm_id=pl.Series(known.ids[frame["who"].to_numpy()]),
        valid_from=dates(frame["start"].to_numpy()),
        valid_to=dates(frame["end"].to_numpy()),
    )


def _premises_table(core: Core, known: Firms, places: pl.DataFrame) -> pl.DataFrame:
    towns = pl.Series(core.known.codes[places["town"].to_numpy()], dtype=pl.String)
    return _intervals(known, places.with_columns(township=towns, address_id="address"), "address_id", "township")


def _successors(known: Firms, done: Mergers) -> pl.DataFrame:
    """The successor of each absorbed, merged or split firm."""
    kind = np.where(np.char.startswith(done.code.astype(str), "MRG"), "merger", "split")
    return relation_rows(("firm", known.ids[done.target]), "SUCCESSOR_OF", ("firm", known.ids[done.source]), done.days,
        np.full(len(done.days), NEVER), kind).unique(
        ["from_id", "to_id", "valid_from"], maintain_order=True)  # fmt: skip


def _firm_table(core: Core, known: Firms) -> pl.DataFrame:
    ended, revoked = known.ended < NEVER, known.revoked < NEVER
    idle = chance(core.seed, known.ids, "idle", 0.01) & (below(core.seed, known.ids, "void", 2) == 0)
    status = np.where(
        revoked, np.where(ended, "吊销已注销", "吊销未注销"), np.where(ended, "注销", np.where(idle, "歇业", "存续"))
    )
    form = np.array(FORMS)[known.form]

    def linked(places: np.ndarray) -> pl.Series:
        return identities(np.where(places >= 0, known.ids[np.maximum(places, 0)], NOBODY))

    return pl.DataFrame(
        {
            "firm_id": known.ids,
            "cell": known.cell,
            "subject_kind": pl.Series(np.array(SUBJECTS)[known.form], dtype=pl.String),
            "form": pl.Series(form, dtype=pl.String),
            "established": dates(known.established),
            "ended": dates(known.ended),
            "revoked": dates(known.revoked),
            "status": pl.Series(status, dtype=pl.String),
            "division": pl.Series(core.known.districts[known.town], dtype=pl.String),
            "township": pl.Series(core.known.codes[known.town], dtype=pl.String),
            "industry": pl.Series(np.array(CODES)[known.industry], dtype=pl.String),
            "capital": known.capital,
            "parent_id": linked(known.parent),
            "group_id": linked(known.group),
            "scope": pl.Series(np.array(INDUSTRIES)[known.industry], dtype=pl.String) + "；一般经营项目",
        }
    )
