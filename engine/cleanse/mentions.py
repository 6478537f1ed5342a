"""One mention of a source: its attributes cleansed, its business key, and the raw values they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl

from engine.cleanse.fields import KnownValues, grade, is_placeholder
from engine.cleanse.rules import Rulebook
from engine.io.ingest import row_column
from engine.settings import FieldMapping, Mention, Source, Subject
from engine.values.folds import present
from engine.values.text import clean_text

KEPT = ("_row", "source", "record_id", "delivered_at", "recorded_at")


class Mentioned(NamedTuple):
    """`records`: RECORDS with `_row`; `findings` with `_row`; `seen`: what the rules of rows read, in the rows' order.

    `seen` holds the mapped attributes, of the principal also the items of the source, cleansed, and as delivered under
    their names and `_delivered`; `absent` names those of `seen`
    that are required, and says where nothing was delivered.
    """

    records: pl.DataFrame
    findings: pl.DataFrame
    seen: pl.DataFrame
    absent: pl.DataFrame


class _Field(NamedTuple):
    """One field of a mention: delivered and cleansed values in the rows' order, and its findings with `_row`."""

    raw: pl.Series
    values: pl.Series
    findings: pl.DataFrame | None


def mention_records(
    rows: pl.DataFrame,
    mention: Mention,
    *,
    subject: Subject,
    rulebook: Rulebook,
    source: Source | None = None,
    known: KnownValues | None = None,
) -> Mentioned:
    """Return the mention's record in each of the `rows`, in their order, and the findings about its fields.

    Attributes that the source does not map are null; a field that strays makes no finding. `rows` has a row
    number `_row`. With `source` the mention is its principal, and the items of the source are read with it.
    """
    used = [column for field in mention.fields.values() for column in field.columns]
    records = rows.select(
        *KEPT,
        role=pl.lit(mention.role),
        business_key=_business_key(mention.business_key),
        raw=json_object(list(dict.fromkeys([*mention.business_key, *used]))),
    )
    items, mapped = source.items if source else {}, mention.fields
    asked = {**item_fields(source), **mention_fields(mention, subject)} if source else mention_fields(mention, subject)
    read = {name: _read(rows, *field, rulebook, known) for name, field in asked.items()}
    for name, item in items.items():
        if item.values:
            read[name] = read[name]._replace(values=read[name].values.replace(item.values))
    own = [
        read[name].values.alias(name) if name in mapped else pl.lit(None, pl.String).alias(name)
        for name in subject.attributes
    ]
    findings = [one.findings.with_columns(field=pl.lit(name)) for name, one in read.items() if one.findings is not None]
    required = set(source.required) & set(read) if source else set[str]()
    return Mentioned(
        records.with_columns(own),
        pl.concat([pl.DataFrame(schema={"_row": rows.schema["_row"]}), *findings], how="diagonal"),
        pl.DataFrame(
            [
                *(one.values.alias(name) for name, one in read.items()),
                *(one.raw.alias(f"{name}_delivered") for name, one in read.items()),
            ]
        ),
        pl.DataFrame([one.raw.is_null().alias(name) for name, one in read.items() if name in required]),
    )


def mention_fields(mention: Mention, subject: Subject) -> dict[str, tuple[FieldMapping, str]]:
    """Return where each attribute that a mention has comes from, and its kind."""
    return {name: (field, subject.attributes[name].kind) for name, field in mention.fields.items()}


def item_fields(source: Source) -> dict[str, tuple[FieldMapping, str]]:
    """Return where each item of a source comes from, and its kind."""
    return {name: (item.mapping(), item.kind) for name, item in source.items.items()}


def _read(rows: pl.DataFrame, field: FieldMapping, kind: str, rulebook: Rulebook, known: KnownValues | None) -> _Field:
    raw = rows.select(raw=delivered_value(field, kind, rulebook))["raw"]
    graded = grade(raw, kind=kind, date_format=field.date_format, rulebook=rulebook, known=known)
    told = None
    if graded.findings.height and not field.stray:
        places = graded.findings["place"]
        told = graded.findings.drop("place", "raw").with_columns(_row=rows["_row"].gather(places))
    return _Field(raw, graded.values["value"], told)


def delivered(column: str) -> pl.Expr:
    """Return a column of the source's file as it stands in the rows."""
    return pl.col(row_column(column))


def json_object(columns: Iterable[str] | Mapping[str, str]) -> pl.Expr:
    r"""Return a JSON object of the columns' values in the order given, without the null ones.

    A mapping gives each column the name that its value stands under.

    >>> frame = pl.DataFrame({"a (delivered)": ['x"y', None], "b (delivered)": [None, "2"]})
    >>> frame.select(raw=json_object(["b", "a"]))["raw"].to_list()
    ['{"a":"x\\"y"}', '{"b":"2"}']
    """
    named = columns if isinstance(columns, Mapping) else {column: column for column in columns}
    members = [
        pl.when(delivered(column).is_not_null()).then(
            pl.struct(delivered(column).alias(name)).struct.json_encode().str.slice(1).str.head(-1)
        )
        for name, column in named.items()
    ]
    return pl.lit("{") + pl.concat_str(members, separator=",", ignore_nulls=True) + pl.lit("}")


def delivered_value(field: FieldMapping, kind: str, rulebook: Rulebook) -> pl.Expr:
    """Return the mapped value; of several columns the present ones joined, placeholders among them left out."""
    if len(field.columns) == 1:
        return delivered(field.columns[0])
    parts = [
        pl.when(~is_placeholder(clean_text(text), kind, rulebook)).then(present(text.str.strip_chars()))
        for text in map(delivered, field.columns)
    ]
    return present(pl.concat_str(parts, separator=field.join, ignore_nulls=True))


def _business_key(columns: tuple[str, ...]) -> pl.Expr:
    """Return the department's key of the subject, null when a part of it is missing."""
    if not columns:
        return pl.lit(None, pl.String)
    return pl.concat_str([clean_text(delivered(name)) for name in columns], separator="|")
