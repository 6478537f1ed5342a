"""All events of the persons of a batch, and the relations that follow from them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER
from engine.city.world.childhood import births, schools
from engine.city.world.core import Core
from engine.city.world.firms import Firms
from engine.city.world.jobs import Jobs, entitled, jobs
from engine.city.world.living import dwellings, health, law_and_welfare, mobility
from engine.city.world.passages import Wards, adoptions, deaths, guardians, weddings
from engine.city.world.registry import book, cards, residence, travel
from engine.city.world.tables_of import relation_rows
from engine.city.world.working import employment, insurance, pensions


class Story(NamedTuple):
    """Events as parts, relations as parts, and the working lives behind them."""

    events: list[pl.DataFrame]
    relations: list[pl.DataFrame]
    work: Jobs


def story(core: Core, fixes: pl.DataFrame, known: Firms) -> Story:
    """Return the life of the batch."""
    work = jobs(core, known)
    housing, own, let = dwellings(core)
    adopted, guarded = adoptions(core), guardians(core)
    events = [
        *births(core), *schools(core), *book(core, fixes), *cards(core), *residence(core), *travel(core),
        *weddings(core), *adopted.events, *guarded.events, *employment(core, work), *insurance(core, work),
        *pensions(core, entitled(core, work)), *health(core), *housing, *mobility(core), *law_and_welfare(core),
        *deaths(core),
    ]  # fmt: skip
    return Story(events, [*_ties(core, adopted, guarded), *_dwellings(core, own, let), _employed(core, work)], work)


def _ties(core: Core, adopted: Wards, guarded: Wards) -> list[pl.DataFrame]:
    return [
        relation_rows(
            ("person", core.ids[ties.keeper]), kind, ("person", core.ids[ties.ward]), ties.start, ties.end, detail
        )
        for ties, kind, detail in ((adopted, "PARENT_OF", "adoptive"), (guarded, "GUARDIAN_OF", None))
    ]


def _dwellings(core: Core, own: pl.DataFrame, let: pl.DataFrame) -> list[pl.DataFrame]:
    parts = []
    for kind, frame in (("OWNS", own), ("RENTS", let)):
        who, start = frame["who"].to_numpy(), frame["start"].to_numpy()
        end = core.people.death[who] if kind == "OWNS" else frame["end"].to_numpy()
        parts.append(
            relation_rows(("person", core.ids[who]), kind, ("address", frame["address"].to_numpy()), start, end)
        )
    return parts


def _employed(core: Core, work: Jobs) -> pl.DataFrame:
    at = work.firm > -(1 << 50)
    end = np.where(work.end >= core.as_of, NEVER, work.end)
    return relation_rows(
        ("person", core.ids[work.who[at]]), "EMPLOYED_BY", ("firm", work.firm[at]), work.start[at], end[at]
    )
