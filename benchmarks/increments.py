"""Are days of increments equal to one build, do ids stay, and what does a day cost beside a build?

`python -m benchmarks increments [--persons N] [--days D] [--share S] [--drawn rows] [--whole]` generates a city of N
persons, holds back what D days add, correct and withdraw (`benchmarks.daily`: S subjects in a million a day, 1 %
unset, with all that registers have of them; with `--drawn rows` so many single rows, which reach many more persons),
builds the rest, and updates it day by day, every build and update in a process of its own. Afterwards everything is
built in the same store under the same calibrations. `equal_to_full`: every table has the hash that the full build
gives, the ids of entities included; the registry of ids is left out, for it tells when what happened. `ratio_to_full`
is the seconds of a day through those of the full build. `kept_ids` are the clusters that a day left as they were and
that bear the id they bore, of `unchanged`; `unresolved_ids` are ids that were issued and lead nowhere. `as_stored`:
the first run still answers as it did. Narrow: 21 of the 119 sources; `--whole` takes all.

`--sizes N M` asks instead what a day of `PERSONS` persons costs in cities of N and of M: seconds and bytes written.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.daily import MILLION, SHARE, Batch, Drawn, prepare
from benchmarks.datasets import ROOT
from benchmarks.measure import Measured, measured
from benchmarks.scale import MACHINE, SOURCES
from engine.settings import Project, load_project
from engine.store import Run, open_live
from engine.tables import RECORD_KEY
from lifetree.build import CHECKS
from lifetree.city import Asked, make_city
from matchers.identity.history import redirected

RESULTS = ROOT / "docs/results"
SEED = 2
NARROW = SOURCES | set("market_register staffing agencies social_organisations hukou_change residence_permit".split())
REGISTRY = ("ledger", "record_history", "redirects")
PERSONS = 1_000
"""Of a day that is the same in cities of several sizes."""
SHOWN = ("entities", "record_entity", "profiles")
"""The tables of which the first run's answers are asked again."""

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the suite, write its rows, and return the exit status: 1 where a table differs or an id is lost."""
    asking = argparse.ArgumentParser(prog="python -m benchmarks increments")
    asking.add_argument("--persons", type=int, default=20_000)
    asking.add_argument("--days", type=int, default=5)
    asking.add_argument("--share", type=int, default=SHARE, help="of a million, how many a day changes")
    asking.add_argument("--drawn", type=Drawn, default=Drawn.SUBJECTS, choices=[*Drawn])
    asking.add_argument("--whole", action="store_true")
    asking.add_argument("--sizes", type=int, nargs="+", metavar="PERSONS")
    asked = asking.parse_args(arguments)
    if asked.sizes:
        for persons in asked.sizes:
            with tempfile.TemporaryDirectory() as place:
                store_rows([same_day(Path(place), persons, narrow=not asked.whole)])
        return 0
    with tempfile.TemporaryDirectory() as place:
        drawn = {"share": asked.share, "drawn": asked.drawn}
        rows = list(suite(Path(place), asked.persons, asked.days, **drawn, narrow=not asked.whole))
    store_rows(rows)
    last = rows[-1]
    return 0 if last["equal_to_full"] and last["as_stored"] and not last["unresolved_ids"] else 1


def store_rows(rows: list[Row]) -> None:
    """Write rows into the results, in place of those that answered the same question."""

    def question(row: Row) -> tuple[Any, ...]:
        sized = row["kind"] == "size"
        return sized, row["persons"], row["whole"], None if sized else (row["share"], row["drawn"])

    file = RESULTS / "increments.json"
    stored = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    asked = set(map(question, rows))
    kept = [one for one in stored if question(one) not in asked] + rows
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "increments.md").write_text(report(kept), encoding="utf-8")


def suite(place: Path, persons: int, days: int, *, share: int, drawn: Drawn, narrow: bool) -> Iterator[Row]:
    """Yield a row for each day, and one of all."""
    city, town = _city(place, persons, narrow=narrow), place / "town"
    batches = prepare(city, town, days=days, share=share, drawn=drawn)
    asked = {"persons": persons, "whole": not narrow, "share": share, "drawn": drawn.value}
    base = {**asked, "seed": SEED, "on": date.today().isoformat()}
    built = measured(build_town, str(town))
    first = open_live(_load(town))
    shown, before = _hashes(first, SHOWN), _owners(first)
    issued = set(before["entity_id"].drop_nulls())
    told = []
    for day, several in groupby(batches, key=lambda one: one.day):
        files = list(several)
        made = measured(update_town, str(town), [(str(one.file), one.delivered_at) for one in files])
        after = _owners(open_live(_load(town)))
        unchanged, same = _kept(before, after)
        issued |= set(after["entity_id"].drop_nulls())
        before = after
        told.append({**base, "kind": "day", "day": day, **_cost(made, files), "unchanged": unchanged, "kept_ids": same})
        print({name: value for name, value in told[-1].items() if name != "stages"}, flush=True)
    live = open_live(_load(town))
    tables, lost = _hashes(live), len(_lost(live, issued))
    full = measured(rebuild_town, str(town))
    rebuilt = _hashes(open_live(_load(town)))
    for row in told:
        yield {**row, "ratio_to_full": round(row["seconds"] / full.seconds, 4)}
    yield {
        **base, "kind": "all", "day": days, "seconds": full.seconds, "peak_memory_mb": full.peak_memory_mb,
        "records": full.result["records"], "base_seconds": built.seconds,
        "equal_to_full": tables == rebuilt,
        "different": sorted(name for name in tables | rebuilt if tables.get(name) != rebuilt.get(name)),
        "issued_ids": len(issued), "unresolved_ids": lost, "as_stored": _hashes(first, SHOWN) == shown,
    }  # fmt: skip


def same_day(place: Path, persons: int, *, narrow: bool) -> Row:
    """Return the row of one day of `PERSONS` persons in a city of so many."""
    city, town = _city(place, persons, narrow=narrow), place / "town"
    share = round(PERSONS * MILLION / persons)
    batches = prepare(city, town, days=1, share=share, drawn=Drawn.SUBJECTS)
    built = measured(build_town, str(town))
    made = measured(update_town, str(town), [(str(one.file), one.delivered_at) for one in batches])
    base = {"kind": "size", "persons": persons, "whole": not narrow, "share": share, "seed": SEED}
    row = {**base, "on": date.today().isoformat(), **_cost(made, batches), "base_seconds": built.seconds}
    print({name: value for name, value in row.items() if name != "stages"}, flush=True)
    return row


def _city(place: Path, persons: int, *, narrow: bool) -> Path:
    """Return the folder of a new city; narrow: of some of its sources."""
    city = place / "city"
    make_city(city, Asked(persons, SEED))
    if narrow:
        for file in (city / "sources").glob("*.toml"):
            if file.stem not in NARROW:
                file.unlink()
    return city


def build_town(folder: str) -> Row:
    """Build; for a process of its own."""
    from lifetree.build import build

    return build(_load(Path(folder)))


def update_town(folder: str, files: list[tuple[str, str]]) -> Row:
    """Update with the files of a day and their date; for a process of its own. Tells the bytes that were written."""
    from lifetree.update import update

    store = Path(folder, "store")
    before = _inodes(store)
    made = update(_load(Path(folder)), [Path(file) for file, _ in files], mode="delta", delivered_at=files[0][1])
    after = _inodes(store)
    return {**made, "bytes_written": sum(size for inode, size in after.items() if inode not in before)}


def rebuild_town(folder: str) -> Row:
    """Build everything anew under the calibrations of the live run; for a process of its own."""
    from lifetree.build import build

    project = _load(Path(folder))
    run, given = open_live(project), {}
    for name in run.manifest["calibrations"]:
        given[name] = Path(folder, f"{name}.json")
        given[name].write_text(json.dumps(run.calibration(name)), encoding="utf-8")
    return build(project, calibration=given)


def report(rows: list[Row]) -> str:
    """Return the rows as a page."""
    lines = ["# Increments", "", f"{(__doc__ or '').split(chr(10) * 2, 1)[1].strip()}", "", f"Machine: {MACHINE}.", ""]
    heads = ("persons", "sources", "drawn", "day", "rows", "seconds", "of a full build", "MB written", "ids kept")
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    lines += [_line(row) for row in rows if row["kind"] == "day"]
    lines += [f"\n{_told(row)}" for row in rows if row["kind"] == "all"]
    lines += _sized([row for row in rows if row["kind"] == "size"])
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    cells = (
        f"{row['persons']:,}", "all" if row["whole"] else "narrow", row["drawn"], row["day"], f"{row['rows']:,}",
        row["seconds"],
        f"{row['ratio_to_full']:.1%}", f"{row['bytes_written'] / 1e6:.1f}",
        f"{row['kept_ids']:,} of {row['unchanged']:,}",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def _sized(rows: list[Row]) -> list[str]:
    """Return what the same day costs at each size, and through what it costs at the smallest."""
    rows = sorted(rows, key=lambda row: (row["whole"], row["persons"]))
    return [
        f"\nA day of {PERSONS:,} of {row['persons']:,} persons, {row['rows']:,} rows: {row['seconds']} s "
        f"({row['seconds'] / rows[0]['seconds']:.2f}), {row['bytes_written'] / 1e6:.1f} MB written "
        f"({row['bytes_written'] / rows[0]['bytes_written']:.2f}). ({row['on']})"
        for row in rows
    ]


def _told(row: Row) -> str:
    equal = "equal" if row["equal_to_full"] else f"NOT equal ({', '.join(row['different'])})"
    stored = "as it did" if row["as_stored"] else "OTHERWISE than it did"
    return (
        f"{row['persons']:,} persons, {row['records']:,} records, after {row['day']} days ({row['drawn']} drawn): "
        f"tables {equal} to a full build of {row['seconds']} s; of {row['issued_ids']:,} ids issued, "
        f"{row['unresolved_ids']} lead nowhere; the first run answers {stored}. {row.get('note', '')}({row['on']})"
    )


def _load(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def _cost(made: Measured, files: list[Batch]) -> Row:
    return {
        "rows": sum(one.rows for one in files), "seconds": made.seconds, "peak_memory_mb": made.peak_memory_mb,
        "anew": made.result["anew"], "bytes_written": made.result["bytes_written"],
        "stages": {f"{one['name']} {one.get('subject', '')}".strip(): one["seconds"] for one in made.result["stages"]},
    }  # fmt: skip


def _owners(run: Run) -> pl.DataFrame:
    subjects = run.manifest["subjects"]
    return pl.concat(
        run.scan("record_index", subject=name).select(pl.lit(name).alias("subject"), *RECORD_KEY, "entity_id").collect()
        for name in subjects
    )


def _kept(before: pl.DataFrame, after: pl.DataFrame) -> tuple[int, int]:
    """Return how many clusters hold the same records as before, and how many of these bear the same id."""
    key = pl.concat_str("subject", *RECORD_KEY, separator="\x1f")
    sets = [
        one.drop_nulls("entity_id").select("entity_id", key=key).sort("key").group_by("entity_id").agg(pl.col("key"))
        for one in (before, after)
    ]
    both = sets[0].join(sets[1], on="key", suffix="_after")
    return both.height, both.filter(pl.col("entity_id") == pl.col("entity_id_after")).height


def _lost(run: Run, issued: set[str]) -> set[str]:
    """Return the ids that were issued and are neither an entity, nor lead to one, nor are told as retired."""
    told = set[str]()
    for name in run.manifest["subjects"]:
        told |= set(run.read("entities", subject=name)["entity_id"])
        if f"{name}/redirects" in run.manifest["tables"]:
            led = redirected(run.read("redirects", subject=name))
            gone = set(led["to"].drop_nulls()) - told - set(led["entity_id"])
            told |= set(led.filter(~pl.col("to").is_in(list(gone)) | pl.col("to").is_null())["entity_id"])
    return issued - told


def _hashes(run: Run, only: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the hashes of a run's tables, those of the registry left out."""
    return {
        name: run.table_hash(table, subject=None if subject == "project" else subject)
        for name in run.manifest["tables"]
        for subject, table in [name.split("/")]
        if table not in REGISTRY and (not only or table in only)
    }


def _inodes(store: Path) -> dict[int, int]:
    told = [file.stat() for file in store.rglob("*") if file.is_file()]
    return {one.st_ino: one.st_size for one in told}
