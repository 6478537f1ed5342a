"""Days of a generated city: rows held back that arrive later, corrections of rows that are there, and withdrawals.

Each day draws so many in a million, of ten of them `ADDED`, `CORRECTED` and `WITHDRAWN`; every fourth withdrawn row
comes back after `AWAY` days, if there are as many. `Drawn.SUBJECTS`: persons and firms are drawn by the hash of who
they are, and all rows that every source has of one share its fate: somebody moves in, changes, is struck off.
`Drawn.ROWS`: single rows, by the hash of source and key, so that the same number of rows reaches many times more
persons. What is drawn depends on the city and the number of days alone, not on the order of rows. A correction takes a
name, phone or address from another row that is corrected on that day. Rows whose key is not unique in the source, and
in sources without such columns those to be corrected, stay as they are.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.city_files import delivered
from engine.city.files import as_bytes, source_file
from engine.city.settings import load_catalogue
from engine.hashing import hash64, joined
from engine.settings import Project, Source, load_project
from lifetree.build import CHECKS
from lifetree.deliveries import accept

MILLION = 1_000_000
ADDED, CORRECTED, WITHDRAWN, AWAY = 5, 3, 2, 5
SHARE = 10_000
"""Subjects or rows in a million that a day changes, unless told."""
CORRECTABLE = ("name", "phone", "address")
OP = "op"
DAYS = "days"
_PLAN = ("_day", "_fate", "_back", "_order")


class Drawn(StrEnum):
    """What a day draws."""

    SUBJECTS = "subjects"
    ROWS = "rows"


class Batch(NamedTuple):
    """One file of one day, and how it is to be delivered."""

    file: Path
    source: str
    day: int
    delivered_at: str
    rows: int


def prepare(city: Path, target: Path, *, days: int, share: int = SHARE, drawn: Drawn = Drawn.ROWS) -> list[Batch]:
    """Write the city as it is before the first day into `target`, and its days; return their batches in order.

    A day changes `share` subjects or rows in a million, ten at least.

    `target` is a project like the city's, in which every source names the column of ops, without a store.
    """
    shutil.copytree(city, target, ignore=shutil.ignore_patterns("store", "data", "*.html"))
    (target / "data").mkdir()
    batches: list[Batch] = []
    for name, source, rows in _sources(city):
        _edit(target, name, r"^key = ", f'op = "{OP}"\nkey = ')
        whom = _principals(city, source, rows) if drawn is Drawn.SUBJECTS else None
        plan = planned(rows, source, days=days, share=share, whom=whom)
        _write_base(target, name, plan.filter((pl.col("_fate") != "add").fill_null(value=True)))
        for day in range(1, days + 1):
            changes = changes_of(plan, source, day=day)
            if changes.height:
                batches.append(_write_day(target, source, day, changes))
    _copy_rest(city, target)
    return sorted(batches, key=lambda one: (one.day, one.source))


def deliver(project: Path, batches: list[Batch]) -> None:
    """Accept batches of days into the store of a project, as `lifetree update` does before it computes."""
    settings = load_project(project, checks=CHECKS)
    for (delivered_at, _), several in groupby(batches, key=lambda one: (one.delivered_at, one.day)):
        accept(settings, [one.file for one in several], mode="delta", delivered_at=delivered_at)


def whole(prepared: Path, target: Path, batches: list[Batch]) -> Path:
    """Return a copy of what `prepare` wrote with all batches accepted and no run: a build of it reads everything."""
    shutil.copytree(prepared, target, ignore=shutil.ignore_patterns("store"))
    deliver(target, batches)
    return target


def result(city: Path, target: Path, *, days: int) -> Path:
    """Write the city as it is after the last day as plain files, a folder for each date: no row that does not stand.

    A build of it has the records of one that was brought there day by day, with the same delivery dates; it has no
    superseded rows, and none of their findings.
    """
    shutil.copytree(city, target, ignore=shutil.ignore_patterns("store", "data", "*.html"))
    (target / "data").mkdir()
    with (target / "lifetree.toml").open("a", encoding="utf-8") as file:
        file.write('\n[rules]\noff = ["I5"]\n')
    for name, source, rows in _sources(city):
        plan = planned(rows, source, days=days)
        _write_base(target, name, plan.filter(pl.col("_fate").is_null()))
        own = [_write_day(target, source, day, last) for day, last in _last_changes(plan, source, days)]
        if own:
            dates = "".join(f'"{one.file.parent.name}/*" = "{one.delivered_at}", ' for one in own)
            _edit(target, name, r'^files = "(.*)"$', rf'files = ["\1", "{DAYS}/*/{name}.csv"]')
            _edit(target, name, r"^delivered_at = .*$", f'delivered_at = {{ {dates}"*" = "{_as_of(source)}" }}')
    _copy_rest(city, target)
    return target


def planned(
    rows: pl.DataFrame, source: Source, *, days: int, share: int = SHARE, whom: pl.Series | None = None
) -> pl.DataFrame:
    """Return the rows with what becomes of each (`add`, `correct`, `withdraw`, null), the day, and when it is back.

    `whom` names the subject of each row, all rows of which share a fate; unset, or null: the row has its own. Rows are
    in the order of the hash by which they are drawn, which is `_order`.
    """
    key = pl.col(source.key[0]).str.strip_chars()
    own = joined([pl.lit(source.name), key])
    drawn = hash64(own if whom is None else pl.coalesce(pl.lit(whom), own)).reinterpret(signed=False)
    place, day = (drawn % MILLION).cast(pl.Int64), pl.lit(None, pl.Int64)
    fate, begin = pl.lit(None, pl.String), 0
    single = key.is_unique() & key.is_not_null()
    for name, tenths in (("add", ADDED), ("correct", CORRECTED), ("withdraw", WITHDRAWN)):
        daily = share * tenths // 10
        within = single & place.is_between(begin, begin + daily * days - 1)
        if name != "correct" or _correctable(source):
            fate = pl.when(within).then(pl.lit(name)).otherwise(fate)
            day = pl.when(within).then((place - begin) // daily + 1).otherwise(day)
        begin += daily * days
    told = rows.with_columns(_order=drawn, _day=day, _fate=fate).sort("_order", *source.key)
    back = pl.col("_day") + AWAY
    returns = (pl.col("_fate") == "withdraw") & (pl.col("_order") % 4 == 0) & (back <= days)
    return told.with_columns(_back=pl.when(returns).then(back))


def changes_of(plan: pl.DataFrame, source: Source, *, day: int) -> pl.DataFrame:
    """Return the rows that a source delivers on a day, with their op."""
    today = plan.filter(pl.col("_day") == day)
    ends = pl.when(pl.col("_fate") == "withdraw").then(pl.lit("D")).otherwise(pl.lit("U"))
    corrected = _corrected(today.filter(pl.col("_fate") == "correct"), source)
    others = today.filter(pl.col("_fate") != "correct")
    back = plan.filter(pl.col("_back") == day).with_columns(pl.lit("U").alias(OP))
    return pl.concat([pl.concat([others, corrected]).with_columns(ends.alias(OP)), back]).drop(_PLAN)


def _last_changes(plan: pl.DataFrame, source: Source, days: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the rows that a day brought and that stand after the last one."""
    for day in range(1, days + 1):
        today = changes_of(plan, source, day=day)
        standing = today.filter(pl.col(OP) == "U").drop(OP)
        if standing.height:
            yield day, standing


