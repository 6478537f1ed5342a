"""Amounts of money in yuan, kept as decimal text, whatever unit they were told in (rules N8, S5)."""

from __future__ import annotations

import polars as pl

from engine.values.folds import staged
from engine.values.kinds import Kind, register
from engine.values.numbers import clean_number, is_number
from engine.values.text import clean_text

_SHIFTS = {
    "": 0, "十": 1, "百": 2, "千": 3, "仟": 3, "k": 3, "万": 4, "萬": 4, "w": 4, "十万": 5, "百万": 6, "千万": 7,
    "亿": 8, "億": 8, "十亿": 9, "百亿": 10, "千亿": 11, "万亿": 12,
}  # fmt: skip
"""Units and how many places they move the decimal point."""

_LONGEST = max(_SHIFTS.values())
_YUAN = r"(?:人民币|rmb|cny|¥|￥)"
_PLAIN = r"^-?[0-9]+(?:\.[0-9]+)?$"
_AMOUNT = (
    rf"^(-?){_YUAN}? ?([+-]?[0-9][0-9,]*\.?[0-9]*|\.[0-9]+) ?"
    rf"({'|'.join(sorted(filter(None, _SHIFTS), key=len, reverse=True))})? ?(?:元|圆|块|块钱|{_YUAN})?(?:整|正)?$"
)
_SPELLED = rf"^{_YUAN}?([0-9,]+)(?:元|圆|块)(?:([0-9])角)?(?:([0-9])分)?(?:整|正)?$"


def clean_amount(expr: pl.Expr) -> pl.Expr:
    """Return the amount in yuan as canonical decimal text, worked out exactly; other text stays and is not valid.

    A number alone is taken for yuan: whether a column is told in 万元 is for its source to say. Commas group thousands.
    Other currencies are no amounts in yuan.

    >>> frame = pl.DataFrame({"x": ["12.5万元", "￥1,200.00", "3千元", "1.2亿", "1200", "12元5角", "$5"]})
    >>> frame.select(clean_amount(pl.col("x")))["x"].to_list()
    ['125000', '1200', '3000', '120000000', '1200', '12.5', '$5']
    """
    return staged(clean_text(expr), _in_yuan, dtype=pl.String)


def amount_unit(expr: pl.Expr) -> pl.Expr:
    """Return the unit in which a delivered amount is told, as 万元; null for a number alone and for no amount.

    >>> frame = pl.DataFrame({"x": ["12.5万", "12.5", "1200元"]})
    >>> frame.select(amount_unit(pl.col("x")))["x"].to_list()
    ['万元', None, '元']
    """
    text = clean_text(expr).str.to_lowercase()
    unit = text.str.extract(_AMOUNT, 3).replace({"萬": "万", "億": "亿", "仟": "千", "k": "千", "w": "万"})
    told = text.str.contains(rf"[元圆块]|{_YUAN}") & text.str.contains(_AMOUNT)
    return pl.when(unit.is_not_null() | told).then(unit.fill_null("") + "元").alias(expr.meta.output_name())


def _in_yuan(values: pl.Series) -> pl.Series:
    frame = values.to_frame("text").with_columns(plain=pl.col("text").str.contains(_PLAIN))
    told = frame.filter(~pl.col("plain"))["text"].unique()
    if told.len():
        amounts = pl.DataFrame({"text": told, "yuan": _told(told)})
        frame = frame.join(amounts, on="text", how="left", maintain_order="left")
        frame = frame.with_columns(text=pl.coalesce("yuan", "text"))
    canonical = pl.when(pl.col("text").str.contains(_PLAIN)).then(clean_number(pl.col("text"))).otherwise("text")
    return frame.select(canonical).to_series().alias(values.name)


def _told(texts: pl.Series) -> pl.Series:
    """Return the yuan of amounts with signs and units, null for other text."""
    lower = texts.str.to_lowercase().to_frame("lower")
    found = lower.select(_shifted(pl.col("lower").str.extract_groups(_AMOUNT)), coins=pl.lit(None, pl.String))
    if lower.filter(pl.col("lower").str.contains("[角分]")).height:
        found = found.with_columns(lower.select(coins=_coins(pl.col("lower").str.extract_groups(_SPELLED))))
    return found.select(pl.coalesce("coins", "shifted")).to_series()


def _shifted(groups: pl.Expr) -> pl.Expr:
    """Return sign and number of `_AMOUNT` with the decimal point moved as far as the unit says."""
    sign, number, unit = (groups.struct.field(str(place)) for place in (1, 2, 3))
    bare = number.str.replace_all(r"[,+]", "")
    fraction = bare.str.extract(r"\.([0-9]*)$").fill_null("").str.pad_end(_LONGEST, "0")
    places = unit.fill_null("").replace_strict(_SHIFTS, return_dtype=pl.Int64, default=0)
    digits = [bare.str.extract(r"^(-?[0-9]*)"), fraction.str.slice(0, places), pl.lit("."), fraction.str.slice(places)]
    text = pl.concat_str(sign, *digits).str.replace(r"^(-?)\.", "${1}0.").str.replace(r"\.$", "")
    return pl.when(_grouped(number)).then(text).alias("shifted")


def _coins(groups: pl.Expr) -> pl.Expr:
    """Return 元, 角 and 分 of `_SPELLED` as one number, null without 角 and 分."""
    yuan, tenths, cents = (groups.struct.field(str(place)) for place in (1, 2, 3))
    digits = [yuan.str.replace_all(",", "", literal=True), pl.lit("."), tenths.fill_null("0"), cents.fill_null("0")]
    return pl.when(tenths.is_not_null() | cents.is_not_null()).then(pl.concat_str(digits))


def _grouped(number: pl.Expr) -> pl.Expr:
    """Return whether commas, if any, stand where thousands end."""
    grouped = number.str.contains(r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?$")
    return grouped | ~number.str.contains(",", literal=True)


AMOUNT = register(Kind("amount", "amount of money in yuan", clean_amount, clean_amount, is_number))
