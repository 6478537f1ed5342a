"""Comparisons of telephone numbers, e-mail addresses and postcodes."""

from __future__ import annotations

import polars as pl

from matchers.comparisons.registry import Attributes, Evidence, Form, Level, Measure, Thresholds, comparison, same


@comparison("phone", thresholds=(7,), fixed=True, ceiling=20)
def phone(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same number, the same last digits, or one digit wrong; the threshold is how many last digits."""
    last = int(thresholds[0])
    digits = pl.col(attributes[0]).str.replace_all(r"\D", "")
    long = pl.min_horizontal(".length_l", ".length_r") >= last
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level(f"the last {last} digits", long & same(".last")),
            Level("one digit wrong", long & (pl.col("edits") <= 1)),
        ),
        (Measure("edits", "damerau_levenshtein", ".digits"),),
        (Form(".digits", digits), Form(".last", digits.str.tail(last)), Form(".length", digits.str.len_chars())),
    )


@comparison("email", thresholds=(0.92,), fixed=True)
def email(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same address, the same user name, one character wrong, or user names alike by Jaro-Winkler."""
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("the same user name", same(".user")),
            Level("one character wrong", pl.col("edits") <= 1),
            Level(f"user name jaro-winkler >= {thresholds[0]:g}", pl.col("likeness") >= thresholds[0]),
        ),
        (Measure("likeness", "jaro_winkler", ".user"), Measure("edits", "damerau_levenshtein", attributes[0])),
        (Form(".user", pl.col(attributes[0]).str.replace(r"@.*$", "")),),
    )


@comparison("postcode", thresholds=(4, 2), ceiling=20)
def postcode(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same postcode, one character wrong, or the same beginning; thresholds are its lengths, without spaces."""
    plain = pl.col(attributes[0]).str.replace_all(r"[\s-]", "")
    return Evidence(
        (
            Level("exact", same(".plain")),
            Level("one character wrong", pl.col("edits") <= 1),
            *(Level(f"the first {t:g} characters", same(f".first_{t:g}")) for t in thresholds),
        ),
        (Measure("edits", "damerau_levenshtein", ".plain"),),
        (Form(".plain", plain), *(Form(f".first_{t:g}", plain.str.head(int(t))) for t in thresholds)),
    )
