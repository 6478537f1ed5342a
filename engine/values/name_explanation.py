"""Names explained: what cleansing changes, and what can be read from a name of a person or a company."""

from __future__ import annotations

import polars as pl

from engine.values.characters import standard_characters
from engine.values.company_names import COMPANY_PARTS, company_alias_keys, split_companies
from engine.values.name_shapes import SHAPES, name_shape, wildcards
from engine.values.names import clean_name, match_name
from engine.values.organisations import ORGANISATION, plain_company
from engine.values.pinyin import pinyin, pinyin_readings
from engine.values.surnames import given_name, surname, surnames

__all__ = ["SHAPES", "explain_companies", "explain_names"]


def explain_names(values: pl.Series) -> pl.DataFrame:
    """Return one row for each delivered name, in order.

    `name` is the kept form, `changed` whether that is another than delivered, `folded` the matched form in standard
    characters. Parts of the name that cannot be told are null.

    >>> told = explain_names(pl.Series(["歐陽 娜娜", "Ann Lee"]))
    >>> told.select("name", "changed", "shape", "surname", "given_name", "pinyin", "folded").rows()
    [('歐陽娜娜', True, 'compound', '歐陽', '娜娜', 'ou yang na na', '欧阳娜娜'),
     ('Ann Lee', False, 'latin', None, None, 'ann lee', 'ann lee')]
    """
    name = pl.col("name")
    frame = values.cast(pl.String).alias("given").to_frame().with_columns(name=clean_name(pl.col("given")))
    return frame.with_columns(
        changed=name.ne_missing(pl.col("given")), shape=name_shape(name), surname=surname(name),
        given_name=given_name(name), surnames=surnames(name), pinyin=pinyin(name), readings=pinyin_readings(name),
        wildcards=wildcards(name), folded=standard_characters(match_name(name)),
    )  # fmt: skip


def explain_companies(values: pl.Series) -> pl.DataFrame:
    """Return one row for each delivered name of a company, in order; its parts as `split_companies` does.

    >>> told = explain_companies(pl.Series(["華為（杭州）技術有限公司"]))
    >>> told.select("division", "core", "trade", "form", "keys", "folded").row(0)
    ('杭州', '华为', '技术', '有限责任公司', ['华为', '杭州华为'], '华为杭州技术公司')
    """
    name = pl.col("name")
    frame = values.cast(pl.String).alias("given").to_frame().with_columns(name=ORGANISATION.clean(pl.col("given")))
    parts = split_companies(frame["name"]).select(COMPANY_PARTS)
    folded = plain_company(standard_characters(ORGANISATION.match(name)))
    frame = pl.concat([frame, parts], how="horizontal")
    return frame.with_columns(changed=name.ne_missing(pl.col("given")), keys=company_alias_keys(name), folded=folded)
