"""Events as the world's parts state them, before they become the table of events."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.tables import EVENTS
from engine.city.world.calendar import NEVER, NOBODY, dates, identities
from engine.city.world.core import Core
from engine.city.world.draws import Ints, bits

NONE = np.int64(-1)


def facts(
    code: str,
    who: Ints,
    days: Ints,
    *,
    town: Ints | None = None,
    other: Ints | None = None,
    firm: Ints | None = None,
    address: Ints | None = None,
    amount: Ints | None = None,
    number: pl.Series | None = None,
    detail: str | np.ndarray | None = None,
    until: Ints | None = None,
) -> pl.DataFrame:
    """Return events of one code; `who`, `other` and `town` are places, all other columns as in the table."""
    size = len(who)
    return pl.DataFrame(
        {
            "who": pl.Series(who, dtype=pl.Int64),
            "code": pl.Series([code], dtype=pl.String).new_from_index(0, size),
            "day": pl.Series(days, dtype=pl.Int64),
            "town": column(town, size, NONE),
            "other": column(other, size, NONE),
            "firm": column(firm, size, NOBODY),
            "address": column(address, size, NOBODY),
            "amount": column(amount, size, NOBODY),
            "number": texts(None, size) if number is None else number.cast(pl.String),
            "detail": texts(detail, size),
            "until": column(until, size, np.int64(NEVER)),
        }
    )


def column(values: Ints | None, size: int, missing: int | np.int64) -> pl.Series:
    """Return the values of a fact's column, or as many times what stands for none."""
    return pl.Series(np.full(size, missing) if values is None else values, dtype=pl.Int64)


def texts(values: str | np.ndarray | None, size: int) -> pl.Series:
    """Return the texts of a fact's column: one for all, one each, or null."""
    if values is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, size)
    return pl.Series(np.full(size, values) if isinstance(values, str) else values, dtype=pl.String)


def document(seed: int, ids: Ints, purpose: str, prefix: str, digits: int = 10) -> pl.Series:
    """Return a document number for each id: the prefix and hashed digits."""
    serial = (bits(seed, ids, purpose) % np.uint64(10**digits)).astype(np.int64)
    return prefix + pl.Series(serial).cast(pl.String).str.zfill(digits)


def event_table(core: Core, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the table of events: those of the parts up to as_of, numbered within person, code and day."""
    frame = pl.concat(parts).filter(pl.col("day").is_between(-40_000, core.as_of))
    who, town, other = (frame[name].to_numpy() for name in ("who", "town", "other"))
    codes = np.append(core.known.codes, [None])
    frame = frame.with_columns(
        person_id=pl.Series(core.ids[who]),
        date=dates(frame["day"].to_numpy()),
        township=pl.Series(codes[town], dtype=pl.String),
        other_id=identities(np.where(other >= 0, core.ids[np.maximum(other, 0)], NOBODY)),
        firm_id=identities(frame["firm"].to_numpy()),
        address_id=identities(frame["address"].to_numpy()),
        amount=identities(frame["amount"].to_numpy()),
        until=dates(frame["until"].to_numpy()),
    ).sort("person_id", "code", "date", "detail", "firm_id", "number", nulls_last=True, maintain_order=True)
    frame = frame.with_columns(ordinal=pl.int_range(pl.len()).over("person_id", "code", "date"))
    return EVENTS.conform(frame)
