"""Events as the world's parts state them, before they become the table of events."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.tables import EVENTS
from engine.city.world.calendar import NEVER, NOBODY, dates, identities
from engine.city.world.core import Core
from engine.city.world.draws import Flags, Ints, bits
from engine.city.world.runs import begins, within

NONE = np.int64(-1)
EARLIEST = -40_000
"""The first day of which events are told (1860)."""
DAYS = 1 << 20
CODES = 1 << 7
"""More days and codes than there are, for one number of person, code and day."""


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
    columns = {
        "who": pl.Series(who, dtype=pl.Int64),
        "code": texts(code, size),
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
    return pl.DataFrame([values.alias(name) for name, values in columns.items()])


def column(values: Ints | None, size: int, missing: int | np.int64) -> pl.Series:
    """Return the values of a fact's column, or as many times what stands for none."""
    if values is None:
        return pl.Series([int(missing)], dtype=pl.Int64).new_from_index(0, size)
    return pl.Series(values, dtype=pl.Int64)


def texts(values: str | np.ndarray | None, size: int) -> pl.Series:
    """Return the texts of a fact's column: one for all, one each, or null."""
    if values is None or isinstance(values, str):
        return pl.Series([values], dtype=pl.String).new_from_index(0, size)
    return pl.Series(values.tolist(), dtype=pl.String)


def document(seed: int, ids: Ints, purpose: str, prefix: str, digits: int = 10) -> pl.Series:
    """Return a document number for each id: the prefix and hashed digits."""
    serial = (bits(seed, ids, purpose) % np.uint64(10**digits)).astype(np.int64)
    return prefix + pl.Series(serial).cast(pl.String).str.zfill(digits)


def event_table(core: Core, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Return EVENTS: those of the parts up to as_of, numbered within person, code and day by what they say."""
    frame = pl.concat(parts).filter(pl.col("day").is_between(EARLIEST, core.as_of))
    order, first = _in_order(core, frame)
    frame = frame[order]
    who, town, other = (frame[name].to_numpy() for name in ("who", "town", "other"))
    codes = np.append(core.known.codes, [None])
    return frame.select(
        pl.Series("person_id", core.ids[who]),
        "code",
        dates(frame["day"].to_numpy()).alias("date"),
        pl.Series("ordinal", within(first)).cast(pl.Int32),
        pl.Series("township", codes, dtype=pl.String).gather(np.where(town < 0, len(codes) - 1, town)),
        identities(np.where(other >= 0, core.ids[np.maximum(other, 0)], NOBODY)).alias("other_id"),
        *(identities(frame[name].to_numpy()).alias(f"{name}_id") for name in ("firm", "address")),
        identities(frame["amount"].to_numpy()).alias("amount"),
        "number",
        "detail",
        dates(frame["until"].to_numpy()).alias("until"),
    ).select(*EVENTS.columns)


def _in_order(core: Core, frame: pl.DataFrame) -> tuple[Ints, Flags]:
    """Return the places of the rows by person, code, day and what they say, and where each person's code and day begin.

    One number stands for person, code and day; texts are compared only where it is the same.
    """
    codes = frame["code"].cast(pl.Enum(frame["code"].unique().sort())).to_physical().to_numpy().astype(np.int64)
    key = (core.ids[frame["who"].to_numpy()] * CODES + codes) * DAYS + frame["day"].to_numpy() - EARLIEST
    order = np.argsort(key, kind="stable")
    first = begins(key[order])
    alike = np.flatnonzero(~first | ~np.append(first[1:], True))
    tied = frame.select("detail", "number")[order[alike]].with_columns(
        key=key[order[alike]], place=order[alike], firm=identities(frame["firm"].to_numpy()[order[alike]])
    )
    said = tied.sort("key", "detail", "firm", "number", nulls_last=True, maintain_order=True)
    order[alike] = said["place"].to_numpy()
    return order, first
