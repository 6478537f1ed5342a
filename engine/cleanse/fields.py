"""The rules of a single value: character form, placeholder, form and validity of its kind, expressions over it."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.cleanse.rules import Look, Placeholder, Rulebook
from engine.expressions import compile_expression
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
    form = None if date_format else rulebook.check("form", kind)
    judged = ~pl.col("placeholder") & ~pl.col("lost")
    found = [
        _found(steps, rulebook.check("character"), _squeezed("raw") != pl.col("text"), "raw", "text"),
        _found(steps, rulebook.check("placeholder"), pl.col("placeholder"), "raw", None),
        _found(steps, form, _differ(form, "text", "value"), "text", "value"),
        _found(steps, rulebook.check("valid", kind), judged & ~pl.col("sound"), "text", None),
        *(
            _found(steps, look, pl.col(f"hit {place}"), "text", None)
            for place, look in enumerate(rulebook.of_value(kind))
        ),
    ]
    return Graded(steps.select("raw", "value"), pl.concat([pl.DataFrame(schema=_FINDING), *found]))


def cleansed_values(raw: pl.Series, *, kind: str, date_format: str | None = None, rulebook: Rulebook) -> pl.DataFrame:
    """Return what each distinct delivered value becomes (`raw`, `value`), as `grade` does, without the findings."""
    return _steps(raw, kind, date_format, rulebook).select("raw", "value")


def _steps(raw: pl.Series, kind: str, date_format: str | None, rulebook: Rulebook) -> pl.DataFrame:
    """Return each distinct delivered value with what is made of it step by step, and whether it is a value at all.

    `hit N` says whether the Nth expression of the rules is true of the value, `lost` whether one of them empties it.
    """
    one = KINDS[kind]
    text = clean_text(pl.col("raw"))
    read = parse_date(pl.col("text"), date_format) if date_format else one.clean(pl.col("text"))
    hit = is_placeholder(pl.col("text"), kind, rulebook) | is_placeholder(pl.col("read"), kind, rulebook)
    sound = one.valid(pl.col("read")) if one.valid else pl.lit(value=True)
    steps = (
        raw.alias("raw").drop_nulls().unique().to_frame()
        .with_columns(text=text)
        .with_columns(read=read)
        .with_columns(placeholder=hit.fill_null(value=False), sound=sound)
    )  # fmt: skip
    looks = rulebook.of_value(kind)
    for place, look in enumerate(looks):
        steps = steps.with_columns(_fires(steps, look).alias(f"hit {place}"))
    emptying = [f"hit {place}" for place, look in enumerate(looks) if look.action == "null"]
    doubted = (valid := rulebook.check("valid", kind)) is not None and valid.action == "flag"
    kept = ~pl.col("placeholder") & ~pl.col("lost") & (pl.lit(doubted) | pl.col("sound"))
    return steps.with_columns(lost=pl.any_horizontal(emptying) if emptying else pl.lit(value=False)).with_columns(
        value=pl.when(kept).then("read")
    )


def _fires(steps: pl.DataFrame, look: Look) -> pl.Series:
    """Return where the expression of a rule is true, of values that are no placeholders."""
    limit = pl.lit(look.rule.limit_of(look.test), pl.Float64)
    view = steps.select("raw", "text", value="read", limit=limit)
    true = compile_expression(look.test.when or "", columns=view.columns).append_to(view, name=" true")[" true"]
    return true.fill_null(value=False) & ~steps["placeholder"]


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


def _differ(look: Look | None, before: str, after: str) -> pl.Expr:
    """Return whether two values differ in more than case and the characters that the rule ignores."""
    pair = [pl.col(before).str.to_lowercase(), pl.col(after).str.to_lowercase()]
    if look is not None and look.test.ignore is not None:
        pair = [text.str.replace_all(look.test.ignore, "") for text in pair]
    return pair[0] != pair[1]


def _found(steps: pl.DataFrame, look: Look | None, where: pl.Expr, before: str, after: str | None) -> pl.DataFrame:
    if look is None:
        return pl.DataFrame(schema=_FINDING)
    kept = pl.col("value") if look.action == "flag" else pl.lit(None, pl.String)
    return steps.filter(where.fill_null(value=False)).select(
        "raw",
        rule=pl.lit(look.rule.code),
        before=pl.col(before),
        after=kept if after is None else pl.col(after),
        action=pl.lit(look.action),
    )
