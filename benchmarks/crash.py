"""Does a store survive `kill -9`, a full disk and a lock left behind, at any moment of a build and of an update?

`python -m benchmarks crash [--moments N] [--persons N]` generates a city, of which `SOURCES` are kept and a day's
changes held back (`benchmarks.daily`), and notes the hash of every table, the registry of ids among them, after a first
build, an update with the day, and a build after that, none of which is disturbed. Every moment copies the state before
one of the three, runs the same in a process of its own and disturbs it:

- `kill`: SIGKILL after a share of the undisturbed seconds that the hash of the moment's number draws;
- `kill twice`: the resumed command is killed too;
- `lock`: SIGKILL, and then the lock names a process that is long gone;
- `full disk`: a file system of its own with room for a drawn share of what is written (where none can be mounted, a
  limit on the length of files).

`reader_whole`: what a reader then sees is the run before or the run after, by the hashes of all tables (before the
first build: none). Then the same command runs again, and `equal` says whether every table is as undisturbed. `stage`
is where the command was: the stage at work, or the last one that was. The last moment takes a backup, restores it in
another folder, and compares.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.crash_disk import copied, copied_to, written
from benchmarks.daily import prepare
from benchmarks.datasets import ROOT
from engine.errors import LifetreeError, StoreError
from engine.hashing import hash64_of
from engine.settings import Project, load_project
from engine.store import open_live
from engine.store.copying import backup, restore
from lifetree.build import CHECKS
from lifetree.city import Asked, make_city

RESULTS = ROOT / "docs/results"
SEED, BUCKETS, PERSONS, MOMENTS = 2, 2, 1_000, 40
SOURCES = frozenset(
    "hukou hukou_change id_card birth_certificate marriage residence_permit grid estate medical_enrolment "
    "health_record market_register staffing agencies social_organisations".split()
)
WAYS = ("kill", "kill", "full disk", "kill twice", "kill", "lock")
FIRST, UPDATE, BUILD = "first build", "update", "build"
COMMANDS = (FIRST, UPDATE, BUILD, UPDATE)
CHANGES = "changes.json"
WORK = "import sys; from benchmarks.crash import work; work(*sys.argv[1:])"
OWNER = {"pid": 2**22 + 1, "host": platform.node(), "user": "", "command": "lifetree build", "since": "2000-01-01"}
"""Of a process that cannot be: Linux numbers them up to 2**22."""
MACHINE = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"

Row = dict[str, Any]
State = dict[str, str]


class Undisturbed(NamedTuple):
    """What a command starts from, the state before and after it, its seconds, and the bytes that it adds."""

    start: Path
    before: State
    after: State
    seconds: float
    added: int


class Noting(NamedTuple):
    """Writes the stage at work to a file."""

    file: Path

    def begin(self, stage: str, tasks: int) -> None:
        """Note that a stage of so many tasks begins."""
        self.file.write_text(f"{stage} ({tasks} tasks)", encoding="utf-8")

    def advance(self, stage: str, *, rows: int, reused: bool) -> None:
        """Note nothing: a stage goes on."""

    def end(self, stage: str) -> None:
        """Note that a stage is over."""
        self.file.write_text(f"after {stage}", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run the suite, write its rows, and return the exit status: 1 where a table differs or a reader saw a part."""
    asking = argparse.ArgumentParser(prog="python -m benchmarks crash")
    asking.add_argument("--moments", type=int, default=MOMENTS)
    asking.add_argument("--persons", type=int, default=PERSONS)
    asked = asking.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for row in suite(Path(place), asked.persons, asked.moments):
            rows.append(row)
            print(told(row), flush=True)
    total = summed(rows, asked.persons)
    print(told_total(total))
    (RESULTS / "crash.json").write_text(json.dumps([*rows, total], indent=1) + "\n", encoding="utf-8")
    (RESULTS / "crash.md").write_text(report(rows, total, on=date.today()), encoding="utf-8")
    return 0 if total["equal"] == total["reader_whole"] == total["moments"] else 1


