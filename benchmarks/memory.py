"""Does a build keep within its memory, however many rows there are, and does a row cost the same?

`python -m benchmarks memory [MILLIONS...] [--limit SIZE] [--data FOLDER]` generates cities whose narrow project
(`benchmarks.scale`: the sources of `SOURCES`, persons alone) has about so many million rows (1 and 10; parts of a
million are fine), `RECORDS` to a person, and builds each with the shipped calibration in a process of its own, to which
the operating system gives no more than the limit (4GB): `RLIMIT_DATA`, which counts all private memory that is
reserved, more than what is used. The allocators are told to give back what they do not need (`FRUGAL`), and the build
is told `ASKED` of the limit with `--memory`, for what is reserved all the same. `rows` are the records that the build
read: of a delivered row that names two persons, such as a marriage, two. `peak_mb` is the most that was used (`VmHWM`),
`estimated_mb` what was told before the work. `drift` is the time of a row through that of a row of the smallest size;
the bar is 1.2, at 1, 10 and 50 million rows. `cpu_drift` is the same of the seconds that the processors worked: it
tells less of what else the machine did. `longest` and `largest` are the stages that took most seconds and most MB.
Stored rows of sizes that were not asked stay, under the day of their run, with their drift from its smallest size.
With `--data`, cities are kept there.

Rules that a birth date, a sex and a surname or a name and a year fulfil propose pairs as the square of the population:
148 million of 180 million for 50 million rows of one city, 4 for each row instead of the half of a million rows. So the
project of this suite cuts blocks of more than `MOST` signatures of these rules by one thing more (`FINER`), at all
sizes, as `docs/guide/blocking.md` says; then it is 56 million.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.datasets import ROOT
from benchmarks.measure import measured
from benchmarks.scale import make, reduced
from engine.io.files import source_files
from engine.settings import Project
from engine.sizing import memory_bytes

RESULTS = ROOT / "docs/results"
LIMIT, ASKED, MILLIONS, RECORDS = "4GB", 0.6, (1.0, 10.0), 9.36
FRUGAL = {"ARROW_DEFAULT_MEMORY_POOL": "system", "_RJEM_MALLOC_CONF": "retain:false"}
"""Arrow's own allocator reserves 1 GB at its first use; that of Polars keeps address space that it does not need."""
MOST = 10
FINER = {
    "birth_date & sex & substr(name, 1, 1)": "substr(name, 2, 1)",
    "name & year(birth_date)": "substr(birth_date, 6, 2)",
}
"""What cuts the large blocks of a rule."""
BAR, WANTED = 1.2, (1_000_000, 10_000_000, 50_000_000)
WORK = "import sys; from benchmarks.memory import work; work(*sys.argv[1:])"
MACHINE = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the suite for the sizes asked, write its rows, and return the exit status: 1 where a size does not pass."""
    asking = argparse.ArgumentParser(prog="python -m benchmarks memory")
    asking.add_argument("millions", type=float, nargs="*", default=MILLIONS)
    asking.add_argument("--limit", default=LIMIT)
    asking.add_argument("--data", type=Path)
    asked = asking.parse_args(arguments)
    rows: list[Row] = []
    for millions in sorted(asked.millions):
        with tempfile.TemporaryDirectory(dir=asked.data) as place:
            city = narrow_city(asked.data or Path(place), round(millions * 1e6 / RECORDS))
            found = figures(city, Path(place), memory_bytes(asked.limit))
        rows.append({"on": date.today().isoformat(), "asked": int(millions * 1e6), **found})
        rows[-1] |= drifts(rows[-1], rows[0])
        print(told(rows[-1]), flush=True)
        keep(rows)
    return 0 if all(row["passed"] and row["drift"] is not None and row["drift"] <= BAR for row in rows) else 1


def keep(rows: list[Row]) -> None:
    """Write the rows of a run into the results, in place of stored ones of the same sizes."""
    file = RESULTS / "memory.json"
    stored = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    known = {row["asked"]: row for row in [*stored, *rows]}
    kept = [known[asked] for asked in sorted(known)]
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    file.with_suffix(".md").write_text(report(kept), encoding="utf-8")


def narrow_city(folder: Path, persons: int) -> Path:
    """Return the city of so many persons in a folder, generated unless it is there, with the files it needs alone."""
    own = folder / f"city-{persons}"
    if not own.exists():
        working = own.with_suffix(".working")
        measured(make, str(working), persons)
        project = reduced(working, working / "store", wide=False)
        kept = {file for source in project.sources for file in source_files(source, project)}
        for file in {*working.glob("data/*")} - kept:
            file.unlink()
        shutil.rmtree(working / "truth")
        working.rename(own)
    return own


def figures(city: Path, folder: Path, limit: int) -> Row:
    """Return what a build of a city under the limit took; its store is made in the folder."""
    answer = folder / "answer.json"
    memory = f"{limit * ASKED / 1e6:.0f}MB"
    done = subprocess.run(
        [sys.executable, "-c", WORK, str(city), str(folder / "store"), memory, str(answer)], cwd=ROOT, check=False,
        text=True, env={**os.environ, **FRUGAL}, stderr=subprocess.PIPE,
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_DATA, (limit, limit)),
    )  # fmt: skip
    passed = done.returncode == 0
    if not passed:
        print(done.stderr[-1_000:], file=sys.stderr)
    known = json.loads(answer.read_text(encoding="utf-8")) if passed else {}
    each = {
        told: round(known[name] / known["rows"] * 1e6, 1) if name in known else None
        for told, name in (("microseconds_per_row", "seconds"), ("cpu_microseconds_per_row", "cpu_seconds"))
    }
    return {"limit_mb": limit // 10**6, "passed": passed, **known, **each}


def work(city: str, store: str, memory: str, answer: str) -> None:
    """Build the narrow city with the shipped calibration and write what it took; for a process of its own."""
    from benchmarks.measure import Peaks, peak_memory_mb
    from engine.settings.shipped import shipped_calibration
    from engine.sizing import peak_bytes, text_bytes
    from lifetree.build import build

    project = cut(reduced(Path(city), Path(store), wide=False))
    peaks = Peaks({})
    made = build(project, memory=memory, calibration={"person": shipped_calibration("person")}, progress=peaks)
    held = sorted(({**peaks.held, "at the end": peak_memory_mb()}).items(), key=lambda one: -one[1])
    text = text_bytes(file for source in project.sources for file in source_files(source, project))
    stages = sorted(made["stages"], key=lambda one: -one["seconds"])[:5]
    kept = {
        "rows": made["records"],
        "delivered": sum(one["rows_in"] for one in made["accounts"]),
        "peak_mb": round(held[0][1]),
        "estimated_mb": peak_bytes(text, buckets=made["buckets"]) // 10**6,
        "cpu_seconds": round(time.process_time(), 1),
        **{name: made[name] for name in ("seconds", "buckets", "signatures", "pairs", "entities")},
        "longest": {one["name"]: one["seconds"] for one in stages},
        "largest": {name: round(peak) for name, peak in held[:8]},
    }
    Path(answer).write_text(json.dumps(kept), encoding="utf-8")


def cut(project: Project) -> Project:
    """Return the project with the large blocks of persons cut by `FINER`."""
    person = project.subjects["person"]
    rules = tuple(
        rule.model_copy(update={"max_block": MOST, "refine": (FINER[rule.name],)}) if rule.name in FINER else rule
        for rule in person.blocking
    )
    return project.model_copy(update={"subjects": {"person": person.model_copy(update={"blocking": rules})}})


def drifts(row: Row, first: Row) -> Row:
    """Return the time of a row through that of a row of the smallest size; None where one did not pass."""
    return {
        name: round(row[each] / first[each], 3) if row[each] and first[each] else None
        for name, each in (("drift", "microseconds_per_row"), ("cpu_drift", "cpu_microseconds_per_row"))
    }


def told(row: Row) -> str:
    """Return the figures of one size as a line."""
    head = f"{row.get('rows', row['asked']):>10,} rows, limit {row['limit_mb']:,} MB"
    if not row["passed"]:
        return f"{head}: DID NOT PASS"
    longest = ", ".join(f"{name} {seconds:.0f}" for name, seconds in row["longest"].items())
    largest = ", ".join(f"{name} {peak:,}" for name, peak in row["largest"].items())
    return (
        f"{head}, {row['delivered']:,} delivered: peak {row['peak_mb']:,} MB "
        f"(estimated {row['estimated_mb']:,}), {row['buckets']} buckets, {row['seconds']:.0f} s, "
        f"{row['microseconds_per_row']} µs a row, drift {row['drift']} "
        f"(processors: {row['cpu_microseconds_per_row']} µs, {row['cpu_drift']}); "
        f"{row['pairs']:,} pairs, {row['entities']:,} entities; longest: {longest}; "
        f"most memory: {largest}"
    )


def report(rows: list[Row]) -> str:
    """Return the results page."""
    head = f"# Memory\n\n`make bench SUITE=memory`, {MACHINE}.\n\n{(__doc__ or '').partition(chr(10))[2].strip()}\n"
    missing = [f"{one:,}" for one in WANTED if one not in {row["asked"] for row in rows}]
    left = f"\nNot measured: {', '.join(missing)} rows.\n" if missing else ""
    return f"{head}\n```text\n" + "\n".join(f"{row['on']}: {told(row)}" for row in rows) + f"\n```\n{left}"
