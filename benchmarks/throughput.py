"""How many person rows a second are read, cleansed by every value and every rule, and written as clean tables?

`python -m benchmarks throughput [MILLIONS...]` writes a Parquet file of so many million person rows (1, 5 and 20): ten
columns of a register, values of a generated city under new numbers, names and telephones, so that few are repeated. In
a process of its own each: a bare copy of the file by Polars, and what a build does with a file until its records are
clean. It prints rows a second, how many times the copy's time that is, and the peak memory; a full run writes
docs/results/throughput.md and .json. The status is 1 below the bars.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.datasets import ROOT
from benchmarks.measure import measured
from benchmarks.throughput_rows import write_register
from engine.pipeline import FullFlow
from engine.runners.local import LocalRunner
from engine.settings import load_project
from engine.sizing import bucket_count
from engine.version import code_version
from lifetree.build import CHECKS
from lifetree.resolve import read_records
from lifetree.stages import stages

RESULTS = ROOT / "docs/results"
MILLIONS = (1, 5, 20)
SEED, MEMORY = 2, "2GB"
ROWS_A_SECOND, GROWTH = 250_000, 1.25
"""The bars: the rate at every size, and the peak memory of the largest file against that of the smallest."""

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the suite for the sizes asked, print its figures and return the exit status."""
    sizes = [int(one) for one in arguments] or [*MILLIONS]
    rows = []
    for millions in sizes:
        with tempfile.TemporaryDirectory() as place:
            rows.append(figures(Path(place), millions * 1_000_000))
        print(told(rows[-1]), flush=True)
    if not arguments:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "throughput.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "throughput.md").write_text(report(rows, on=date.today()), encoding="utf-8")
    missed = list(misses(rows))
    print("\n".join(missed) or "every bar is met")
    return int(bool(missed))


def figures(folder: Path, rows: int) -> Row:
    """Return what a register of so many rows took: copied, and cleansed by the stages of a build."""
    written = measured(write_register, folder, rows, SEED)
    copied = measured(copy, written.result, folder / "copy.parquet")
    cleansed = measured(clean, folder)
    return {
        "rows": rows, "file_mb": round(written.result.stat().st_size / 1e6, 1),
        "copy_seconds": copied.result, "clean_seconds": cleansed.result["seconds"],
        "rows_a_second": round(rows / cleansed.result["seconds"]),
        "times_the_copy": round(cleansed.result["seconds"] / copied.result, 2),
        "peak_memory_mb": cleansed.peak_memory_mb, "copy_peak_memory_mb": copied.peak_memory_mb,
        "stages": cleansed.result["stages"], "kept": cleansed.result["kept"], "findings": cleansed.result["findings"],
        "buckets": cleansed.result["buckets"],
    }  # fmt: skip


def copy(file: Path, target: Path) -> float:
    """Copy a Parquet file through Polars and return the seconds."""
    return _seconds(lambda: pl.scan_parquet(file).sink_parquet(target))[0]


def clean(folder: Path) -> Row:
    """Read and cleanse the project in `folder` as a build does, and return seconds, stages and what was kept."""
    project = load_project(folder, checks=CHECKS)
    files = {source.name: [project.path(source.files[0])] for source in project.sources}
    buckets = bucket_count([one for several in files.values() for one in several], memory=MEMORY)
    runner = LocalRunner(project.path(project.store) / "checkpoints", code_version(), None)
    flow = FullFlow(runner, stages(project, buckets=buckets))
    seconds, tables = _seconds(lambda: read_records(flow, project, files, buckets=buckets))
    accounts = pl.scan_parquet(tables["accounts"].all()).select(pl.col("kept").sum()).collect()
    return {
        "seconds": seconds, "buckets": buckets, "kept": accounts.item(), "findings": tables["findings"].rows(),
        "stages": {one["name"]: one["seconds"] for one in flow.timings},
    }  # fmt: skip


def _seconds(call: Any) -> tuple[float, Any]:
    begin = time.perf_counter()
    result = call()
    return round(time.perf_counter() - begin, 3), result


def misses(rows: list[Row]) -> Iterator[str]:
    """Yield what is below a bar."""
    for row in rows:
        if row["rows_a_second"] < ROWS_A_SECOND:
            yield f"missed: {row['rows_a_second']:,} rows a second of {row['rows']:,}, needed {ROWS_A_SECOND:,}"
    least, most = rows[0]["peak_memory_mb"], rows[-1]["peak_memory_mb"]
    if most > GROWTH * least:
        yield f"missed: memory grew from {least:,.0f} to {most:,.0f} MB, at most {GROWTH:g} times is flat"


def told(row: Row) -> str:
    """Return the figures of one size as a line."""
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in row["stages"].items())
    return (
        f"{row['rows']:>10,} rows ({row['file_mb']:,.0f} MB): {row['clean_seconds']:.1f} s, "
        f"{row['rows_a_second']:,} rows/s, {row['times_the_copy']:g} times the copy ({row['copy_seconds']:.2f} s); "
        f"peak {row['peak_memory_mb']:,.0f} MB (copy {row['copy_peak_memory_mb']:,.0f}); {row['buckets']} buckets; "
        f"{row['findings']:,} findings; stages: {stages}"
    )


def report(rows: list[Row], *, on: date) -> str:
    """Return the results page."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    what = (__doc__ or "").partition("\n")[2].strip()
    head = f"# Rows a second\n\n`make bench SUITE=throughput`, {on}, {machine}.\n\n{what}\n"
    return head + "\n```text\n" + "\n".join(map(told, rows)) + "\n```\n"
