"""Who answers for each source, how often it is due and when it came last."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.batches import project_catalogue
from engine.catalogue import plain_code
from engine.settings import Project, Source
from engine.store import Run
from engine.values.cycles import CATALOGUE_CYCLES, days_since, overdue


class Steward(NamedTuple):
    """The department that answers for a source, and the source's update cycle where one is known."""

    department: str
    cycle: str | None


class Dataset(NamedTuple):
    """A source with its steward and latest delivery; `overdue` is None where cycle or delivery is unknown."""

    source: str
    department: str
    cycle: str | None
    delivered_at: str | None
    days: int | None
    overdue: bool | None


def stewards(project: Project) -> dict[str, Steward]:
    """Return the steward of each source: of its own keys, else of its entry in the project's catalogue.

    A source of which neither names a department answers for itself.
    """
    catalogue = project_catalogue(project)
    entries = {} if catalogue is None else {row["code"]: row for row in catalogue.entries.iter_rows(named=True)}
    found = {}
    for source in project.sources:
        entry = entries.get(plain_code(source.catalogue)) if source.catalogue else None
        said = CATALOGUE_CYCLES.get(entry["update_cycle"]) if entry else None
        department = source.steward or (entry["provider"] if entry else source.name)
        found[source.name] = Steward(department, source.cycle or said)
    return found


def department_of(known: dict[str, Steward]) -> pl.Expr:
    """Return the department of the column `source`; a source that the project no longer has answers for itself."""
    names = {source: steward.department for source, steward in known.items()}
    return pl.col("source").replace_strict(names, default=pl.col("source"), return_dtype=pl.String)


def datasets(run: Run, project: Project, *, as_of: str) -> list[Dataset]:
    """Return every source with its latest delivery in the run, and whether it is overdue on a day."""
    latest = latest_deliveries(
        [run.scan("records", subject=name) for name in project.subjects if f"{name}/records" in run.manifest["tables"]]
    )
    return held_to_cycles(project.sources, stewards(project), latest, as_of=as_of)


def held_to_cycles(
    sources: tuple[Source, ...], known: dict[str, Steward], latest: dict[str, str], *, as_of: str
) -> list[Dataset]:
    """Return the sources in their order, each held to its update cycle on a day."""
    return [
        Dataset(
            source.name,
            *known[source.name],
            latest.get(source.name),
            days_since(latest.get(source.name), as_of),
            overdue(latest.get(source.name), known[source.name].cycle, as_of),
        )
        for source in sources
    ]


def latest_deliveries(records: list[pl.LazyFrame]) -> dict[str, str]:
    """Return the latest `delivered_at` of each source in tables of RECORDS; sources without one are left out."""
    parts = [table.group_by("source").agg(pl.col("delivered_at").max()) for table in records]
    if not parts:
        return {}
    latest = pl.concat(parts).group_by("source").agg(pl.col("delivered_at").max()).drop_nulls().sort("source")
    return dict(latest.collect().iter_rows())
