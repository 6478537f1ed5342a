"""Does `lifetree watch` keep up with a city, and does it lose or double a row when it is killed?

`python -m benchmarks stream [--seconds S] [--rate R] [--kills K]` drops files of 500 rows of a generated city's
largest sources into the inbox, R rows a second for S seconds (3,000 and 300), while a watcher runs; then, with another
city and a third of the rate, kills the watcher K times (10) at moments drawn from a seed, while files come, some of
them twice. The exit status is 1 when the tables differ from those of one cleansing, a row is lost or taken twice, fewer
than 2,000 rows a second were sustained, or the 95th percentile from a file's arrival to its clean rows is 60 s or more.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.city_files import delivered, make
from benchmarks.datasets import ROOT
from benchmarks.measure import measured
from engine.accounting import account
from engine.city.settings import load_catalogue
from engine.io import ingest_file
from engine.settings import Project, load_project
from engine.stream import figures
from engine.stream.inbox import REPEATED, held, look
from engine.stream.manifest import read_manifests, stream_folder
from lifetree.build import CHECKS
from lifetree.stream import TABLES, cleaner, file_names, read_stream

RESULTS = ROOT / "docs/results"
SEED, SOURCES, FILE_ROWS = 3, 12, 500
ROWS_A_PERSON = 15
"""Rows of the largest sources for each person of a city, at least."""
LEAST_RATE, MOST_SECONDS, PEAK = 2_000, 60, 926
TWICE = 20
"""Every so many files one is delivered a second time, under another name."""

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run both parts, print their figures, write them when nothing else was asked, and return the exit status."""
    asking = argparse.ArgumentParser(prog="python -m benchmarks stream")
    asking.add_argument("--seconds", type=int, default=300)
    asking.add_argument("--rate", type=int, default=3_000)
    asking.add_argument("--kills", type=int, default=10)
    asked = asking.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        sustained = sustain(Path(place, "steady"), seconds=asked.seconds, rate=asked.rate)
        print(told_sustained(sustained), flush=True)
        killed = kill(Path(place, "killed"), kills=asked.kills, rate=asked.rate // 3)
        print(told_killed(killed), flush=True)
    if not arguments:
        rows = [{"part": "sustained", **sustained}, {"part": "killed", **killed}]
        (RESULTS / "stream.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (RESULTS / "stream.md").write_text(report(sustained, killed, on=date.today()), encoding="utf-8")
    return 0 if sustained["sound"] and killed["sound"] else 1


def sustain(folder: Path, *, seconds: int, rate: int) -> Row:
    """Return what a watcher came to while `rate` rows a second were delivered."""
    project, files = _city(folder, rows=seconds * rate)
    watcher = _watcher(folder)
    _until(partial(_holds, stream_folder(project), watcher.pid), watcher)
    producer = multiprocessing.get_context("spawn").Process(target=deliver, args=(folder, files, rate))
    producer.start()
    producer.join()
    ended, backlog = time.time(), len(look(folder / "inbox", file_names(project)))
    _until(lambda: not look(folder / "inbox", file_names(project)), watcher)
    peak = _peak_mb(watcher.pid)
    watcher.send_signal(signal.SIGINT)
    watcher.wait()
    manifests = read_manifests(stream_folder(project))
    taken = [file for one in manifests for file in one["files"]]
    rows, began = sum(file["rows"] for file in taken), min(file["arrived"] for file in taken)
    last = manifests[-1]["committed"]
    speed, late = rows / (last - began), figures.latency(manifests, recent=None)
    return {
        "offered_rows_per_second": rate, "seconds": round(ended - began, 1), "sources": SOURCES, "files": len(taken),
        "batches": len(manifests), "rows": rows, "rows_per_second": round(speed), **late,
        "waiting_files_at_end": backlog, "seconds_to_empty": round(last - ended, 1), "peak_memory_mb": round(peak),
        "sound": speed >= min(LEAST_RATE, rate) and (late["p95"] or 0) < MOST_SECONDS and len(taken) == len(files),
    }  # fmt: skip


def kill(folder: Path, *, kills: int, rate: int) -> Row:
    """Return what is left of files that came while the watcher was killed again and again."""
    drawn = random.Random(SEED)
    project, files = _city(folder, rows=rate * 6 * kills)
    again = [file.with_name(f"again-{file.name}") for file in files[::TWICE]]
    for file, copy in zip(files[::TWICE], again, strict=True):
        copy.write_bytes(file.read_bytes())
    mixed = sorted([*files, *again], key=lambda _: drawn.random())
    producer = multiprocessing.get_context("spawn").Process(target=deliver, args=(folder, mixed, rate))
    producer.start()
    amid, store = 0, stream_folder(project)
    for _ in range(kills):
        watcher = _watcher(folder)
        _until(partial(_holds, store, watcher.pid), watcher)
        time.sleep(drawn.uniform(1.0, 5.0))
        watcher.kill()
        watcher.wait()
        amid += _uncommitted(store)
    producer.join()
    _watcher(folder, "--until-idle").wait()
    manifests = read_manifests(store)
    taken = [file for one in manifests for file in one["files"]]
    checked = measured(differences, str(folder)).result
    lost = len(files) - len(taken)
    twice = len(taken) - len({(file["source"], file["content_hash"]) for file in taken})
    repeated = len(held(folder / "inbox", REPEATED))
    sound = not (lost or twice or checked["tables"]) and repeated == len(again)
    return {
        "kills": kills, "kills_amid_a_batch": amid, "files": len(files), "delivered_twice": len(again),
        "told_as_repeated": repeated, "rows": sum(file["rows"] for file in taken), "batches": len(manifests),
        "files_lost": lost, "files_taken_twice": twice, "tables_that_differ": checked["tables"],
        "rows_compared": checked["rows"], "sound": sound,
    }  # fmt: skip


def differences(folder: str) -> Row:
    """Return the tables of the stream that are not those of one cleansing of all its files, and the rows compared."""
    project = load_project(folder, checks=CHECKS)
    made: dict[str, list[pl.DataFrame]] = {}
    fates, unread, sources = [], [], []
    clean = cleaner(project)
    for source in project.sources:
        files = sorted((project.folder / "inbox" / "done" / source.name).glob("*/*"))
        if not files:
            continue
        chunks = [one for file in files for one in ingest_file(source, file, project_folder=project.folder)]
        tables = clean(pl.concat([one.rows for one in chunks]), source=source)
        fates.append(tables.pop("accounts"))
        unread += [one.rejects for one in chunks]
        sources.append(source.name)
        for name, frame in tables.items():
            made.setdefault(name, []).append(frame)
    made["rejects"] += unread
    expected = account(pl.concat(fates), pl.concat(unread), sources=tuple(sources)).accounts
    differ = [] if read_stream(project, "accounts").equals(expected) else ["accounts"]
    rows = 0
    for name, frames in made.items():
        table, _, subject = name.partition(".")
        whole = TABLES[table].conform(pl.concat(frames), project.subjects[subject].attributes if subject else ())
        rows += whole.height
        found = read_stream(project, table, subject or None)
        differ += [] if found.sort(found.columns).equals(whole.sort(whole.columns)) else [name]
    return {"tables": differ, "rows": rows}


def deliver(folder: Path, files: list[Path], rate: int) -> None:
    """Rename the files into the inbox, each into its source's folder, so that `rate` rows a second arrive."""
    began = time.monotonic()
    for number, file in enumerate(files):
        time.sleep(max(0.0, began + number * FILE_ROWS / rate - time.monotonic()))
        place = folder / "inbox" / file.name.split("--")[1].removesuffix(".csv")
        place.mkdir(parents=True, exist_ok=True)
        file.rename(place / file.name)


def _city(folder: Path, *, rows: int) -> tuple[Project, list[Path]]:
    """Generate a city and cut its largest sources into files of `FILE_ROWS` rows, mixed, `rows` in all."""
    measured(make, str(folder), max(rows // ROWS_A_PERSON, 1_000), SEED)
    catalogue = load_catalogue().sources
    frames = {name: delivered(folder, name, source) for name, source in catalogue.items()}
    largest = sorted(frames, key=lambda name: -frames[name].height)[:SOURCES]
    place = folder / "staged"
    place.mkdir()
    drawn = random.Random(SEED)
    pieces = [(name, part) for name in largest for part in frames[name].iter_slices(FILE_ROWS)]
    drawn.shuffle(pieces)
    files = []
    for number, (name, part) in enumerate(pieces[: rows // FILE_ROWS]):
        file = place / f"{number:06d}--{name}.csv"
        file.write_bytes(part.write_csv().encode(catalogue[name].encoding))
        files.append(file)
    return load_project(folder, checks=CHECKS), files


def _watcher(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "lifetree", "watch", str(folder), "--quiet", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _uncommitted(store: Path) -> bool:
    """Return whether parts are there that no manifest names."""
    numbers = {f"{one['number']:08d}" for one in read_manifests(store)}
    return any(place.name not in numbers for place in (store / "parts").glob("*"))


def _holds(store: Path, pid: int) -> bool:
    """Return whether a watcher has begun to work: it holds the lock."""
    lock = store / ".lock"
    return lock.exists() and lock.read_text(encoding="utf-8").strip() == f"pid {pid}"


def _until(done: Callable[[], bool], watcher: subprocess.Popen[bytes]) -> None:
    while not done():
        if watcher.poll() is not None:
            raise RuntimeError(f"the watcher ended with status {watcher.returncode}")
        time.sleep(0.2)


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def told_sustained(row: Row) -> str:
    """Return the figures of the first part."""
    return (
        f"offered {row['offered_rows_per_second']:,} rows/s for {row['seconds']:.0f} s ({row['files']:,} files of "
        f"{row['sources']} sources): {row['rows']:,} rows clean in {row['batches']} batches, "
        f"{row['rows_per_second']:,} rows/s sustained\n"
        f"seconds from arrival to clean: p50 {row['p50']:.1f}, p95 {row['p95']:.1f}, max {row['max']:.1f}; "
        f"{row['waiting_files_at_end']} files waited at the end, all clean {row['seconds_to_empty']:.1f} s later\n"
        f"peak memory {row['peak_memory_mb']:,} MB"
    )


def told_killed(row: Row) -> str:
    """Return the figures of the second part."""
    return (
        f"{row['kills']} times kill -9, {row['kills_amid_a_batch']} of them amid a batch: {row['rows']:,} rows of "
        f"{row['files']:,} files, {row['delivered_twice']} delivered twice\n"
        f"{row['files_lost']} files lost, {row['files_taken_twice']} taken twice, {row['told_as_repeated']} told as "
        f"repeated; {len(row['tables_that_differ'])} tables differ from one cleansing ({row['rows_compared']:,} rows)"
    )


def report(sustained: Row, killed: Row, *, on: date) -> str:
    """Return the results page."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    about = (__doc__ or "").partition("\n")[2].strip()
    return (
        f"# What a stream comes to\n\n`make bench SUITE=stream`, {on}, {machine}. A city's published peak is {PEAK} "
        f"rows a second.\n\n{about}\n\n```text\n{told_sustained(sustained)}\n\n{told_killed(killed)}\n```\n"
    )
