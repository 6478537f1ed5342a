"""Tests over a view of entities: where one is true, a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from engine.cleanse.rules import Look
from engine.errors import ConfigurationError
from engine.expressions import compile_expression
from engine.settings import Project
from engine.tables import FINDINGS
from trees.rules.views import ENTITY_VIEWS

LIMIT = "limit"
_TRUE, _AFTER, _PLACE = " true", " after", " place"


def findings(view: pl.DataFrame, looks: Iterable[Look], *, on: str) -> pl.DataFrame:
    """Return FINDINGS of the tests that look at the view `on`.

    `view` has the columns of `ENTITY_VIEWS[on]`. The field of a finding is what the view's row is `about`, `before` is
    the column that the test names as its field, `after` the test's own expression. Of several findings of one rule
    about one field of a mention the first test's stays, then the one of the smallest values.
    """
    found = [
        _found(view, look).with_columns(pl.lit(place).alias(_PLACE))
        for place, look in enumerate(look for look in looks if look.test.on == on)
    ]
    if not found:
        return FINDINGS.empty()
    ordered = pl.concat(found).sort(*FINDINGS.key, _PLACE, "before", "after", nulls_last=True)
    return FINDINGS.conform(ordered.unique(FINDINGS.key, keep="first", maintain_order=True))


def _found(view: pl.DataFrame, look: Look) -> pl.DataFrame:
    test = look.test
    rows = view.filter(pl.col("subject") == test.subject) if test.subject else view
    if test.kinds:
        rows = rows.filter(pl.col("kind").is_in(test.kinds))
    limited = rows.with_columns(pl.lit(look.rule.limit_of(test), pl.Float64).alias(LIMIT))
    judged = compile_expression(test.when or "", columns=limited.columns).append_to(limited, name=_TRUE)
    hit = judged.filter(_TRUE)
    if test.after:
        hit = compile_expression(test.after, columns=limited.columns).append_to(hit, name=_AFTER)
    return hit.select(
        "subject",
        "source",
        "record_id",
        "role",
        rule=pl.lit(look.rule.code),
        field=pl.col("about"),
        before=pl.col(test.field).cast(pl.String) if test.field else pl.lit(None, pl.String),
        after=pl.col(_AFTER).cast(pl.String) if test.after else pl.lit(None, pl.String),
        action=pl.lit(look.action),
    )


def entity_rule_faults(project: Project) -> Iterator[str]:
    """Yield what is wrong with the project's own tests over the views of entities."""
    for rule in project.rules.own:
        for test in rule.tests:
            view = ENTITY_VIEWS.get(test.on)
            if view is None:
                continue
            where = f"rules.own: {rule.code}"
            if test.check:
                yield f"{where}: the view '{test.on}' takes `when`; no built-in check looks at it"
            if test.kinds and "kind" not in view.columns:
                yield f"{where}: the view '{test.on}' has no kinds of value; those are of 'value' and 'held'"
            if test.subject and test.subject not in project.subjects:
                yield f"{where}: unknown subject '{test.subject}'"
            if test.field and test.field not in view.columns:
                yield f"{where}: unknown column '{test.field}' of '{test.on}'; it has {', '.join(view.columns)}"
            for text, truth in ((test.when, True), (test.after, False)):
                yield from (f"{where}: {fault}" for fault in _faults(text, view.columns, truth=truth))


def _faults(text: str | None, columns: Iterable[str], *, truth: bool) -> Iterator[str]:
    if text is None:
        return
    frame = pl.DataFrame(schema={**dict.fromkeys(columns, pl.String), LIMIT: pl.Float64})
    try:
        kind = compile_expression(text, columns=frame.columns).append_to(frame, name=_TRUE).schema[_TRUE]
    except ConfigurationError as error:
        yield from error.faults
    else:
        if truth and kind != pl.Boolean:
            yield f"'{text}' is neither true nor false; got {kind}"
