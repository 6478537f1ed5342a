"""The stage: delivered rows of one source become records by subject, findings, rejects and an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from engine.cleanse.fields import KnownValues
from engine.cleanse.mentions import Mentioned, json_object, mention_records
from engine.cleanse.row_rules import rule_rows
from engine.cleanse.rules import Look, Rulebook, load_rulebook
from engine.cleanse.versions import drop_duplicates, identify_rows, is_ended, latest_versions, read_times
from engine.cleanse.witnesses import witnessed
from engine.settings import Mention, Source, Subject
from engine.tables import ACCOUNTS, FINDINGS, RECORDS, REJECTS

_VERSION = ("source", "record_id", "content_hash", "delivered_at", "recorded_at", "_unread", "_several", "withdraws")


class Cleansed(NamedTuple):
    """RECORDS by subject, FINDINGS, REJECTS, ACCOUNTS (one row), and what the rows tell (see `witnessed`)."""

    records: dict[str, pl.DataFrame]
    findings: pl.DataFrame
    rejects: pl.DataFrame
    accounts: pl.DataFrame
    told: dict[str, pl.DataFrame]


def cleanse(
    rows: pl.DataFrame,
    *,
    source: Source,
    subjects: Mapping[str, Subject],
    rulebook: Rulebook | None = None,
    replaced: str | None = None,
    known: KnownValues | None = None,
) -> Cleansed:
    """Return the cleansed records of one source's `rows` (ROWS and the mapped columns as delivered).

    All rows of a record, and all rows of one content, must be in the same call; their order does not matter. Identical
    rows of a record count once (U1, the latest delivery is kept); then rows that name nobody are quarantined (I2), so
    that they never supersede; then the latest version of each record is kept (U2, also where no time tells which).
    A record time that cannot be read is null (N3). A mention without an identity attribute is no record. Rows of a
    keyed source without a key are quarantined (I1). Rows that withdraw name nobody and are never quarantined: where
    such a row is the latest of its record, there is no record. Rows delivered before `replaced`, the date of the
    source's latest delivery as a whole, are set aside before anything else. Both, and what they end, are superseded.
    `rulebook` defaults to the shipped one. Of values that are `known` (see `known_values`), what becomes of them is
    not worked out again.
    """
    book = rulebook or load_rulebook()
    standing = _standing(rows, replaced)
    distinct = _distinct(standing, source)
    told = distinct.filter(~pl.col("withdraws"))
    read = [
        mention_records(
            told,
            mention,
            subject=subjects[mention.subject],
            rulebook=book,
            source=None if place else source,
            known=known,
        )
        for place, mention in enumerate(source.mentions)
    ]
    ruled = rule_rows(read, source.mentions, rulebook=book)
    mentioned = [
        one._replace(records=one.records.with_columns(_known=_tells(subjects[mention.subject])))
        for one, mention in zip(ruled.mentioned, source.mentions, strict=True)
    ]
    refused = pl.concat([_nameless(told, mentioned, book), ruled.refused]).unique("_row", keep="first")
    rejected = distinct.join(refused, on="_row", maintain_order="left")
    sound = distinct.join(refused, on="_row", how="anti", maintain_order="left")
    kept = latest_versions(sound.select("_row", *_VERSION))
    return Cleansed(
        _records(mentioned, kept, source, subjects),
        _findings(mentioned, kept, source, book),
        _rejects(rejected, source),
        _accounts(source, rows.height, standing.height - distinct.height, rejected.height, kept.height),
        witnessed(
            told.join(kept.select("_row"), on="_row", how="semi"),
            _recorded(mentioned, source),
            source=source,
            rulebook=book,
            known=known,
        ),
    )


def account(rows: pl.DataFrame, rejects: pl.DataFrame, *, source: Source, replaced: str | None = None) -> pl.DataFrame:
    """Return the account that `cleanse` gives of the rows, of which it made the `rejects` (REJECTS), without cleansing.

    `rejects` may hold those of other rows as well.
    """
    standing = _standing(rows, replaced)
    distinct = _distinct(standing, source)
    sound = distinct.join(rejects, on=["file", "line"], how="anti", maintain_order="left")
    kept = latest_versions(sound.select("_row", *_VERSION))
    quarantined = distinct.height - sound.height
    return _accounts(source, rows.height, standing.height - distinct.height, quarantined, kept.height)


def _standing(rows: pl.DataFrame, replaced: str | None) -> pl.DataFrame:
    return rows if replaced is None else rows.filter(~is_ended(replaced))


def _distinct(standing: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return one row for each content of a record, numbered, the latest of each record first."""
    identified = identify_rows(read_times(standing, source), keyed=bool(source.key))
    return drop_duplicates(identified).with_row_index("_row")


