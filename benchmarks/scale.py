"""Does accuracy hold as the city grows? The same first 10,000 persons, found among ever more.

Cities of one seed are prefixes of one another, so the records of the first 10,000 persons are the same in each. The
city of 200,000 is built with all sources, persons and legal entities (`whole`); at the other sizes the sources of
`SOURCES` alone are built, persons alone (`narrow`). Events, relations and spells are left out: the question is who is
the same. Every city is scored with the shipped calibration and thresholds, which were made on seed 1.

A pair counts where both of its records are of the first 10,000. `touching` precision also counts as wrong what links
them with anybody else, so that a merge with a stranger of the larger city does not go unseen. Records that the largest
city calls undecidable (by more namesakes) are left out at every size; `raw` figures keep them.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from benchmarks.datasets import ROOT
from benchmarks.measure import Measured, measured
from engine.settings import Project, Source, load_project
from engine.store import open_live
from engine.tables import RECORD_KEY
from lifetree.build import CHECKS
from lifetree.city import Asked, make_city
from lifetree.evaluation import where_missed
from matchers.evaluation import evaluate, read_truth
from matchers.evaluation.measures import contingency, pairwise
from matchers.evaluation.missed import RECORD_WAYS
from matchers.evaluation.truth import label_records

RESULTS = ROOT / "docs/results"
SEED = 2
SIZES = (10_000, 1_000_000)
WHOLE = 200_000
FIRST = 10_000
MENTIONS = Path("truth", "mentions.parquet")
SOURCES = frozenset(
    "hukou id_card medical_enrolment grid health_record residence_report birth_certificate newborn_file kindergarten "
    "marriage death_certificate estate rental driver library".split()
)
SUBJECTS = ("person", "legal_entity")

MACHINE = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"

Row = dict[str, Any]


class Reading(NamedTuple):
    """The records of the first persons in one city, and what the city came to."""

    records: pl.DataFrame
    row: Row


def main(arguments: list[str]) -> int:
    """Run the suite, or parts of it: `whole`, and sizes of narrow cities; the stored rows of other parts stay."""
    if not all(one.isdecimal() or one == "whole" for one in arguments):
        print("usage: python -m benchmarks scale [whole] [PERSONS...]", file=sys.stderr)
        return 2
    sizes = sorted(int(one) for one in arguments if one != "whole") or ([] if arguments else list(SIZES))
    rows, readings = [], {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "city")
        for persons in sorted({*sizes, *([WHOLE] if not arguments or "whole" in arguments else [])}):
            made = measured(make, str(folder), persons)
            print(f"{persons:,} persons: {made.result:,} rows generated in {made.seconds} s", flush=True)
            if persons == WHOLE and persons not in sizes:
                rows += list(whole_rows(folder, Path(place, "whole"), persons))
            else:
                readings[persons] = narrow(folder, Path(place, f"narrow_{persons}"), persons)
                rows.append(readings[persons].row)
            print("\n".join(told(row) for row in rows if row["persons"] == persons), flush=True)
    rows += list(compared(readings))
    print("\n".join(told(row) for row in rows))
    kept = renewed(rows)
    (RESULTS / "scale.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "scale.md").write_text(report(kept), encoding="utf-8")
    return 0


def renewed(rows: list[Row]) -> list[Row]:
    """Return the stored rows with those of the same question replaced, in order of question and size."""
    file = RESULTS / "scale.json"
    stored = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    rows = [{"on": date.today().isoformat(), **row} for row in rows]
    known = {(row["kind"], row["persons"], row["subject"]): row for row in [*stored, *rows]}
    return sorted(known.values(), key=lambda row: (row["kind"], row["persons"], row["subject"]))


def make(folder: str, persons: int) -> int:
    """Generate the city in `folder`, in place of a smaller one, and return its rows."""
    return int(make_city(Path(folder), Asked(persons, SEED))["rows"])


def reduced(folder: Path, store: Path, *, wide: bool) -> Project:
    """Return the city's project with who is the same as its only question; narrow: persons of `SOURCES` alone."""
    project = load_project(folder, checks=CHECKS)
    subjects = SUBJECTS if wide else SUBJECTS[:1]
    sources = [one for one in project.sources if wide or one.name in SOURCES]
    kept = [_reduced(one, subjects) for one in sources]
    update = {
        "store": str(store.resolve()),
        "subjects": {name: project.subjects[name] for name in subjects},
        "sources": tuple(one for one in kept if one.mentions),
        "counts": (),
        "claims": (),
    }
    return project.model_copy(update=update)


def _reduced(source: Source, subjects: tuple[str, ...]) -> Source:
    mentions = tuple(one for one in source.mentions if one.subject in subjects)
    return source.model_copy(update={"mentions": mentions, "events": (), "relations": (), "spells": ()})


def build_city(folder: str, store: str, wide: bool) -> Row:
    """Build the city's reduced project; for a process of its own."""
    from lifetree.build import build

    return build(reduced(Path(folder), Path(store), wide=wide))


