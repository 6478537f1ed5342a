"""Telephone numbers: changed over the years; children bear a parent's, some of the old a child's or spouse's."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, birthday, dates, day
from engine.city.world.draws import Ints, below, chance
from engine.city.world.people import People

_PREFIXES = np.array(
    "130 131 132 133 135 136 137 138 139 150 151 152 153 155 "
    "157 158 159 177 180 181 182 183 185 186 187 188 189 199".split()
)
MOBILE = day(2000)
_NUMBERS = 4


def phones(people: People, mother: Ints, child: Ints, spouse: Ints, *, seed: int, as_of: int) -> pl.DataFrame:
    """Return the numbers under which each person is reached; `child` and `spouse` are places, -1 nobody."""
    own = _own(people, seed=seed, as_of=as_of)
    young = birthday(people.birth, 13)
    frames = [own.filter(pl.col("start") < pl.col("end"))]
    lenders = (
        (mother, np.maximum(people.birth, MOBILE), np.minimum(young, people.death), np.ones(people.size, dtype=bool)),
        (spouse, _shared_from(people, seed), people.death, chance(seed, people.ids, "spouse's phone", 0.07)),
        (child, birthday(people.birth, 74), people.death, chance(seed, people.ids, "child's phone", 0.4)),
    )
    for lender, start, end, applies in lenders:
        who = np.flatnonzero(applies & (lender >= 0) & (start < np.minimum(end, as_of)))
        loan = pl.DataFrame({"who": who, "owner": lender[who], "from": start[who], "to": end[who]})
        lent = own.drop("owner").rename({"who": "owner"}).join(loan, on="owner")
        lent = lent.with_columns(start=pl.max_horizontal("start", "from"), end=pl.min_horizontal("end", "to"))
        if lender is not mother:
            frames[0] = _until(frames[0], who, start[who])
        frames.append(lent.select("who", "phone", "start", "end", "owner").filter(pl.col("start") < pl.col("end")))
    frame = pl.concat(frames).filter(pl.col("start") <= as_of)
    return frame.select(
        person_id=pl.Series(people.ids[frame["who"].to_numpy()]),
        phone="phone",
        valid_from=dates(frame["start"].to_numpy()),
        valid_to=dates(np.where(frame["end"].to_numpy() > as_of, NEVER, frame["end"].to_numpy())),
        owner_id=pl.Series(people.ids[frame["owner"].to_numpy()]),
    ).unique(["person_id", "valid_from", "phone"], keep="first", maintain_order=True)


def _own(people: People, *, seed: int, as_of: int) -> pl.DataFrame:
    first = np.maximum(birthday(people.birth, 13), MOBILE + below(seed, people.ids, "first phone", 3600))
    frames = []
    start = first
    for turn in range(_NUMBERS):
        lasts = 900 + below(seed, people.ids, f"phone lasts {turn}", 7600)
        end = start + lasts if turn < _NUMBERS - 1 else np.full(people.size, NEVER)
        who = np.flatnonzero(
            (start < np.minimum(people.death, as_of + 1)) & chance(seed, people.ids, "has phone", 0.985)
        )
        prefix = _PREFIXES[below(seed, people.ids[who], f"prefix {turn}", len(_PREFIXES))]
        serial = pl.Series(below(seed, people.ids[who], f"phone {turn}", 100_000_000)).cast(pl.String).str.zfill(8)
        number = pl.select(pl.concat_str(pl.Series(prefix), serial)).to_series()
        last = np.minimum(np.where(end > as_of, NEVER, end), people.death)[who]
        frames.append(pl.DataFrame({"who": who, "phone": number, "start": start[who], "end": last, "owner": who}))
        start = end
    return pl.concat(frames)


def _until(frame: pl.DataFrame, who: Ints, start: Ints) -> pl.DataFrame:
    """Return own numbers up to the day from which another's is used, for good."""
    cut = pl.DataFrame({"who": who, "cut": start})
    kept = frame.join(cut, on="who", how="left").with_columns(end=pl.min_horizontal("end", "cut")).drop("cut")
    return kept.filter(pl.col("start") < pl.col("end"))


def _shared_from(people: People, seed: int) -> Ints:
    return np.maximum(birthday(people.birth, 45), MOBILE) + below(seed, people.ids, "shares phone from", 4000)
