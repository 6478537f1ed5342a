"""What does collapsing before comparing win, and what does it cost? lifetree beside Splink 5 on the city's persons.

How the systems are held against each other stands in `benchmarks.peers.report.READING`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, get_args

import polars as pl

from benchmarks.datasets import ROOT
from benchmarks.measure import Measured, measured
from benchmarks.peers.city import (
    MEMBERS,
    PERSON,
    RECORDS,
    SIGNATURES,
    Errors,
    Shape,
    make,
    persons_project,
    truth_of,
    write_tables,
)
from benchmarks.peers.report import line, report, table, verdict
from engine.store import open_live
from engine.tables import CANDIDATES, LINKS
from matchers.evaluation import evaluate

RESULTS = ROOT / "docs/results"
PERSONS, SEED = 13_000, 3
TRAINING_PERSONS, TRAINING_SEED = 2_000, 9_003
"""The city on which a given model was trained."""

RESOLVING = (
    "sign",
    "collapse",
    "gather",
    "mass",
    "demote",
    "tell",
    "judge",
    "spread",
    "star",
    "unite",
    "key",
    "size",
    "join",
    "score",
    "tally",
    "limit",
    "accept",
    "decide",
    "cluster",
    "probe",
    "part",
)
TRAINING = ("sample", "train")

Row = dict[str, Any]


ASKED = (
    f"The city has seed {SEED} and {PERSONS:,} persons; given models were trained on one of seed {TRAINING_SEED} and "
    f"{TRAINING_PERSONS:,} persons with errors of the same kind."
)


class Place(NamedTuple):
    """A city and what is made of it, in one folder."""

    folder: Path

    @property
    def city(self) -> Path:
        """The generated project."""
        return self.folder / "city"

    @property
    def tables(self) -> Path:
        """What Splink reads and answers."""
        return self.folder / "tables"

    def store(self, mode: str) -> Path:
        """The store of a build."""
        return self.folder / f"store_{mode}"

    def model(self, system: str) -> Path:
        """The model of a system that was trained on this city."""
        return self.folder / f"{system}.json"


def main(arguments: list[str]) -> int:
    """Run the suite, or a smaller one for as many persons as the first argument says, with the second as seed.

    The results of the whole suite are written to docs/results.
    """
    if len(arguments) > 2 or not all(one.isdecimal() for one in arguments):
        print("usage: python -m benchmarks peers [PERSONS [SEED]]", file=sys.stderr)
        return 2
    persons, seed = [*map(int, arguments), *(PERSONS, SEED)[len(arguments) :]]
    rows: list[Row] = []
    print(table([]), flush=True)
    for errors in get_args(Errors):
        with tempfile.TemporaryDirectory() as folder:
            for row in rows_of(errors, Path(folder), persons=persons, seed=seed):
                rows.append(row)
                print(line(row), flush=True)
    print(f"\n{verdict(rows)}")
    if not arguments:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "peers.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "peers.md").write_text(report(rows, on=date.today(), asked=ASKED), encoding="utf-8")
    return 0


def rows_of(errors: Errors, folder: Path, *, persons: int, seed: int) -> Iterator[Row]:
    """Yield the row of each system and mode for a city with these errors."""
    taught, place = Place(folder / "taught"), Place(folder / "asked")
    measured(make, str(taught.city), TRAINING_PERSONS, TRAINING_SEED, errors)
    measured(teach, str(taught.folder))
    measured(make, str(place.city), persons, seed, errors)
    first: Row = {}
    for mode in ("given", "trained"):
        model = str(taught.model("lifetree")) if mode == "given" else None
        cost = measured(build_city, str(place.city), str(place.store(mode)), model)
        if not first:
            first = {"errors": errors, **measured(prepare, str(place.folder), mode).result._asdict()}
        yield {**first, **_of_lifetree(place, mode, cost)}
    for system in SPLINK:
        for mode in ("given", "trained"):
            yield {**first, **_of_splink(place, system, mode, taught.model(system) if mode == "given" else None)}


SPLINK = {"splink5-direct": (RECORDS, "record_number"), "splink5-signatures": (SIGNATURES, "signature_id")}
"""The table that each variant reads, and the column of MEMBERS that its rows are known by."""


def teach(folder: str) -> None:
    """Train the model of each system on the city in `folder`; for a process of its own."""
    from benchmarks.peers.splink5_city import train as train_splink
    from lifetree.build import train
    from matchers.models import save_calibration

    place = Place(Path(folder))
    build_city(str(place.city), str(place.store("trained")), None)
    prepare(folder, "trained")
    project = persons_project(place.city, store=place.store("trained"))
    save_calibration(train(project)[PERSON], place.model("lifetree"))
    for system, (file, _) in SPLINK.items():
        train_splink(str(place.tables / file), str(place.model(system)))


def build_city(city: str, store: str, calibration: str | None) -> Row:
    """Build the city's persons from nothing; for a process of its own."""
    from lifetree.build import build

    project = persons_project(Path(city), store=Path(store))
    return build(project, calibration={PERSON: Path(calibration)} if calibration else None)