def _tells(subject: Subject) -> pl.Expr:
    """Return whether an identity attribute has a value."""
    return pl.any_horizontal(pl.col(name).is_not_null() for name in subject.identity_attributes())


def _nameless(told: pl.DataFrame, mentioned: list[Mentioned], book: Rulebook) -> pl.DataFrame:
    """Return `_row`, rule and reason of the rows without a key, and of those that name nobody."""
    known = pl.DataFrame([one.records["_known"].alias(str(place)) for place, one in enumerate(mentioned)])
    marked = told.select("_row", "record_id", known.select(known=pl.any_horizontal(pl.all()))["known"])
    look, keyless = book.check("identity"), pl.col("record_id").is_null()
    code, message = (look.rule.code, look.message) if look else ("I2", "no identity attribute")
    return marked.filter(keyless | ~pl.col("known")).select(
        "_row",
        rule=pl.when(keyless).then(pl.lit("I1")).otherwise(pl.lit(code)),
        reason=pl.when(keyless).then(pl.lit("the key of the row is empty")).otherwise(pl.lit(message)),
    )


def _recorded(mentioned: list[Mentioned], source: Source) -> dict[tuple[str, str], pl.DataFrame]:
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


def _findings(mentioned: list[Mentioned], kept: pl.DataFrame, source: Source, book: Rulebook) -> pl.DataFrame:
    """Return the findings about kept records; those about whole rows stand at the first mention that is a record."""
    found = [FINDINGS.empty()]
    left = _row_findings(kept, book)
    for one, mention in zip(mentioned, source.mentions, strict=True):
        recorded = one.records.filter("_known").select("_row")
        if one.findings.height:
            about = one.findings.join(recorded, on="_row", how="semi").join(kept, on="_row")
            found.append(_told(about, mention))
        if left.height:
            found.append(_told(left.join(recorded, on="_row", how="semi"), mention))
            left = left.join(recorded, on="_row", how="anti")
    return FINDINGS.conform(pl.concat(found))


def _row_findings(kept: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """Return what is said of whole rows: other versions, versions of equal age, a record time that is none."""
    several, empty = pl.col("superseded").is_not_null(), pl.lit(None, pl.String)
    content = (pl.col("superseded"), pl.col("content_hash"))
    parts = [
        _about(kept.filter(several), book.check("version"), "", *content),
        _about(kept.filter("undecided"), book.check("order"), "recorded_at", *content),
        _about(
            kept.filter(pl.col("_unread").is_not_null()), book.check("form", "date"), "recorded_at",
            pl.col("_unread"), empty,
        ),
    ]  # fmt: skip
    return pl.concat(parts)


def _about(rows: pl.DataFrame, look: Look | None, field: str, before: pl.Expr, after: pl.Expr) -> pl.DataFrame:
    told = rows.select(
        "_row", "source", "record_id", rule=pl.lit(look and look.rule.code, pl.String), field=pl.lit(field),
        before=before, after=after, action=pl.lit("flag"),
    )  # fmt: skip
    return told if look else told.clear()


def _told(about: pl.DataFrame, mention: Mention) -> pl.DataFrame:
    named = about.with_columns(subject=pl.lit(mention.subject), role=pl.lit(mention.role))
    return named.select(FINDINGS.columns.keys())


def _rejects(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    return REJECTS.conform(rows.with_columns(raw=json_object(source.columns())))


def _accounts(source: Source, rows_in: int, duplicates: int, quarantined: int, kept: int) -> pl.DataFrame:
    account = {
        "source": source.name, "rows_in": rows_in, "kept": kept, "quarantined": quarantined,
        "exact_duplicates": duplicates, "superseded": rows_in - duplicates - quarantined - kept,
    }  # fmt: skip
    return ACCOUNTS.conform(pl.DataFrame([account]))
