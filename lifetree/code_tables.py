"""Rows of the division and code tables, as a person looks them up."""

from __future__ import annotations

import polars as pl

from engine.values.codes import CodeList, read_codes
from engine.values.divisions import (
    LAST_YEAR,
    OPEN,
    division_flag,
    division_path_at,
    division_successors,
    read_divisions,
)
from lifetree.catalogue import Row


def divisions(text: str, year: int | None) -> list[Row]:
    """Return every span of the codes that begin with the text, or that bore a name with it.

    `lies_in` is where all that bore the code in the span lies in the year, or in the last year of the table. With a
    year, a span of a name is listed only when it was in force then, and `flag` says what is odd about the code then.
    """
    wanted = text.strip()
    table = read_divisions().spans
    if wanted.isdigit():
        found = table.filter(pl.col("code").str.starts_with(wanted[:6]))
    else:
        found = table.filter(pl.col("name").str.contains(wanted, literal=True))
        found = found if year is None else found.filter(pl.lit(year).is_between("valid_from", "valid_to"))
    ends = pl.min_horizontal(pl.col("valid_to") - 1, LAST_YEAR)
    told = found.with_columns(
        path=division_path_at(pl.col("code"), ends),
        lies_in=division_successors(pl.col("code"), year or LAST_YEAR, since=pl.col("valid_from")),
        flag=division_flag(pl.col("code"), pl.lit(year, pl.Int32)),
    ).unnest("path")
    above = pl.concat_str("province", pl.when(pl.col("city") != pl.col("name")).then("city"), ignore_nulls=True)
    columns = {
        "code": pl.col("code"),
        "name": pl.col("name"),
        "in": pl.when(pl.col("province") != pl.col("name")).then(above),
        "valid_from": pl.col("valid_from").cast(pl.String),
        "valid_to": pl.when(pl.col("valid_to") < OPEN).then("valid_to").cast(pl.String),
        "lies_in": pl.col("lies_in"),
    }
    flag = {} if year is None else {"flag": pl.col("flag")}
    return told.select(**columns, **flag).to_dicts()


def code_lists() -> list[Row]:
    """Return the code lists: name, standard, number of codes, and the first names."""
    tables = {name: read_codes(name) for name in CodeList}
    return [
        {
            "list": str(name), "standard": table["standard"][0], "codes": table.height,
            "names": [*table["name"].head(3), "…"],
        }
        for name, table in tables.items()
    ]  # fmt: skip


def codes(name: CodeList, text: str | None) -> list[Row]:
    """Return the rows of a list; with a text, those that have it in the code, the name or a spelling."""
    table = read_codes(name)
    if text is not None:
        wanted = text.strip().lower()
        looked = pl.col(table.columns[:-2]).str.to_lowercase().str.contains(wanted, literal=True)
        table = table.filter(pl.any_horizontal(looked.fill_null(value=False)))
    return table.with_columns(pl.col("spellings").fill_null("").str.replace_all("|", ", ", literal=True)).to_dicts()
