"""What a run makes of the tickets: new ones, and what became of the old ones. Only a rule that looked closes one."""

from __future__ import annotations

import polars as pl

from engine.tickets.observation import ENTITY, Observation
from engine.tickets.states import CLOSED, OBSERVED
from engine.tickets.tables import FAULT, SEEN

VANISHED = "the record is no longer among those of the run"
UNTOUCHED = "no new version of the record came: the rule or what it reads has changed"
AGAIN = "the rule fires again"
NO_HELP = "a new version came and the rule still fires"
OTHER_VALUE = "the value is another than the one that was dismissed"
NEW_VERSION = "a new version was delivered"
OTHERS = "what other records say of it has changed"
PASSED = "the rule passes"

_OPEN = ("found", "reopened", "fed_back", "fixed", "rejected", "withdrawn")


def opened(seen: Observation, tickets: pl.DataFrame, versions: pl.DataFrame, *, at: str) -> pl.DataFrame:
    """Return an event `found` for every wanted fault without a ticket.

    `versions` are those of all `seen.faults` (see `record_versions`).
    """
    fresh = seen.faults.filter("wanted").join(tickets, on="ticket", how="anti")
    return fresh.join(versions, on="ticket", how="left", maintain_order="left").select(
        "ticket", *FAULT, "severity", *SEEN, event=pl.lit("found"), at=pl.lit(at), run=pl.lit(seen.run_id)
    )


def compared(seen: Observation, tickets: pl.DataFrame, versions: pl.DataFrame, *, at: str) -> pl.DataFrame:
    """Return the events that follow from holding `tickets` (TICKETS) against a run; none where nothing has changed.

    Where the rule fires: a ticket that was closed or withdrawn is reopened; so is one that was dismissed for another
    value, one that was answered as fixed and came in a new version, and one that was fed back and came in a new version
    with another value. Where it does not: a new version is fixed, verified and re-shared in this run; a vanished record
    is withdrawn, and so is one that is unchanged, unless the rule looks at several records. Tickets of rules that the
    run did not apply stay as they are. `versions` are those of all tickets.
    """
    phases = {code: rule.phase for code, rule in seen.rules.items()}
    phase = pl.col("rule").replace_strict(phases, default=None, return_dtype=pl.String)
    now = seen.faults.select("ticket", _before="before", _after="after", _fires=pl.lit(True))
    both = (
        tickets.join(now, on="ticket", how="left")
        .join(versions.rename({"version": "_version"}), on="ticket", how="left")
        .with_columns(
            _fires=pl.col("_fires").fill_null(value=False),
            _looked=phase.is_not_null() | (pl.col("rule") == "read"),
            _wide=phase.fill_null("") == ENTITY,
            _here=pl.col("_version").is_not_null(),
            _moved=pl.col("_version").is_not_null() & pl.col("_version").ne_missing(pl.col("version")),
            _other=pl.col("_before").ne_missing(pl.col("before")) | pl.col("_after").ne_missing(pl.col("after")),
        )
        .sort("ticket")
    )
    stamp = {"at": pl.lit(at), "run": pl.lit(seen.run_id)}
    return pl.concat([_firing(both), _passing(both)]).with_columns(**stamp)


def _firing(both: pl.DataFrame) -> pl.DataFrame:
    state = pl.col("state")
    reason = (
        pl.when(state.is_in([*CLOSED, "withdrawn"]))
        .then(pl.lit(AGAIN))
        .when((state == "dismissed") & pl.col("_other"))
        .then(pl.lit(OTHER_VALUE))
        .when((state == "fixed") & pl.col("_moved"))
        .then(pl.lit(NO_HELP))
        .when(state.is_in(["fed_back", "rejected"]) & pl.col("_moved") & pl.col("_other"))
        .then(pl.lit(NO_HELP))
    )
    otherwise = state.is_in(["found", "reopened"]) & (pl.col("_moved") | pl.col("_other"))
    told = otherwise | (state.is_in(["fed_back", "rejected", "fixed"]) & ~pl.col("_moved") & pl.col("_other"))
    events = (
        both.filter("_fires")
        .with_columns(reason=reason)
        .with_columns(
            event=pl.when(pl.col("reason").is_not_null()).then(pl.lit("reopened")).when(told).then(pl.lit(OBSERVED))
        )
        .filter(pl.col("event").is_not_null())
    )
    return events.select(
        "ticket", "event", "reason", before="_before", after="_after", version=pl.coalesce("_version", "version")
    )


def _passing(both: pl.DataFrame) -> pl.DataFrame:
    quiet = both.filter(~pl.col("_fires"), pl.col("_looked"), pl.col("state").is_in(_OPEN))
    mended = quiet.filter(pl.col("_here"), pl.col("_moved") | pl.col("_wide"))
    cause = pl.when("_moved").then(pl.lit(NEW_VERSION)).otherwise(pl.lit(OTHERS))
    gone = quiet.filter(~(pl.col("_here") & (pl.col("_moved") | pl.col("_wide"))), pl.col("state") != "withdrawn")
    why = pl.when("_here").then(pl.lit(UNTOUCHED)).otherwise(pl.lit(VANISHED))
    steps = [
        _step(mended.filter(pl.col("state") != "fixed"), "fixed", cause),
        _step(mended, "verified", pl.lit(PASSED)),
        _step(mended, "re_shared", pl.lit("published in this run")),
        _step(gone, "withdrawn", why),
    ]
    return pl.concat(steps)


def _step(tickets: pl.DataFrame, event: str, reason: pl.Expr) -> pl.DataFrame:
    none = pl.lit(None, pl.String)
    return tickets.select("ticket", event=pl.lit(event), reason=reason, before=none, after=none, version="_version")
