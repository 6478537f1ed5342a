"""What the kept rows of a source tell beside who they name: events, ties between mentions, and spells of residence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

import polars as pl

from engine.cleanse.fields import grade
from engine.cleanse.mentions import delivered, delivered_value, json_object
from engine.cleanse.rules import Rulebook
from engine.expressions import compile_expression
from engine.hashing import hash64, joined
from engine.settings import EventMapping, FieldMapping, RelationMapping, Source, SpellMapping
from engine.settings.events import Witnessing, subject_of
from engine.tables import TOLD_EVENTS, TOLD_RELATIONS, TOLD_SPELLS, Table

Known = Mapping[tuple[str, str], pl.DataFrame]
"""By subject and role: the numbers (`_row`) of the rows in which the mention is a record."""

_Told = TypeVar("_Told", EventMapping, RelationMapping, SpellMapping)


def witnessed(rows: pl.DataFrame, known: Known, *, source: Source, rulebook: Rulebook) -> dict[str, pl.DataFrame]:
    """Return TOLD_EVENTS as `events.<subject>`, TOLD_SPELLS as `spells.<subject>` and TOLD_RELATIONS as `relations`.

    Only tables that the source has mappings for are there. `rows` are kept rows with a number `_row`. A mapping whose
    mention is no record in a row, or whose `when` is not true there, tells nothing of it; the other mention of an event
    may be missing. Values are cleansed as attributes are: what is no date or number is null.
    """
    parts: dict[tuple[str, str], list[pl.DataFrame]] = {}
    for event, ordinal in _numbered(source.events):
        ends = _ends(event, source)
        told = _event(_chosen(rows, event, [known[ends[0]]]), event, ordinal, ends, rulebook)
        parts.setdefault((TOLD_EVENTS.name, f"events.{ends[0][0]}"), []).append(told)
    for spell, ordinal in _numbered(source.spells):
        ends = _ends(spell, source)
        told = _spell(_chosen(rows, spell, [known[ends[0]]]), spell, ordinal, rulebook)
        parts.setdefault((TOLD_SPELLS.name, f"spells.{ends[0][0]}"), []).append(told)
    for tie, ordinal in _numbered(source.relations):
        ends = _ends(tie, source)
        told = _relation(_chosen(rows, tie, [known[end] for end in ends]), tie, ordinal, ends, rulebook)
        parts.setdefault((TOLD_RELATIONS.name, "relations"), []).append(told)
    return {name: _TABLES[table].conform(pl.concat(frames)) for (table, name), frames in parts.items()}


_TABLES: dict[str, Table] = {table.name: table for table in (TOLD_EVENTS, TOLD_RELATIONS, TOLD_SPELLS)}


def _numbered(mappings: Iterable[_Told]) -> list[tuple[_Told, int]]:
    """Return each mapping with its place among those of the same type and mentions: a part of the witness's id."""
    seen: Counter[tuple[object, ...]] = Counter()
    numbered = []
    for one in mappings:
        same = (one.label, one.ends())
        numbered.append((one, seen[same]))
        seen[same] += 1
    return numbered


def _ends(one: Witnessing, source: Source) -> list[tuple[str, str]]:
    return [(subject_of(source, role, subject) or "", role) for role, subject in one.ends()]


def _chosen(rows: pl.DataFrame, one: Witnessing, known: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of which the mapping tells something."""
    for numbers in known:
        rows = rows.join(numbers, on="_row", how="semi")
    if one.when is None:
        return rows
    expression = compile_expression(one.when, columns=None)
    read = rows.select("_row", *(delivered(column).alias(column) for column in expression.columns))
    return rows.filter(expression.append_to(read, name="_chosen")["_chosen"])


def _event(
    rows: pl.DataFrame, one: EventMapping, ordinal: int, ends: list[tuple[str, str]], rulebook: Rulebook
) -> pl.DataFrame:
    other = ends[1] if len(ends) > 1 else (None, None)
    return rows.select(
        _witness_id(one.role, one.code, ordinal),
        pl.lit(one.code).alias("event_type"),
        "source",
        "record_id",
        pl.lit(one.role).alias("role"),
        *_interval(rows, one.date, one.until, rulebook),
        _recorded(),
        _value(rows, one.place, "code", rulebook).alias("place"),
        pl.lit(other[0], pl.String).alias("other_subject"),
        pl.lit(other[1], pl.String).alias("other_role"),
        _value(rows, one.amount, "number", rulebook).alias("amount"),
        _value(rows, one.number, "text", rulebook).alias("number"),
        _payload(one.payload),
    )


def _relation(
    rows: pl.DataFrame, one: RelationMapping, ordinal: int, ends: list[tuple[str, str]], rulebook: Rulebook
) -> pl.DataFrame:
    (subject_from, role_from), (subject_to, role_to) = ends
    return rows.select(
        _witness_id(role_from, one.type, role_to, ordinal),
        pl.lit(one.type).alias("relation_type"),
        "source",
        "record_id",
        pl.lit(subject_from).alias("subject_from"),
        pl.lit(role_from).alias("role_from"),
        pl.lit(subject_to).alias("subject_to"),
        pl.lit(role_to).alias("role_to"),
        *_interval(rows, one.valid_from, one.valid_to, rulebook),
        _recorded(),
        _payload(one.payload),
    )


def _spell(rows: pl.DataFrame, one: SpellMapping, ordinal: int, rulebook: Rulebook) -> pl.DataFrame:
    return rows.select(
        _witness_id(one.role, one.kind, ordinal),
        pl.lit(one.kind).alias("kind"),
        pl.lit(one.rank, pl.Int64).alias("rank"),
        "source",
        "record_id",
        pl.lit(one.role).alias("role"),
        _value(rows, one.place, "code", rulebook).alias("place"),
        *_interval(rows, one.valid_from, one.valid_to, rulebook),
        _recorded(),
    )


def _witness_id(*parts: str | int) -> pl.Expr:
    return hash64(joined(["source", "record_id", *(pl.lit(str(part)) for part in parts)])).alias("witness_id")


def _interval(
    rows: pl.DataFrame, begin: FieldMapping | None, end: FieldMapping | None, rulebook: Rulebook
) -> tuple[pl.Series, pl.Series]:
    return (
        _value(rows, begin, "date", rulebook).alias("valid_from"),
        _value(rows, end, "date", rulebook).alias("valid_to"),
    )


def _recorded() -> pl.Expr:
    return pl.coalesce("recorded_at", "delivered_at").alias("recorded_at")


def _value(rows: pl.DataFrame, field: FieldMapping | str | None, kind: str, rulebook: Rulebook) -> pl.Series:
    """Return the cleansed value in each row; a date that does not exist or is a default (9999-12-31) is null."""
    if field is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    mapping = FieldMapping(columns=(field,)) if isinstance(field, str) else field
    raw = rows.select(raw=delivered_value(mapping, kind, rulebook))["raw"]
    values = grade(raw, kind=kind, date_format=mapping.date_format, rulebook=rulebook).values
    return raw.to_frame().join(values, on="raw", how="left", maintain_order="left")["value"]


def _payload(named: Mapping[str, str]) -> pl.Expr:
    return (json_object(named) if named else pl.lit(None, pl.String)).alias("payload")