def _corrected(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return the rows, each with the value of the row before it in one column, drawn by its key."""
    columns = _correctable(source)
    before = (pl.int_range(pl.len()) + pl.len() - 1) % pl.len()
    drawn = pl.col("_order") // MILLION % max(1, len(columns))
    return rows.with_columns(
        pl.when(drawn == place).then(pl.col(name).gather(before)).otherwise(name).alias(name)
        for place, name in enumerate(columns)
    )


def _correctable(source: Source) -> list[str]:
    """Return the columns of which values are corrected."""
    fields = source.mentions[0].fields
    read = {*source.key, *(source.recorded_at.columns if source.recorded_at else ())}
    columns = [fields[name].columns[0] for name in CORRECTABLE if name in fields and not fields[name].stray]
    return [name for name in dict.fromkeys(columns) if name not in read]


def _sources(city: Path) -> Iterator[tuple[str, Source, pl.DataFrame]]:
    """Yield every source that delivers rows, with these as text."""
    catalogue, project = load_catalogue().sources, _project(city)
    for source in project.sources:
        rows = delivered(city, source.name, catalogue[source.name])
        if rows.height:
            yield source.name, source, rows.cast(pl.String)


def _principals(city: Path, source: Source, rows: pl.DataFrame) -> pl.Series:
    """Return whom each row is about: the true subject of its first mention; null where the truth names none."""
    truth = pl.scan_parquet(city / "truth" / "mentions.parquet")
    own = truth.filter(pl.col("source") == source.name, pl.col("role") == source.mentions[0].role)
    named = own.select("record_id", "entity_id").collect().unique("record_id", keep="none")
    key = rows.select(record_id=pl.col(source.key[0]).str.strip_chars())
    return key.join(named, on="record_id", how="left", maintain_order="left")["entity_id"]


def _project(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def _as_of(source: Source) -> date:
    return date.fromisoformat(str(source.delivered_at))


def _edit(target: Path, name: str, line: str, becomes: str) -> None:
    """Replace the one line of a source's settings that fits a pattern."""
    file = target / "sources" / f"{name}.toml"
    text, found = re.subn(line, becomes, file.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    if not found:
        raise ValueError(f"{file}: no line fits {line}")
    file.write_text(text, encoding="utf-8")


def _copy_rest(city: Path, target: Path) -> None:
    """Copy the files without rows."""
    for file in (city / "data").iterdir():
        if not (target / "data" / file.name).exists():
            shutil.copyfile(file, target / "data" / file.name)


def _write_base(target: Path, name: str, plan: pl.DataFrame) -> None:
    """Write rows in the format, encoding and compression of their source."""
    source = load_catalogue().sources[name]
    file, rows = source_file(target / "data", name, source), plan.drop(_PLAN)
    if source.format == "parquet":
        rows.write_parquet(file)
    else:
        file.write_bytes(as_bytes(rows, source, header=True))


def _write_day(target: Path, source: Source, day: int, rows: pl.DataFrame) -> Batch:
    """Write the rows of a day as CSV, in the encoding that the source declares."""
    file = target / DAYS / f"day-{day:02d}" / f"{source.name}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(rows.write_csv().encode(source.encoding or "utf-8"))
    return Batch(file, source.name, day, (_as_of(source) + timedelta(days=day)).isoformat(), rows.height)