def whole_rows(folder: Path, store: Path, persons: int) -> Iterator[Row]:
    """Yield the figures of each subject of a whole city."""
    built = measured(build_city, str(folder), str(store), True)
    project = reduced(folder, store, wide=True)
    run, truth = open_live(project), _truth(folder, project)
    for name in project.subjects:
        pairs = run.scan("pairs", subject=name).select("signature_l", "signature_r").collect()
        figures = evaluate(
            run.read("record_entity", subject=name),
            truth.filter(pl.col("subject") == name),
            subject=name,
            candidates=pairs,
            links=run.read("links", subject=name),
            threshold=project.subjects[name].model.threshold,
        )
        labelled = label_records(run.read("record_entity", subject=name), truth, subject=name)
        figures["missed"] = where_missed(run, labelled, name)
        yield {"kind": "whole", "persons": persons, "seed": SEED, "subject": name, **_cost(built), **figures}


def narrow(folder: Path, store: Path, persons: int) -> Reading:
    """Return what a narrow build says of the records of the first persons."""
    built = measured(build_city, str(folder), str(store), False)
    project = reduced(folder, store, wide=False)
    run = open_live(project)
    labelled = label_records(
        run.read("record_entity", subject="person"), _truth(folder, project), subject="person"
    ).records
    first = pl.col("truth").str.slice(1).cast(pl.Int64) < FIRST
    near = labelled.with_columns(first=first)
    touched = near.filter(pl.col("first").any().over("entity_id") & pl.col("entity_id").is_not_null() | pl.col("first"))
    row = {"kind": "narrow", "persons": persons, "seed": SEED, "subject": "person", **_cost(built)}
    return Reading(touched, row | {name: built.result[name] for name in ("signatures", "pairs", "entities")})


def compared(readings: dict[int, Reading]) -> Iterator[Row]:
    """Yield the figures of the first persons at each size; `decidable` is the largest city's."""
    if not readings:
        return
    largest = readings[max(readings)].records.filter("first").select(*RECORD_KEY, "decidable")
    for persons, one in readings.items():
        records = one.records.drop("decidable").join(largest, on=list(RECORD_KEY), how="left")
        kept = records.filter(pl.col("decidable").fill_null(value=True))
        yield {
            "kind": "first",
            "persons": persons,
            "seed": SEED,
            "subject": "person",
            "records": records.filter("first").height,
            "pairwise": pairwise(contingency(kept.filter("first"))),
            "touching_precision": touching(kept),
            "raw": {
                "pairwise": pairwise(contingency(records.filter("first"))),
                "touching_precision": touching(records),
            },
        }


def touching(records: pl.DataFrame) -> float:
    """Return the share of true pairs among predicted ones of which at least one record is `first`."""
    held = records.drop_nulls("entity_id").with_columns(pl.col("first").cast(pl.Int64))
    sizes = held.group_by("entity_id").agg(n=pl.len().cast(pl.Int64), own=pl.col("first").sum())
    all_pairs, strange = pl.col("n") * (pl.col("n") - 1), (pl.col("n") - pl.col("own"))
    predicted = sizes.select((all_pairs - strange * (strange - 1)).sum() // 2).item()
    cells = held.filter(pl.col("first") == 1).group_by("entity_id", "truth").agg(n=pl.len().cast(pl.Int64))
    true = cells.select((all_pairs // 2).sum()).item()
    return float(true / predicted)


def _truth(folder: Path, project: Project) -> pl.DataFrame:
    """Return the truth about the sources and subjects of the project; of a large city, all of it takes 20 GB."""
    sources, subjects = [one.name for one in project.sources], list(project.subjects)
    with tempfile.TemporaryDirectory() as place:
        own = Path(place, "truth.parquet")
        told = pl.scan_parquet(folder / MENTIONS)
        told.filter(pl.col("source").is_in(sources), pl.col("subject").is_in(subjects)).sink_parquet(own)
        return read_truth(own)


def _cost(built: Measured) -> Row:
    return {
        "records": built.result["records"],
        "seconds": built.seconds,
        "peak_memory_mb": built.peak_memory_mb,
    }


def told(row: Row) -> str:
    """Return one row as a line."""
    head = f"{row['kind']}, {row['persons']:,} persons, {row['subject']}: {row['records']:,} records"
    if row["kind"] == "narrow":
        return (
            f"{head}, {row['signatures']:,} signatures, {row['pairs']:,} pairs, {row['entities']:,} entities; "
            f"{row['seconds']} s, {row['peak_memory_mb']:,.0f} MB"
        )
    measure, raw = row["pairwise"], row["raw"]["pairwise"]
    figures = f"P {measure['precision']:.5f} R {measure['recall']:.5f} (raw {raw['precision']:.5f} {raw['recall']:.5f})"
    if row["kind"] == "first":
        return f"{head}, {figures}, touching precision {row['touching_precision']:.5f}"
    surplus = row["entities"] / row["true_entities"] - 1
    lost = row["missed"]["records"]
    ways = ", ".join(f"{lost[name]:,} {name}" for name in RECORD_WAYS)
    return (
        f"{head}, {figures}, exact {row['exact_entities']:.2%}, entities {row['entities']:,} for "
        f"{row['true_entities']:,} ({surplus:+.2%}); records apart {lost['apart']:,} "
        f"({ways}); {row['seconds']} s, {row['peak_memory_mb']:,.0f} MB"
    )


def report(rows: list[Row]) -> str:
    """Return the results page."""
    lines = "\n".join(f"- {row['on']}: {told(row)}" for row in rows)
    head = f"# Accuracy as the city grows\n\n`make bench SUITE=scale`, {MACHINE}.\n\n"
    return f"{head}{(__doc__ or '').strip()}\n\n{lines}\n"
