"""The rules of a row: expressions over the values that one mention of it bears, and over what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from engine.cleanse.mentions import Mentioned
from engine.cleanse.rules import Look, Rulebook
from engine.expressions import Expression, compile_expression
from engine.settings import Mention

TIMES = ("source", "recorded_at", "delivered_at")
"""What every row view has beside the mention's own values."""

_WEIGHTS = {"null": 0, "repair": 1, "flag": 2}
_TRUE, _AFTER = " true", " after"


class Ruled(NamedTuple):
    """The mentions as the rules leave them, each with its further findings; `refused`: `_row`, rule and reason."""

    mentioned: list[Mentioned]
    refused: pl.DataFrame


def rule_rows(mentioned: Sequence[Mentioned], mentions: Sequence[Mention], *, rulebook: Rulebook) -> Ruled:
    """Return what the rules of rows find and do; all look at the values as they came, and their order is nothing.

    A mention is looked at through its own attributes; the principal, the first, also through the items of the source
    and the attributes of the other mentions, as `<role>_<attribute>`. A test whose columns the source does not map does
    not concern it. Of rules that alter one field of a row, or refuse one row, that of the smallest code has its way; of
    several findings of one rule about one field, that which did most is told.
    """
    asked = [look for look in rulebook.on("row") if look.test.when]
    looks = sorted(asked, key=lambda look: look.rule.code, reverse=True)
    ruled, refused = [], [_refusals(mentioned[0].records.head(0), "", "")]
    for place, (one, mention) in enumerate(zip(mentioned, mentions, strict=True)):
        view = _view(mentioned, mentions, place)
        found, records = [_absent(one, rulebook)], one.records
        for look, expression, after in _concerned(looks, mention, view):
            fired = _fired(view, look, expression, after, records["_row"])
            if look.action == "quarantine":
                refused.append(_refusals(fired, look.rule.code, look.message))
            elif fired.height:
                found.append(_told(fired, look))
                records = _altered(records, fired, look)
        findings = _one_of_a_rule(pl.concat([one.findings, *found], how="diagonal"))
        ruled.append(one._replace(records=records, findings=findings))
    return Ruled(ruled, pl.concat(refused).unique("_row", keep="last", maintain_order=True))


def _one_of_a_rule(findings: pl.DataFrame) -> pl.DataFrame:
    """Return one finding of each rule about each field of a row: the one whose action did most."""
    if findings.is_empty():
        return findings
    weight = pl.col("action").replace_strict(_WEIGHTS, default=len(_WEIGHTS), return_dtype=pl.Int8)
    ordered = findings.with_columns(_weight=weight).sort("_weight", "before", "after", nulls_last=True)
    return ordered.unique(["_row", "rule", "field"], keep="first", maintain_order=True).drop("_weight")


def _view(mentioned: Sequence[Mentioned], mentions: Sequence[Mention], place: int) -> pl.DataFrame:
    own = mentioned[place]
    columns = [own.records.select(TIMES), own.seen]
    others = list(zip(mentioned, mentions, strict=True))[1:] if place == 0 else []
    columns += [
        other.seen.rename({name: f"{mention.role}_{name}" for name in other.seen.columns}) for other, mention in others
    ]
    return pl.concat(columns, how="horizontal")


def _concerned(
    looks: Sequence[Look], mention: Mention, view: pl.DataFrame
) -> Iterator[tuple[Look, Expression, Expression | None]]:
    """Yield the tests that concern a mention, with their expressions."""
    for look in looks:
        if look.test.subject not in (None, mention.subject) or look.test.field not in view.columns:
            continue
        expression = compile_expression(look.test.when or "", columns=None)
        after = compile_expression(look.test.after, columns=None) if look.test.after else None
        read = {*expression.columns, *(after.columns if after else ())} - {"limit"}
        if read <= set(view.columns):
            yield look, expression, after


def _fired(
    view: pl.DataFrame, look: Look, expression: Expression, after: Expression | None, rows: pl.Series
) -> pl.DataFrame:
    """Return `_row`, `before` and `after` of the rows in which a test is true."""
    read = {*expression.columns, look.test.field, *(after.columns if after else ())} - {"limit"}
    limited = view.select(*sorted(read), limit=pl.lit(look.rule.limit_of(look.test), pl.Float64))
    true = expression.append_to(limited, name=_TRUE)[_TRUE].fill_null(value=False)
    hit = limited.filter(true)
    should = after.append_to(hit, name=_AFTER)[_AFTER] if after else pl.Series([None] * hit.height, dtype=pl.String)
    return pl.DataFrame(
        {"_row": rows.filter(true), "before": hit[look.test.field], "after": should.cast(pl.String)},
    )


def _told(fired: pl.DataFrame, look: Look) -> pl.DataFrame:
    """Return the findings; a repair that knows no better value is a flag."""
    unmended = pl.col("after").is_null() & (look.action == "repair")
    return fired.with_columns(
        rule=pl.lit(look.rule.code),
        field=pl.lit(look.test.field),
        action=pl.when(unmended).then(pl.lit("flag")).otherwise(pl.lit(look.action)),
    )


def _altered(records: pl.DataFrame, fired: pl.DataFrame, look: Look) -> pl.DataFrame:
    """Return the records with an attribute emptied or repaired where the test is true."""
    field = look.test.field
    if look.action not in ("null", "repair") or field not in records.columns:
        return records
    value = pl.coalesce("after", field) if look.action == "repair" else pl.lit(None, pl.String)
    hit = fired.select("_row", "after", _hit=pl.lit(value=True))
    joined = records.join(hit, on="_row", how="left", maintain_order="left")
    return joined.with_columns(pl.when("_hit").then(value).otherwise(field).alias(field)).drop("after", "_hit")


def _absent(one: Mentioned, rulebook: Rulebook) -> pl.DataFrame:
    """Return a finding for every required value that was not delivered."""
    look = rulebook.check("required")
    parts = [
        one.records.select("_row").filter(blank).select(
            "_row", before=pl.lit(None, pl.String), after=pl.lit(None, pl.String), rule=pl.lit(look.rule.code),
            field=pl.lit(blank.name), action=pl.lit(look.action),
        )
        for blank in one.absent.get_columns()
        if look
    ]  # fmt: skip
    return pl.concat(parts) if parts else pl.DataFrame(schema={"_row": one.records.schema["_row"]})


def _refusals(rows: pl.DataFrame, code: str, reason: str) -> pl.DataFrame:
    return rows.select("_row", rule=pl.lit(code), reason=pl.lit(reason))
