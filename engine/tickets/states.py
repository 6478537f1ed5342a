"""The state of every ticket, computed from the events alone."""

from __future__ import annotations

import polars as pl

from engine.tickets.tables import FAULT, SEEN, TICKETS

STATES = (
    "found", "fed_back", "fixed", "rejected", "verified", "re_shared", "reopened", "withdrawn", "dismissed",
)  # fmt: skip
OPEN = ("found", "fed_back", "fixed", "rejected", "reopened")
"""Somebody has still to act: the data authority (found, reopened, rejected) or the department (fed_back, fixed)."""

CLOSED = ("verified", "re_shared")
"""A rule has seen the fault mended. Neither withdrawn nor dismissed is closed: both are counted apart."""

OWED = ("fed_back", "fixed")
"""The department owes a new version: it was told, or says that it has mended what no delivery shows yet."""

OBSERVED = "observed"
"""The event of a fault that looks otherwise than before; it changes no state."""


def ticket_states(events: pl.DataFrame, *, as_of: str) -> pl.DataFrame:
    """Return TICKETS as they stood at the end of the day `as_of`.

    `events` are TICKET_EVENTS in any order. Linear but for one sort.

    >>> events = pl.DataFrame({
    ...     "place": [0, 1, 2], "ticket": "T1", "at": ["2024-01-01", "2024-01-02", "2024-02-01"],
    ...     "event": ["found", "fed_back", "verified"], "due": [None, "2024-01-05", None],
    ... }, strict=False).with_columns(pl.lit(None, pl.String).alias(name) for name in
    ...     ("by", "reason", "run", *SEEN, *FAULT, "severity"))
    >>> [ticket_states(events, as_of=day).select("state", "due", "overdue").row(0)
    ...     for day in ("2024-01-01", "2024-01-31", "2024-02-02")]
    [('found', None, False), ('fed_back', '2024-01-05', True), ('verified', '2024-01-05', False)]
    """
    event = pl.col("event")
    acts = event != OBSERVED
    stands = events.filter(pl.col("at") <= as_of).sort("place")
    tickets = stands.group_by("ticket", maintain_order=True).agg(
        pl.col(*FAULT, "severity").first(),
        event.filter(acts).last().alias("state"),
        pl.col("at").first().alias("opened_at"),
        pl.col("at").filter(acts).last().alias("since"),
        pl.col("at").filter(event == "fed_back").last().alias("fed_back_at"),
        pl.col("due").drop_nulls().last(),
        pl.col("at").filter(event == "verified").last().alias("verified_at"),
        pl.col("run").filter(event == "re_shared").last().alias("shared_run"),
        (event == "reopened").sum().alias("reopened"),
        pl.col("by", "reason").filter(acts).last(),
        pl.col(SEEN).filter(event.is_in(["found", "reopened", OBSERVED])).last(),
    )
    owed = pl.col("state").is_in(OWED) & (pl.col("due") < as_of)
    return TICKETS.conform(tickets.with_columns(overdue=owed.fill_null(value=False)))
