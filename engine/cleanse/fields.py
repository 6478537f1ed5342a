"""The rules of a single value: character form, placeholder, form and validity of its kind."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.cleanse.rules import Placeholder, Rule, Rulebook
from engine.values import KINDS
from engine.values.dates import parse_date
from engine.values.folds import present
from engine.values.text import clean_text

_FINDING = {"raw": pl.String, "rule": pl.String, "before": pl.String, "after": pl.String, "action": pl.String}


class Graded(NamedTuple):
    """`values`: raw and its cleansed value, one row per distinct raw; `findings`: raw, rule, before, after, action."""

    values: pl.DataFrame
    findings: pl.DataFrame


def grade(raw: pl.Series, *, kind: str, date_format: str | None = None, rulebook: Rulebook) -> Graded:
    """Return what each distinct delivered value becomes, and the findings about it.

    Findings are about substance: trimmed and repeated blanks, upper or lower case, the characters that a rule ignores
    and a date in the form declared by `date_format` make none. A value made null has the finding of what made it null
    alone, beside that of its characters.

    >>> from engine.cleanse.rules import load_rulebook
    >>> graded = grade(pl.Series(["1980年1月31日", "19800131", "n/a"]), kind="date", rulebook=load_rulebook())
    >>> graded.findings.select("raw", "rule", "after").rows()
    [('n/a', 'I1', None), ('1980年1月31日', 'N3', '1980-01-31')]
    """
    steps = _steps(raw, kind, date_format, rulebook)
    form = None if date_format else rulebook.rule("form", kind)
    found = [
        _found(steps, rulebook.rule("character"), _squeezed("raw") != pl.col("text"), "raw", "text"),
        _found(steps, rulebook.rule("placeholder"), pl.col("placeholder"), "raw", None),
        _found(steps, form, _differ(form, "text", "value"), "text", "value"),
        _found(steps, rulebook.rule("valid", kind), ~pl.col("placeholder") & ~pl.col("sound"), "text", None),
    ]
    return Graded(steps.select("raw", "value"), pl.concat([pl.DataFrame(schema=_FINDING), *found]))


def cleansed_values(raw: pl.Series, *, kind: str, date_format: str | None = None, rulebook: Rulebook) -> pl.DataFrame:
    """Return what each distinct delivered value becomes (`raw`, `value`), as `grade` does, without the findings."""
    return _steps(raw, kind, date_format, rulebook).select("raw", "value")


def _steps(raw: pl.Series, kind: str, date_format: str | None, rulebook: Rulebook) -> pl.DataFrame:
    """Return each distinct delivered value with what is made of it step by step, and whether it is a value at all."""
    one = KINDS[kind]
    text = clean_text(pl.col("raw"))
    read = parse_date(pl.col("text"), date_format) if date_format else one.clean(pl.col("text"))
    hit = is_placeholder(pl.col("text"), kind, rulebook) | is_placeholder(pl.col("read"), kind, rulebook)
    sound = one.valid(pl.col("read")) if one.valid else pl.lit(value=True)
    return (
        raw.alias("raw").drop_nulls().unique().to_frame()
        .with_columns(text=text)
        .with_columns(read=read)
        .with_columns(placeholder=hit.fill_null(value=False), sound=sound)
        .with_columns(value=pl.when(~pl.col("placeholder") & pl.col("sound")).then("read"))
    )  # fmt: skip


def is_placeholder(expr: pl.Expr, kind: str, rulebook: Rulebook) -> pl.Expr:
    """Return whether a whole value stands for a missing one (rule I1)."""
    tests = [_stands_for_missing(expr, one) for one in rulebook.placeholders if one.concerns(kind)]
    return pl.any_horizontal(tests) if tests else pl.lit(value=False)


def _stands_for_missing(expr: pl.Expr, placeholder: Placeholder) -> pl.Expr:
    listed = placeholder.values if placeholder.as_written else tuple(value.lower() for value in placeholder.values)
    written = expr if placeholder.as_written else expr.str.to_lowercase()
    among = written.is_in(listed)
    return among if placeholder.pattern is None else among | written.str.contains(placeholder.pattern)


def _squeezed(column: str) -> pl.Expr:
    return present(pl.col(column).str.replace_all(r"\s+", " ").str.strip_chars())


def _differ(rule: Rule | None, before: str, after: str) -> pl.Expr:
    """Return whether two values differ in more than case and the characters that the rule ignores."""
    pair = [pl.col(before).str.to_lowercase(), pl.col(after).str.to_lowercase()]
    if rule is not None and rule.ignore is not None:
        pair = [text.str.replace_all(rule.ignore, "") for text in pair]
    return pair[0] != pair[1]


def _found(steps: pl.DataFrame, rule: Rule | None, where: pl.Expr, before: str, after: str | None) -> pl.DataFrame:
    if rule is None:
        return pl.DataFrame(schema=_FINDING)
    return steps.filter(where.fill_null(value=False)).select(
        "raw",
        rule=pl.lit(rule.code),
        before=pl.col(before),
        after=pl.lit(None, pl.String) if after is None else pl.col(after),
        action=pl.lit(rule.action),
    )