def prepare(folder: str, mode: str) -> Shape:
    """Write what Splink reads; for a process of its own."""
    place = Place(Path(folder))
    project = persons_project(place.city, store=place.store(mode))
    return write_tables(open_live(project), project.subjects[PERSON], place.tables)


def link_with_splink(table: str, model: str | None, clusters: str) -> Any:
    """Return what Splink's run took; for a process of its own."""
    from benchmarks.peers import splink5_city

    return splink5_city.link(table, model, clusters)


def _of_lifetree(place: Place, mode: str, cost: Measured) -> Row:
    project = persons_project(place.city, store=place.store(mode))
    run = open_live(project)
    stages = {one["name"]: 0.0 for one in cost.result["stages"]}
    for one in cost.result["stages"]:
        stages[one["name"]] = round(stages[one["name"]] + one["seconds"], 2)
    return {
        "system": "lifetree",
        "mode": mode,
        "compared": cost.result["signatures"],
        "pairs": cost.result["pairs"],
        **_costs(cost, train=_sum(stages, TRAINING), resolve=_sum(stages, (*RESOLVING, *TRAINING))),
        "stages": stages,
        **_figures(place, mode, run.read("record_entity", subject=PERSON)),
    }


def _of_splink(place: Place, system: str, mode: str, model: Path | None) -> Row:
    file, key = SPLINK[system]
    clusters = place.tables / f"clusters_{file}"
    try:
        cost = measured(link_with_splink, str(place.tables / file), str(model) if model else None, str(clusters))
    except RuntimeError as error:
        return {"system": system, "mode": mode, "failed": str(error).splitlines()[0]}
    found = pl.read_parquet(clusters).select(pl.col("unique_id").alias(key), entity_id=pl.col("cluster_id"))
    records = pl.read_parquet(place.tables / MEMBERS).join(found, on=key)
    return {
        "system": system,
        "mode": mode,
        "compared": found.height,
        "pairs": cost.result.pairs,
        **_costs(cost, train=cost.result.train_seconds, resolve=cost.result.seconds),
        **_figures(place, mode, records.with_columns(pl.col("entity_id").cast(pl.String))),
    }


def _sum(stages: dict[str, float], names: tuple[str, ...]) -> float:
    return round(sum(stages.get(name, 0.0) for name in names), 2)


def _costs(cost: Measured, *, train: float, resolve: float) -> Row:
    return {
        "seconds": cost.seconds,
        "train_seconds": train,
        "resolve_seconds": resolve,
        "peak_memory_mb": cost.peak_memory_mb,
    }


def _figures(place: Place, mode: str, record_entity: pl.DataFrame) -> Row:
    """Return how well records are put together, by the same measure for every system."""
    figures = evaluate(
        record_entity,
        truth_of(place.city, persons_project(place.city, store=place.store(mode))),
        subject=PERSON,
        candidates=CANDIDATES.empty(),
        links=LINKS.empty(),
    )
    return {
        **figures["pairwise"],
        "entities": figures["entities"],
        "true_entities": figures["true_entities"],
        "exact_entities": figures["exact_entities"],
    }
