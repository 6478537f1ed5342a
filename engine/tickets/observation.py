"""What a run shows of faults: the findings and rejects that tickets are about, and the versions of their records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

import polars as pl

from engine.hashing import hash64, joined
from engine.io.erased import PURGED
from engine.io.snapshots import FOLDER
from engine.settings import Project, Rule, Source
from engine.store import SHARED, Run
from engine.tickets.tables import BATCH, FAULT

ENTITY = "entity"
UNLISTED = "E"
"""The severity of a reject whose reason is no rule of the catalogue: a row that could not be taken apart."""

PLACE = ("source", "record_id")
_IS_BATCH = (pl.col("role") == BATCH) & (pl.col("subject") == "")


class Observation(NamedTuple):
    """A run as the tickets see it.

    `faults`: FAULT, ticket, severity, before, after, action, and `wanted`, whether a new one becomes a ticket. `rules`
    are those that looked, by code.
    """

    run_id: str
    faults: pl.DataFrame
    rules: dict[str, Rule]


def observe(run: Run, project: Project, *, rules: Sequence[Rule], known: Collection[str]) -> Observation:
    """Return the findings and rejects of `run` that can be tickets, and those of the `known` rules of old tickets.

    `rules` are those that the run applied.
    """
    listed = {rule.code: rule for rule in rules}
    severities = {code: rule.severity for code, rule in listed.items()}
    setting = project.rules.tickets
    severity = pl.col("rule").replace_strict(severities, default=UNLISTED, return_dtype=pl.String)
    wanted = (
        severity.is_in(setting.severities)
        & pl.col("action").is_in(setting.actions)
        & ~pl.col("rule").is_in(list(setting.off))
    )
    told = pl.col("wanted") | pl.col("rule").is_in(list(known))
    found = [
        table.with_columns(severity=severity, wanted=wanted).filter(told)
        for table in (_findings(run), _rejects(run, project, [c for c, rule in listed.items() if rule.phase == BATCH]))
    ]
    # One fault may have several findings, such as a delivery for each of several reasons; the first stands for them.
    faults = (
        pl.concat(found)
        .with_columns(ticket=ticket_id())
        .sort("ticket", "before", "after")
        .unique("ticket", keep="first", maintain_order=True)
        .collect()
    )
    return Observation(run.run_id, faults, listed)


def ticket_id() -> pl.Expr:
    """Return the name of a fault: T and the digits of a hash of `FAULT`, no number to any spreadsheet."""
    digits = hash64(joined(FAULT)).reinterpret(signed=False).cast(pl.String).str.zfill(20)
    return pl.lit("T") + digits


def record_versions(run: Run, project: Project, tickets: pl.DataFrame) -> pl.DataFrame:
    """Return ticket and version of the tickets whose record is among those of the run.

    A version is a hash of the record's delivered values and times: it changes with every new delivery of the record. A
    ticket without a subject is about a whole row, so any mention of the record will do; one about deliveries has the
    files of the source for its record.
    """
    parts = [_batch_versions(run, project, tickets.filter(_IS_BATCH))]
    records = tickets.filter(~_IS_BATCH)
    mentions = records.filter(pl.col("subject") != "")
    rows = records.filter(pl.col("subject") == "")
    everywhere = []
    for subject in project.subjects:
        if f"{subject}/records" not in run.manifest["tables"]:
            continue
        scanned = run.scan("records", subject=subject)
        own = mentions.filter(pl.col("subject") == subject).select("ticket", *PLACE, "role")
        parts.append(_hashed(scanned, own, (*PLACE, "role")))
        everywhere.append(_hashed(scanned, rows.select("ticket", *PLACE), PLACE))
    if everywhere:
        parts.append(pl.concat(everywhere).group_by("ticket").agg(pl.col("version").min()))
    return pl.concat(parts)


def _hashed(records: pl.LazyFrame, tickets: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    if tickets.is_empty():
        return pl.DataFrame(schema={"ticket": pl.String, "version": pl.String})
    version = hash64(joined(["raw", "recorded_at", "delivered_at"])).cast(pl.String)
    held = records.select(*on, "raw", "recorded_at", "delivered_at").join(tickets.lazy(), on=list(on), how="inner")
    return held.select("ticket", version=version).collect()


def _batch_versions(run: Run, project: Project, tickets: pl.DataFrame) -> pl.DataFrame:
    """Return the versions of whole deliveries: a hash of the contents of all files of the source."""
    inputs: Mapping[str, str] = run.manifest["inputs"]
    contents = {
        source.name: " ".join(sorted(held for file, held in inputs.items() if _of_source(file, source)))
        for source in project.sources
    }
    content = pl.col("source").replace_strict(contents, default="", return_dtype=pl.String)
    held = tickets.select("ticket", _content=content).filter(pl.col("_content") != "")
    return held.select("ticket", version=hash64(pl.col("_content")).cast(pl.String))


def _of_source(file: str, source: Source) -> bool:
    if source.uri:
        return f"/{FOLDER}/{source.name}/" in f"/{file}"
    return any(PurePath(file).match(PurePath(pattern).name) for pattern in source.files)


def _findings(run: Run) -> pl.LazyFrame:
    return run.scan("findings").select(
        *FAULT[:3],
        pl.when(_IS_BATCH).then(pl.lit("")).otherwise("record_id").alias("record_id"),
        *FAULT[4:],
        "before", "after", "action",
    )  # fmt: skip


def _rejects(run: Run, project: Project, of_batches: Sequence[str]) -> pl.LazyFrame:
    """Return quarantined rows in the form of findings; a row without a key is named by a hash of its text.

    Rows of a delivery that was quarantined as a whole have its finding. A row whose record was kept from a later
    delivery is mended, although the old file still holds it. Of purged rows nothing is asked.
    """
    named = pl.coalesce("record_id", pl.lit("row ") + hash64(pl.col("raw")).cast(pl.String))
    empty = pl.lit("")
    return _unmended(run, project).filter(~pl.col("rule").is_in([*of_batches, PURGED])).select(
        subject=empty, source="source", rule="rule", record_id=named, role=empty, field=empty,
        before="raw", after="reason", action=pl.lit("quarantine"),
    )  # fmt: skip


def _unmended(run: Run, project: Project) -> pl.LazyFrame:
    tables = run.manifest["tables"]
    rejects = run.scan("rejects")
    subjects = [name for name in project.subjects if f"{name}/records" in tables]
    if f"{SHARED}/batches" not in tables or not subjects:
        return rejects
    refused = run.scan("batches").group_by("source", "file").agg(_refused=pl.col("delivered_at").max())
    records = [run.scan("records", subject=name).select(*PLACE, "delivered_at") for name in subjects]
    kept = pl.concat(records).group_by(PLACE).agg(_kept=pl.col("delivered_at").max())
    timed = rejects.join(refused, on=["source", "file"], how="left").join(kept, on=list(PLACE), how="left")
    mended = (pl.col("_kept") > pl.col("_refused")).fill_null(value=False)
    return timed.filter(~mended).drop("_kept", "_refused")