def suite(place: Path, persons: int, moments: int) -> Iterator[Row]:
    """Yield a row for each moment, and one of a backup."""
    known = undisturbed(place, persons)
    for number in range(moments):
        command, way = COMMANDS[number % len(COMMANDS)], WAYS[number // 2 % len(WAYS)]
        told_row = disturbed(place / "moment", known[command], command, way, number)
        yield {"moment": number + 1, "command": command, "way": way, **told_row}
    equal = restored(place, known[BUILD])
    yield {
        "moment": moments + 1, "command": "backup, restore", "way": "none", "after": None, "ended": 0, "stage": "",
        "equal": equal, "reader_whole": equal,
    }  # fmt: skip


def undisturbed(place: Path, persons: int) -> dict[str, Undisturbed]:
    """Return what each command starts from and comes to when nothing disturbs it."""
    city, town = place / "city", place / "town"
    make_city(city, Asked(persons, SEED))
    for file in (city / "sources").glob("*.toml"):
        if file.stem not in SOURCES:
            file.unlink()
    batches = prepare(city, town, days=1)
    changes = {"files": [one.file.relative_to(town).as_posix() for one in batches], "on": batches[0].delivered_at}
    (town / CHANGES).write_text(json.dumps(changes), encoding="utf-8")
    made: dict[str, Undisturbed] = {}
    before: State = {}
    for command in (FIRST, UPDATE, BUILD):
        start = copied(town, place / command)
        size, began = written(town), time.monotonic()
        run(command, town, place / "stage")
        seconds = time.monotonic() - began
        made[command] = Undisturbed(start, before, state_of(town), seconds, written(town) - size)
        before = made[command].after
        print(f"{command}, undisturbed: {seconds:.1f} s", flush=True)
    return made


def disturbed(place: Path, known: Undisturbed, command: str, way: str, number: int) -> Row:
    """Return what became of a command that is disturbed, and of the same one after it."""
    full, stage = way == "full disk", place.with_name("stage")
    stage.write_text("before the first stage", encoding="utf-8")
    drawn = share(number)
    after = None if full else drawn * known.seconds
    with copied_to(place, known.start, room=int(drawn * known.added) if full else None) as at:
        code = run(command, at.folder, stage, limit=at.limit, after=after, fails=True)
        where = stage.read_text(encoding="utf-8")
        if way == "lock":
            (at.folder / "store").mkdir(exist_ok=True)
            (at.folder / "store" / ".lock").write_text(json.dumps(OWNER), encoding="utf-8")
        seen = [state_of(at.folder)]
        at.relieve()
        if way == "kill twice":
            run(command, at.folder, stage, after=share(number + 1_000) * known.seconds, fails=True)
            seen.append(state_of(at.folder))
        run(command, at.folder, stage)
        return {
            "after": round(drawn, 3),
            "ended": code,
            "stage": where,
            "equal": state_of(at.folder) == known.after,
            "reader_whole": all(one in (known.before, known.after) for one in seen),
        }


def share(number: int) -> float:
    """Return a share that is drawn by the number of a moment.

    >>> 0 <= share(1) < 1
    True
    """
    return hash64_of(f"crash {number}") % 10_000 / 10_000


def run(
    command: str,
    folder: Path,
    stage: Path,
    *,
    limit: Callable[[], None] | None = None,
    after: float | None = None,
    fails: bool = False,
) -> int:
    """Run a command in a process of its own, killed `after` seconds; return its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, command, str(folder), str(stage)], cwd=ROOT, stderr=subprocess.PIPE, text=True,
        preexec_fn=limit,  # noqa: PLW1509 (this process has one thread)
    )  # fmt: skip
    try:
        _, error = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
        _, error = process.communicate()
    if process.returncode and not fails:
        raise RuntimeError(f"{command} in {folder} ended with {process.returncode}: {error[-2000:]}")
    if fails and process.returncode not in (0, 1, -9):
        print(error[-2000:], file=sys.stderr)
    return process.returncode


def work(command: str, folder: str, stage: str) -> None:
    """Build, or update with the day; exit 1 on an error that says what to do, 3 on any other.

    An update brings every answer onto the disk at once: one of a minute would begin anew after each kill.
    """
    from engine.increments import halfway
    from lifetree.build import build
    from lifetree.update import update

    halfway.EVERY = 0.0
    project, noting = _load(Path(folder)), Noting(Path(stage))
    try:
        if command == UPDATE:
            changes = json.loads(Path(folder, CHANGES).read_text(encoding="utf-8"))
            files = [Path(folder, one) for one in changes["files"]]
            update(project, files, mode="delta", delivered_at=changes["on"], progress=noting)
        else:
            build(project, buckets=BUCKETS, progress=noting)
    except LifetreeError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(3)


def state_of(folder: Path) -> State:
    """Return the hash of every table that a reader sees; nothing before the first build."""
    try:
        live = open_live(_load(folder))
    except StoreError:
        return {}
    names = [name.rpartition("/") for name in live.manifest["tables"]]
    return {f"{subject}/{table}": live.table_hash(table, subject=subject) for subject, _, table in names}


def restored(place: Path, known: Undisturbed) -> bool:
    """Return whether a store that was backed up and restored in another folder has the tables that it had."""
    other = shutil.copytree(known.start, place / "other", ignore=shutil.ignore_patterns("store"))
    backup(place / "town" / "store", place / "saved")
    restore(place / "saved", other / "store")
    return state_of(other) == known.after


def _load(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def summed(rows: list[Row], persons: int) -> Row:
    """Return the row of all moments."""
    return {
        "moment": "all", "persons": persons, "moments": len(rows), "equal": sum(row["equal"] for row in rows),
        "reader_whole": sum(row["reader_whole"] for row in rows),
        "ended": dict(sorted(Counter(str(row["ended"]) for row in rows).items())),
    }  # fmt: skip


def told(row: Row) -> str:
    """Return a row as a line."""
    state = "equal" if row["equal"] else "DIFFERENT"
    seen = "reader whole" if row["reader_whole"] else "READER SAW A PART"
    at = "" if row["after"] is None else f", {row['after']:.0%}, exit {row['ended']}, {row['stage']}"
    return f"{row['moment']:>3} {row['command']}, {row['way']}{at}: {state}, {seen}"


def told_total(total: Row) -> str:
    """Return the row of all moments as a line."""
    ended = ", ".join(f"{number} with {code}" for code, number in total["ended"].items())
    return (
        f"{total['persons']:,} persons, {total['moments']} moments: {total['equal']} equal, readers saw whole runs in "
        f"{total['reader_whole']}; exit codes of what was disturbed: {ended}"
    )


def report(rows: list[Row], total: Row, *, on: date) -> str:
    """Return the results page."""
    head = f"# Killed and resumed\n\n`make bench SUITE=crash`, {on}, {MACHINE}.\n\n{(__doc__ or '').strip()}\n\n"
    return f"{head}{told_total(total)}\n\n```text\n" + "\n".join(map(told, rows)) + "\n```\n"
