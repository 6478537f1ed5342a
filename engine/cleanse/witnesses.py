"""What the kept rows of a source tell beside who they name: events, ties between mentions, and spells of residence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

import polars as pl

from engine.cleanse.fields import KnownValues, cleansed_values
from engine.cleanse.mentions import delivered, delivered_value, json_object
from engine.cleanse.rules import Rulebook
from engine.expressions import compile_expression
from engine.hashing import hash64, joined
from engine.settings import EventMapping, FieldMapping, RelationMapping, Source, SpellMapping
from engine.settings.events import Witnessing, subject_of
from engine.tables import TOLD_EVENTS, TOLD_RELATIONS, TOLD_SPELLS, Table

Recorded = Mapping[tuple[str, str], pl.DataFrame]
"""By subject and role: the numbers (`_row`) of the rows in which the mention is a record."""

_ROW, _CHOSEN = " row", " chosen"
"""Names that no column of a file bears: readers cut the blanks around theirs."""

_Told = TypeVar("_Told", EventMapping, RelationMapping, SpellMapping)


def witnessed(
    rows: pl.DataFrame, recorded: Recorded, *, source: Source, rulebook: Rulebook, known: KnownValues | None = None
) -> dict[str, pl.DataFrame]:
    """Return TOLD_EVENTS as `events.<subject>`, TOLD_SPELLS as `spells.<subject>` and TOLD_RELATIONS as `relations`.

    Only tables that the source has mappings for are there. `rows` are kept rows with a number `_row`. A mapping whose
    mention is no record in a row, or whose `when` is not true there, tells nothing of it; the other mention of an event
    may be missing. Values are cleansed as attributes are: what is no date or number is null.
    """
    parts: dict[tuple[str, str], list[pl.DataFrame]] = {}
    rows = _valued(rows, source, rulebook, known)
    for event, ordinal in _numbered(source.events):
        ends = _ends(event, source)
        told = _event(_chosen(rows, event, [recorded[ends[0]]]), event, ordinal, ends)
        parts.setdefault((TOLD_EVENTS.name, f"events.{ends[0][0]}"), []).append(told)
    for spell, ordinal in _numbered(source.spells):
        ends = _ends(spell, source)
        told = _spell(_chosen(rows, spell, [recorded[ends[0]]]), spell, ordinal)
        parts.setdefault((TOLD_SPELLS.name, f"spells.{ends[0][0]}"), []).append(told)
    for tie, ordinal in _numbered(source.relations):
        ends = _ends(tie, source)
        told = _relation(_chosen(rows, tie, [recorded[end] for end in ends]), tie, ordinal, ends)
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
    read = rows.select(pl.col("_row").alias(_ROW), *(delivered(column).alias(column) for column in expression.columns))
    return rows.filter(expression.append_to(read, name=_CHOSEN)[_CHOSEN])


def _event(rows: pl.DataFrame, one: EventMapping, ordinal: int, ends: list[tuple[str, str]]) -> pl.DataFrame:
    other = ends[1] if len(ends) > 1 else (None, None)
    return rows.select(
        _witness_id(one.role, one.code, ordinal),
        pl.lit(one.code).alias("event_type"),
        "source",
        "record_id",
        pl.lit(one.role).alias("role"),
        *_interval(one.date, one.until),
        _recorded(),
        _value(one.place, "code").alias("place"),
        pl.lit(other[0], pl.String).alias("other_subject"),
        pl.lit(other[1], pl.String).alias("other_role"),
        _value(one.amount, "number").alias("amount"),
        _value(one.number, "text").alias("number"),
        _payload(one.payload),
    )


def _relation(rows: pl.DataFrame, one: RelationMapping, ordinal: int, ends: list[tuple[str, str]]) -> pl.DataFrame:
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
        *_interval(one.valid_from, one.valid_to),
        _recorded(),
        _payload(one.payload),
    )


def _spell(rows: pl.DataFrame, one: SpellMapping, ordinal: int) -> pl.DataFrame:
    return rows.select(
        _witness_id(one.role, one.kind, ordinal),
        pl.lit(one.kind).alias("kind"),
        pl.lit(one.rank, pl.Int64).alias("rank"),
        "source",
        "record_id",
        pl.lit(one.role).alias("role"),
        _value(one.place, "code").alias("place"),
        *_interval(one.valid_from, one.valid_to),
        _recorded(),
    )


def _witness_id(*parts: str | int) -> pl.Expr:
    return hash64(joined(["source", "record_id", *(pl.lit(str(part)) for part in parts)])).alias("witness_id")


def _interval(begin: FieldMapping | None, end: FieldMapping | None) -> tuple[pl.Expr, pl.Expr]:
    return (_value(begin, "date").alias("valid_from"), _value(end, "date").alias("valid_to"))


def _recorded() -> pl.Expr:
    return pl.coalesce("recorded_at", "delivered_at").alias("recorded_at")


def _valued(rows: pl.DataFrame, source: Source, rulebook: Rulebook, known: KnownValues | None) -> pl.DataFrame:
    """Return the rows with a column for each value that a mapping reads, under the name of `_value`.

    A date that does not exist, or is a default such as 9999-12-31, is null, as is what is no number.
    """
    columns = {}
    for field, kind in witness_fields(source):
        raw = rows.select(raw=delivered_value(field, kind, rulebook))["raw"]
        columns[_name(field, kind)] = cleansed_values(
            raw, kind=kind, date_format=field.date_format, rulebook=rulebook, known=known
        )
    return rows.with_columns(**columns)


def witness_fields(source: Source) -> dict[tuple[FieldMapping, str], None]:
    """Return the values that events, ties and spells of a source read, with their kinds; each once."""
    fields: list[tuple[FieldMapping | str | None, str]] = []
    for event in source.events:
        fields += [(event.date, "date"), (event.until, "date"), (event.place, "code")]
        fields += [(event.amount, "number"), (event.number, "text")]
    for tie in source.relations:
        fields += [(tie.valid_from, "date"), (tie.valid_to, "date")]
    for spell in source.spells:
        fields += [(spell.valid_from, "date"), (spell.valid_to, "date"), (spell.place, "code")]
    return dict.fromkeys((_mapping(field), kind) for field, kind in fields if field is not None)


def _mapping(field: FieldMapping | str) -> FieldMapping:
    return FieldMapping(columns=(field,)) if isinstance(field, str) else field


def _name(field: FieldMapping, kind: str) -> str:
    return f"_{kind} of {field.model_dump_json()}"


def _value(field: FieldMapping | str | None, kind: str) -> pl.Expr:
    """Return the cleansed value that `_valued` put into the rows."""
    return pl.lit(None, pl.String) if field is None else pl.col(_name(_mapping(field), kind))


def _payload(named: Mapping[str, str]) -> pl.Expr:
    return (json_object(named) if named else pl.lit(None, pl.String)).alias("payload")
