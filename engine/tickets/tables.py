"""The tables of the loop: events, which are kept for ever, and the tickets that follow from them."""

from __future__ import annotations

import polars as pl

from engine.schema import Table

FAULT = ("subject", "source", "rule", "record_id", "role", "field")
"""What a ticket is about, and its key. A rule about deliveries has one ticket per source: `record_id` is empty."""

BATCH = "batch"
"""The role in findings that are about a delivery."""

SEEN = ("before", "after", "version")
"""What a run showed of the fault: the value delivered, what stands or speaks against it, the version of the record."""

TICKET_EVENTS = Table(
    "ticket_events",
    {
        "place": pl.Int64,
        "ticket": pl.String,
        "at": pl.String,
        "event": pl.String,
        "by": pl.String,
        "reason": pl.String,
        "run": pl.String,
        "due": pl.String,
        **dict.fromkeys(SEEN, pl.String),
        **dict.fromkeys(FAULT, pl.String),
        "severity": pl.String,
    },
    ("place",),
)
"""One thing that happened to a ticket. `FAULT` and `severity` stand where it was found, null elsewhere; `by` is null
where a run decided; `version` is a hash of the record as delivered."""

TICKETS = Table(
    "tickets",
    {
        "ticket": pl.String,
        **dict.fromkeys(FAULT, pl.String),
        "severity": pl.String,
        "state": pl.String,
        "opened_at": pl.String,
        "since": pl.String,
        "fed_back_at": pl.String,
        "due": pl.String,
        "verified_at": pl.String,
        "shared_run": pl.String,
        "reopened": pl.Int64,
        "by": pl.String,
        "reason": pl.String,
        **dict.fromkeys(SEEN, pl.String),
        "overdue": pl.Boolean,
    },
    ("ticket",),
)
"""Where each fault stands: its state since a day, by whom and why; feedback and due day are the latest ones."""
