"""The rules of a single value: character form, placeholder, form and validity of its kind, expressions over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

import polars as pl

from engine.cleanse.rules import Look, Placeholder, Rulebook
from engine.expressions import compile_expression
from engine.values import KINDS
from engine.values.dates import parse_date
from engine.values.folds import present, staged
from engine.values.text import clean_text

LONGEST = 64
"""Bytes of a value beyond which it stands for no missing one."""

SAMPLE = 50_000

KnownValues = Mapping[tuple[str, str | None], pl.DataFrame]
"""By kind and form of date: values as delivered, each once, with what is made of them step by step (`steps_of`)."""

_FINDING = {
    "place": pl.UInt32,
    "raw": pl.String,
    "rule": pl.String,
    "before": pl.String,
    "after": pl.String,
    "action": pl.String,
}


class Graded(NamedTuple):
    """What delivered values become: `values` (raw, value) in their order; `findings` with the place of each, from 0."""

    values: pl.DataFrame
    findings: pl.DataFrame


def grade(
    raw: pl.Series, *, kind: str, date_format: str | None = None, rulebook: Rulebook, known: KnownValues | None = None
) -> Graded:
    """Return what each delivered value becomes, and the findings about it.

    Findings are about substance: trimmed and repeated blanks, upper or lower case, the characters that a rule ignores
    and a date in the form declared by `date_format` make none. A value made null has the finding of what made it null
    alone, beside that of its characters. Values that repeat are worked on once, those that are `known` not at all.

    >>> from engine.cleanse.rules import load_rulebook
    >>> graded = grade(pl.Series(["1980年1月31日", "19800131", "n/a"]), kind="date", rulebook=load_rulebook())
    >>> graded.findings.select("raw", "rule", "after").sort("rule").rows()
    [('n/a', 'I1', None), ('1980年1月31日', 'N3', '1980-01-31')]
    """
    placed = raw.alias("raw").to_frame().with_row_index("place")
    worked = (known or {}).get((kind, date_format))
    once = worked is None and _is_mostly_distinct(raw)
    of = (kind, date_format, rulebook)
    steps = steps_of(placed, *of) if once else _distinct(raw, worked, *of)
    form = None if date_format else rulebook.check("form", kind)
    judged = ~pl.col("placeholder") & ~pl.col("lost")
    looks = [
        (
            rulebook.check("character"),
            pl.col("raw") != pl.col("text"),
            _squeezed("raw") != pl.col("text"),
            "raw",
            "text",
        ),
        (rulebook.check("placeholder"), pl.col("placeholder"), None, "raw", None),
        (form, pl.col("text") != pl.col("value"), _differ(form, "text", "value"), "text", "value"),
        (rulebook.check("valid", kind), judged & ~pl.col("sound"), None, "text", None),
        *((look, pl.col(f"hit {at}"), None, "text", None) for at, look in enumerate(rulebook.of_value(kind))),
    ]
    fired = steps.select(where.any().alias(str(at)) for at, (_, where, *_) in enumerate(looks)).row(0)
    found = [_found(steps, *look) for look, any_fires in zip(looks, fired, strict=True) if any_fires]
    findings = pl.concat([pl.DataFrame(schema=_FINDING), *found], how="diagonal")
    if once:
        return Graded(steps.select("raw", "value"), findings.with_columns(pl.col("place").cast(pl.UInt32)))
    values = placed.join(steps.select("raw", "value"), on="raw", how="left", maintain_order="left")
    told = placed.join(findings.drop("place"), on="raw") if findings.height else findings.clear()
    return Graded(values.select("raw", "value"), told)


def cleansed_values(
    raw: pl.Series, *, kind: str, date_format: str | None = None, rulebook: Rulebook, known: KnownValues | None = None
) -> pl.Series:
    """Return what each delivered value becomes, as `grade` does, without the findings."""
    if raw.len() == 1:
        return steps_of(raw.alias("raw").to_frame(), kind, date_format, rulebook)["value"]
    worked = (known or {}).get((kind, date_format))
    steps = _distinct(raw, worked, kind, date_format, rulebook).select("raw", "value")
    return raw.alias("raw").to_frame().join(steps, on="raw", how="left", maintain_order="left")["value"]


def _distinct(
    raw: pl.Series, worked: pl.DataFrame | None, kind: str, date_format: str | None, rulebook: Rulebook
) -> pl.DataFrame:
    """Return the steps of every value once; those that are `worked` on already are taken from there."""
    distinct = raw.alias("raw").to_frame().select(pl.col("raw").drop_nulls().unique())
    if worked is None:
        return steps_of(distinct, kind, date_format, rulebook)
    told, left = worked.join(distinct, on="raw", how="semi"), distinct.join(worked, on="raw", how="anti")
    return pl.concat([told, steps_of(left, kind, date_format, rulebook)]) if left.height else told


def _is_mostly_distinct(raw: pl.Series) -> bool:
    """Return whether the first thousands of values hardly repeat, so that finding the distinct ones saves nothing."""
    head = raw.head(SAMPLE)
    return head.n_unique() > 0.8 * head.len()


def steps_of(raw: pl.DataFrame, kind: str, date_format: str | None, rulebook: Rulebook) -> pl.DataFrame:
    """Return `raw`, the column of delivered values, with what is made of them step by step, and whether they are any.

    `hit N` says whether the Nth expression of the rules is true of the value, `lost` whether one of them empties it.
    """
    one = KINDS[kind]
    text = clean_text(pl.col("raw"))
    read = parse_date(pl.col("text"), date_format) if date_format else one.clean(pl.col("text"))
    altered = pl.when(pl.col("read") != pl.col("text")).then("read")
    hit = is_placeholder(pl.col("text"), kind, rulebook) | is_placeholder(altered, kind, rulebook)
    sound = one.valid(pl.col("read")) if one.valid else pl.lit(value=True)
    steps = raw.with_columns(text=text).with_columns(read=read).with_columns(placeholder=hit, sound=sound)
    looks = rulebook.of_value(kind)
    if looks:
        steps = steps.with_columns(_fires(steps, look).alias(f"hit {place}") for place, look in enumerate(looks))
    emptying = [f"hit {place}" for place, look in enumerate(looks) if look.action == "null"]
    doubted = (valid := rulebook.check("valid", kind)) is not None and valid.action == "flag"
    lost = pl.any_horizontal(emptying) if emptying else pl.lit(value=False)
    kept = ~pl.col("placeholder") & ~lost & (pl.lit(doubted) | pl.col("sound"))
    return steps.with_columns(lost=lost, value=pl.when(kept).then("read"))


def _fires(steps: pl.DataFrame, look: Look) -> pl.Series:
    """Return where the expression of a rule is true, of values that are no placeholders."""
    limit = pl.lit(look.rule.limit_of(look.test), pl.Float64)
    view = steps.select("raw", "text", value="read", limit=limit)
    true = compile_expression(look.test.when or "", columns=view.columns).append_to(view, name=" true")[" true"]
    return true.fill_null(value=False) & ~steps["placeholder"]


def is_placeholder(expr: pl.Expr, kind: str, rulebook: Rulebook) -> pl.Expr:
    """Return whether a whole value, of 64 bytes at most, stands for a missing one (rule I1)."""
    return staged(expr, partial(_stand_for_missing, kind=kind, rulebook=rulebook), dtype=pl.Boolean)


def _stand_for_missing(values: pl.Series, kind: str, rulebook: Rulebook) -> pl.Series:
    if values.null_count() == values.len():
        return pl.repeat(value=False, n=values.len(), eager=True).alias(values.name)
    short = values.to_frame("written").with_row_index().filter(pl.col("written").str.len_bytes() <= LONGEST)
    short = short.with_columns(lower=pl.col("written").str.to_lowercase())
    tests = [test for one in rulebook.placeholders if one.concerns(kind) for test in _tests(one)]
    found = short.filter(pl.any_horizontal(tests) if tests else pl.lit(value=False))["index"]
    return pl.repeat(value=False, n=values.len(), eager=True).scatter(found, values=True).alias(values.name)


def _tests(placeholder: Placeholder) -> Iterator[pl.Expr]:
    written = pl.col("written" if placeholder.as_written else "lower")
    if placeholder.values:
        lower = (value.lower() for value in placeholder.values)
        yield written.is_in(placeholder.values if placeholder.as_written else [*lower])
    if placeholder.pattern is not None:
        yield written.str.contains(placeholder.pattern)


def _squeezed(column: str) -> pl.Expr:
    return present(pl.col(column).str.replace_all(r"\s+", " ").str.strip_chars())


def _differ(look: Look | None, before: str, after: str) -> pl.Expr:
    """Return whether two values differ in more than case and the characters that the rule ignores."""
    pair = [pl.col(before).str.to_lowercase(), pl.col(after).str.to_lowercase()]
    if look is not None and look.test.ignore is not None:
        pair = [text.str.replace_all(look.test.ignore, "") for text in pair]
    return pair[0] != pair[1]


def _found(
    steps: pl.DataFrame, look: Look | None, where: pl.Expr, closer: pl.Expr | None, before: str, after: str | None
) -> pl.DataFrame:
    """Return the findings of one look: where `where` is true, and of those `closer`, which costs more."""
    if look is None:
        return pl.DataFrame(schema=_FINDING)
    kept = (
        pl.when(pl.col("value") != pl.col(before)).then("value") if look.action == "flag" else pl.lit(None, pl.String)
    )
    hit = steps.filter(where.fill_null(value=False))
    return (hit if closer is None else hit.filter(closer.fill_null(value=False))).select(
        *(name for name in ("place", "raw") if name in steps.columns),
        rule=pl.lit(look.rule.code),
        before=pl.col(before),
        after=kept if after is None else pl.col(after),
        action=pl.lit(look.action),
    )
