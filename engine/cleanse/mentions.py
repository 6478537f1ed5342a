"""One mention of a source: its attributes cleansed, its business key, and the raw values they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl

from engine.cleanse.fields import grade, is_placeholder
from engine.cleanse.rules import Rulebook
from engine.io.ingest import row_column
from engine.settings import FieldMapping, Mention, Subject
from engine.values.folds import present
from engine.values.text import clean_text

KEPT = ("_row", "source", "record_id", "delivered_at", "recorded_at")


class Mentioned(NamedTuple):
    """`records`: RECORDS with `_row`, and `_known`: an identity attribute has a value; `findings` with `_row`."""

    records: pl.DataFrame
    findings: pl.DataFrame


def mention_records(rows: pl.DataFrame, mention: Mention, *, subject: Subject, rulebook: Rulebook) -> Mentioned:
    """Return the mention's record in each of the `rows`, in their order, and the findings about its fields.

    Attributes that the source does not map are null; a field that strays makes no finding. `rows` has a row
    number `_row`.
    """
    read = [column for field in mention.fields.values() for column in field.columns]
    records = rows.select(
        *KEPT,
        role=pl.lit(mention.role),
        business_key=_business_key(mention.business_key),
        raw=json_object(list(dict.fromkeys([*mention.business_key, *read]))),
    )
    findings = [pl.DataFrame(schema={"_row": rows.schema["_row"]})]
    for name, attribute in subject.attributes.items():
        field = mention.fields.get(name)
        if field is None:
            records = records.with_columns(pl.lit(None, pl.String).alias(name))
            continue
        raw = rows.select(raw=delivered_value(field, attribute.kind, rulebook))["raw"]
        graded = grade(raw, kind=attribute.kind, date_format=field.date_format, rulebook=rulebook)
        rawed = raw.to_frame().join(graded.values, on="raw", how="left", maintain_order="left")
        records = records.with_columns(rawed["value"].alias(name))
        if graded.findings.height and not field.stray:
            told = rows.select("_row").with_columns(raw).join(graded.findings, on="raw").drop("raw")
            findings.append(told.with_columns(field=pl.lit(name)))
    known = pl.any_horizontal(pl.col(name).is_not_null() for name in subject.identity_attributes())
    return Mentioned(records.with_columns(_known=known), pl.concat(findings, how="diagonal"))


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
