"""The stage: delivered rows of one source become records by subject, findings, rejects and an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from engine.cleanse.mentions import Mentioned, json_object, mention_records
from engine.cleanse.rules import Rule, Rulebook, load_rulebook
from engine.cleanse.versions import drop_duplicates, identify_rows, latest_versions
from engine.cleanse.witnesses import witnessed
from engine.settings import Mention, Source, Subject
from engine.tables import ACCOUNTS, FINDINGS, RECORDS, REJECTS


class Cleansed(NamedTuple):
    """RECORDS by subject, FINDINGS, REJECTS, ACCOUNTS (one row), and what the rows tell (see `witnessed`)."""

    records: dict[str, pl.DataFrame]
    findings: pl.DataFrame
    rejects: pl.DataFrame
    accounts: pl.DataFrame
    told: dict[str, pl.DataFrame]


def cleanse(
    rows: pl.DataFrame, *, source: Source, subjects: Mapping[str, Subject], rulebook: Rulebook | None = None
) -> Cleansed:
    """Return the cleansed records of one source's `rows` (ROWS and the mapped columns as delivered).

    All rows of a record, and all rows of one content, must be in the same call; their order does not matter. Identical
    rows of a record count once (U1, the latest delivery is kept); then rows that name nobody are quarantined (I2), so
    that they never supersede; then the latest version of each record is kept (U2). A mention without an identity
    attribute is no record. Rows of a keyed source without a key are quarantined (I1).
    `rulebook` defaults to the shipped one.
    """
    book = rulebook or load_rulebook()
    distinct = drop_duplicates(identify_rows(rows, keyed=bool(source.key))).with_row_index("_row")
    mentioned = [
        mention_records(distinct, mention, subject=subjects[mention.subject], rulebook=book)
        for mention in source.mentions
    ]
    known = pl.DataFrame([one.records["_known"].alias(str(place)) for place, one in enumerate(mentioned)])
    distinct = distinct.with_columns(_known=known.select(known=pl.any_horizontal(pl.all()))["known"])
    sound = pl.col("_known") & pl.col("record_id").is_not_null()
    kept = latest_versions(distinct.filter(sound).select("_row", "source", "record_id", "content_hash"))
    rejected = distinct.filter(~sound)
    return Cleansed(
        _records(mentioned, kept, source, subjects),
        _findings(mentioned, kept, source, book.rule("version")),
        _rejects(rejected, source, book.rule("identity")),
        _accounts(source, rows.height, distinct.height, rejected.height, kept.height),
        witnessed(
            distinct.join(kept.select("_row"), on="_row", how="semi"),
            _known(mentioned, source),
            source=source,
            rulebook=book,
        ),
    )


def _known(mentioned: list[Mentioned], source: Source) -> dict[tuple[str, str], pl.DataFrame]:
    """Return the numbers of the rows in which each mention, by subject and role, is a record."""
    return {
        (mention.subject, mention.role): one.records.filter("_known").select("_row")
        for one, mention in zip(mentioned, source.mentions, strict=True)
    }


def _records(
    mentioned: list[Mentioned], kept: pl.DataFrame, source: Source, subjects: Mapping[str, Subject]
) -> dict[str, pl.DataFrame]:
    tables = {}
    for name, subject in subjects.items():
        parts = [
            one.records.filter("_known").join(kept.select("_row"), on="_row", how="semi")
            for one, mention in zip(mentioned, source.mentions, strict=True)
            if mention.subject == name
        ]
        frame = pl.concat(parts) if parts else RECORDS.empty(subject.attributes)
        tables[name] = RECORDS.conform(frame, subject.attributes)
    return tables


def _findings(mentioned: list[Mentioned], kept: pl.DataFrame, source: Source, version: Rule | None) -> pl.DataFrame:
    """Return the findings about kept records; U2 stands at the first mention that is a record."""
    found = [FINDINGS.empty()]
    left = kept.filter(pl.col("superseded").is_not_null())
    for one, mention in zip(mentioned, source.mentions, strict=True):
        recorded = one.records.filter("_known").select("_row")
        if one.findings.height:
            about = one.findings.join(recorded, on="_row", how="semi").join(kept, on="_row")
            found.append(_told(about, mention))
        if version is not None and left.height:
            about = left.join(recorded, on="_row", how="semi").with_columns(
                rule=pl.lit(version.code), field=pl.lit(""), before="superseded", after="content_hash",
                action=pl.lit(version.action),
            )  # fmt: skip
            found.append(_told(about, mention))
            left = left.join(recorded, on="_row", how="anti")
    return FINDINGS.conform(pl.concat(found))


def _told(about: pl.DataFrame, mention: Mention) -> pl.DataFrame:
    named = about.with_columns(subject=pl.lit(mention.subject), role=pl.lit(mention.role))
    return named.select(FINDINGS.columns.keys())


def _rejects(rows: pl.DataFrame, source: Source, identity: Rule | None) -> pl.DataFrame:
    keyless = pl.col("record_id").is_null()
    code, message = (identity.code, identity.message) if identity else ("I2", "no identity attribute")
    return REJECTS.conform(
        rows.with_columns(
            rule=pl.when(keyless).then(pl.lit("I1")).otherwise(pl.lit(code)),
            reason=pl.when(keyless).then(pl.lit("the key of the row is empty")).otherwise(pl.lit(message)),
            raw=json_object(source.columns()),
        )
    )


def _accounts(source: Source, rows_in: int, distinct: int, quarantined: int, kept: int) -> pl.DataFrame:
    account = {
        "source": source.name, "rows_in": rows_in, "kept": kept, "quarantined": quarantined,
        "exact_duplicates": rows_in - distinct, "superseded": distinct - quarantined - kept,
    }  # fmt: skip
    return ACCOUNTS.conform(pl.DataFrame([account]))
