"""Does a build keep within its memory, however many rows there are, and does a row cost the same?

`python -m benchmarks memory [MILLIONS...] [--limit SIZE]` writes registers of so many million persons (1 and 3; parts
of a million are fine; `benchmarks.throughput_rows`: one Parquet file of ten columns, few values repeated, so that
nearly every row is a signature of its own) and builds each with the shipped calibration in a process of its own, to
which the operating system gives no more than the limit (4GB): `RLIMIT_DATA`, which counts all private memory that is
reserved, more than what is used. The build is told `ASKED` of the limit with `--memory`, for what is reserved and not
used. `peak_mb` is the most that was used (`VmHWM`), `estimated_mb` what was told before the work. `drift` is the time
of a row through that of a row of the smallest size; the bar is 1.2, at 1, 10 and 50 million rows.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.datasets import ROOT
from benchmarks.measure import measured
from benchmarks.throughput_rows import write_register
from engine.sizing import memory_bytes

RESULTS = ROOT / "docs/results"
SEED, LIMIT, ASKED, MILLIONS = 2, "4GB", 0.5, (1.0, 3.0)
BAR, WANTED = 1.2, (1_000_000, 10_000_000, 50_000_000)
WORK = "import sys; from benchmarks.memory import work; work(*sys.argv[1:])"
MACHINE = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the suite for the sizes asked, write its rows, and return the exit status: 1 where a size does not pass."""
    asking = argparse.ArgumentParser(prog="python -m benchmarks memory")
    asking.add_argument("millions", type=float, nargs="*", default=MILLIONS)
    asking.add_argument("--limit", default=LIMIT)
    asked = asking.parse_args(arguments)
    rows: list[Row] = []
    for millions in sorted(asked.millions):
        with tempfile.TemporaryDirectory() as place:
            rows.append(figures(Path(place), int(millions * 1_000_000), memory_bytes(asked.limit)))
        rows[-1]["drift"] = drift(rows[-1], rows[0])
        print(told(rows[-1]), flush=True)
    (RESULTS / "memory.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "memory.md").write_text(report(rows, on=date.today()), encoding="utf-8")
    return 0 if all(row["passed"] and row["drift"] <= BAR for row in rows) else 1


def figures(folder: Path, rows: int, limit: int) -> Row:
    """Return what a build of a register of so many rows took under the limit."""
    measured(write_register, folder, rows, SEED)
    answer = folder / "answer.json"
    memory = f"{limit * ASKED / 1e6:.0f}MB"
    done = subprocess.run(
        [sys.executable, "-c", WORK, str(folder), memory, str(answer)], cwd=ROOT, check=False, text=True,
        stderr=subprocess.PIPE, preexec_fn=partial(resource.setrlimit, resource.RLIMIT_DATA, (limit, limit)),
    )  # fmt: skip
    passed = done.returncode == 0
    if not passed:
        print(done.stderr[-1_000:], file=sys.stderr)
    known = json.loads(answer.read_text(encoding="utf-8")) if passed else {}
    seconds = known.get("seconds")
    each = round(seconds / rows * 1e6, 1) if seconds else None
    return {"rows": rows, "limit_mb": limit // 10**6, "passed": passed, **known, "microseconds_per_row": each}


def work(folder: str, memory: str, answer: str) -> None:
    """Build the register with the shipped calibration and write what it took; for a process of its own."""
    from benchmarks.measure import peak_memory_mb
    from engine.settings import load_project
    from engine.settings.shipped import shipped_calibration
    from engine.sizing import peak_bytes, text_bytes
    from lifetree.build import CHECKS, build

    project = load_project(Path(folder), checks=CHECKS)
    made = build(project, memory=memory, calibration={"person": shipped_calibration("person")})
    text = text_bytes([project.path(project.sources[0].files[0])])
    stages = sorted(made["stages"], key=lambda one: -one["seconds"])[:5]
    kept = {
        "peak_mb": round(peak_memory_mb()),
        "estimated_mb": peak_bytes(text, buckets=made["buckets"]) // 10**6,
        **{name: made[name] for name in ("seconds", "buckets", "signatures", "pairs", "entities")},
        "longest": {one["name"]: one["seconds"] for one in stages},
    }
    Path(answer).write_text(json.dumps(kept), encoding="utf-8")


def drift(row: Row, first: Row) -> float | None:
    """Return the time of a row through that of a row of the smallest size; None where one did not pass."""
    own, least = row["microseconds_per_row"], first["microseconds_per_row"]
    return round(own / least, 3) if own and least else None


def told(row: Row) -> str:
    """Return the figures of one size as a line."""
    head = f"{row['rows']:>10,} rows, limit {row['limit_mb']:,} MB"
    if not row["passed"]:
        return f"{head}: DID NOT PASS"
    longest = ", ".join(f"{name} {seconds:.0f}" for name, seconds in row["longest"].items())
    return (
        f"{head}: peak {row['peak_mb']:,} MB (estimated {row['estimated_mb']:,}), {row['buckets']} buckets, "
        f"{row['seconds']:.0f} s, {row['microseconds_per_row']} µs a row, drift {row['drift']}; "
        f"{row['pairs']:,} pairs, {row['entities']:,} entities; longest: {longest}"
    )


def report(rows: list[Row], *, on: date) -> str:
    """Return the results page."""
    head = (
        f"# Memory\n\n`make bench SUITE=memory`, {on}, {MACHINE}.\n\n{(__doc__ or '').partition(chr(10))[2].strip()}\n"
    )
    missing = [f"{one:,}" for one in WANTED if one not in {row["rows"] for row in rows}]
    left = f"\nNot measured: {', '.join(missing)} rows.\n" if missing else ""
    return f"{head}\n```text\n" + "\n".join(map(told, rows)) + f"\n```\n{left}"
