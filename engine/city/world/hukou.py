"""Where each person is registered: the family's house at birth, then by marriage, purchase, study, departure."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, day
from engine.city.world.couples import DIVORCE
from engine.city.world.draws import Ints, below, chance
from engine.city.world.homes import (
    HOUSE,
    LINKS,
    OUTSIDE,
    REASON,
    REASONS,
    SINGLE,
    UNIVERSITY,
    Family,
    Migration,
    Moves,
    houses,
    merged,
    plant_towns,
    spells,
    town_of,
)  # fmt: skip
from engine.city.world.people import People
from engine.city.world.places import DORMITORY, Places, elsewhere, serving
from engine.city.world.schooling import Schooling


def hukou(
    people: People, family: Family, move: Migration, school: Schooling, home: pl.DataFrame, known: Places, *, seed: int,
    as_of: int,
) -> pl.DataFrame:  # fmt: skip
    """Return the spells of hukou of citizens; those from Hong Kong, Macau, Taiwan and abroad have none."""
    natal, house = houses(people, family.mother, family.married, seed=seed)
    citizen = np.flatnonzero(people.status == 0)
    born = people.birth[citizen] + 5 + below(seed, people.ids[citizen], "registered after", 26)
    moves = merged(
        _at(
            people,
            family,
            citizen,
            np.minimum(born, people.death[citizen] - 1),
            natal[citizen],
            HOUSE,
            "birth",
            known,
            seed,
        ),
        _weddings(people, family, move, natal, house, known, seed=seed),
        _purchases(people, move, home, seed=seed),
        _students(people, family, school, natal, known, seed=seed),
        _settlers(people, family, move, known, seed=seed),
        _leavers(people, move, known, seed=seed),
    )
    cancelled = emigration(people, move, seed=seed, as_of=as_of)
    keep = (people.status[moves.person] == 0) & (moves.start >= people.birth[moves.person])
    keep &= moves.start < cancelled[moves.person]
    book = spells(Moves(*(column[keep] for column in moves)), people, as_of)
    return book.with_columns(end=np.minimum(book["end"].to_numpy(), cancelled[book["who"].to_numpy()]))


def emigration(people: People, move: Migration, *, seed: int, as_of: int) -> Ints:
    """Return the day on which the hukou of those who settled abroad was cancelled: half of all who went there."""
    day_of = move.abroad + 60
    settles = (people.status == 0) & chance(seed, people.ids, "settles abroad", 0.5)
    return np.where(settles & (day_of < np.minimum(people.death, as_of)), day_of, NEVER)


def registered_at(book: pl.DataFrame, who: Ints, days: Ints) -> Ints:
    """Return the township of each person's hukou on a day: the last one begun by then, else the first."""
    begun = book.select("who", "start", "town").sort("start")
    asked = pl.DataFrame({"who": pl.Series(who, dtype=pl.Int64), "start": pl.Series(days, dtype=pl.Int64)})
    then = asked.with_row_index("place").sort("start").join_asof(
        begun, on="start", by="who", strategy="backward", check_sortedness=False
    )  # fmt: skip
    first = begun.unique("who", keep="first", maintain_order=True).select("who", first="town")
    towns = then.join(first, on="who", how="left").sort("place")
    return towns.select(pl.coalesce("town", "first").fill_null(0)).to_series().to_numpy()


def _at(
    people: People,
    family: Family,
    who: Ints,
    start: Ints,
    owner: Ints,
    link: int,
    reason: str,
    known: Places,
    seed: int,
) -> Moves:
    links = np.full(len(who), link)
    town = town_of(people, family.line, owner, links, known, seed=seed)
    address = np.where(town < known.inside, people.ids[owner] * LINKS + link, OUTSIDE)
    return Moves(who, start, address, town, np.full(len(who), REASON[reason]))


def _weddings(
    people: People, family: Family, move: Migration, natal: Ints, house: Ints, known: Places, *, seed: int
) -> Moves:
    """A couple founds a house or the wife moves into the husband's; a quarter of the wives stay registered at home."""
    married = family.married
    founded = house[married.wife] == married.wife
    stays = ~founded & chance(seed, people.ids[married.wife], "keeps her hukou", 0.3)
    lag = 20 + below(seed, people.ids[married.wife], "hukou after wedding", 120)
    parts = []
    for partner, moves in ((married.wife, ~stays), (married.husband, founded)):
        settled = (move.arrived[partner] == NEVER) | (move.arrived[married.wife] < NEVER)
        goes = moves & ~married.second & settled
        goes &= married.start + lag < np.minimum(married.end, people.death[partner])
        reason = "household" if partner is married.husband else "marriage"
        parts.append(_at(people, family, partner[goes], (married.start + lag)[goes], house[married.wife[goes]],
                HOUSE, reason,
                known, seed))  # fmt: skip
    gone = np.flatnonzero((married.ending == DIVORCE) & chance(seed, people.ids[married.wife], "hukou apart", 0.4))
    who = married.wife[gone]
    back = _at(people, family, who, married.end[gone] + 60, natal[who], HOUSE, "return", known, seed)
    return merged(*parts, back)


def _purchases(people: People, move: Migration, home: pl.DataFrame, *, seed: int) -> Moves:
    """Two fifths of the moves to a dwelling of one's own take the hukou along."""
    rows = of_reason(home, "purchase", "marriage")
    address, who, start = (rows[name].to_numpy() for name in ("address", "who", "start"))
    takes = chance(seed, address, "hukou follows", 0.45) & (address >= 0)
    takes &= (move.arrived[who] == NEVER) | (move.settled[who] < start)
    lag = 30 + below(seed, address, "hukou lags", 200)
    until = rows["end"].to_numpy()
    takes &= start + lag < np.minimum(until, people.death[who])
    town, reason = rows["town"].to_numpy(), np.full(rows.height, REASON["purchase"])
    return Moves(*(column[takes] for column in (who, start + lag, address, town, reason)))


def _students(people: People, family: Family, school: Schooling, natal: Ints, known: Places, *, seed: int) -> Moves:
    """Students register at the university (all before 2003, then a fifth); a third never moves on."""
    enrolled = school.start[:, UNIVERSITY]
    share = np.where(enrolled < day(2003, 7), 1.0, 0.2)
    who = np.flatnonzero((enrolled < NEVER) & (enrolled > day(1980)) & chance(seed, people.ids, "campus hukou", share))
    campus = serving(known, "university", np.zeros(len(who), dtype=np.int64), people.ids[who])
    there = Moves(
        who, enrolled[who] + 20, campus + DORMITORY, plant_towns(known)[-campus], np.full(len(who), REASON["school"])
    )
    goes = chance(seed, people.ids[who], "leaves campus hukou", 0.7)
    gone = who[goes]
    back = _at(people, family, gone, school.end[gone, UNIVERSITY] + 40, natal[gone], HOUSE, "return", known, seed)
    return merged(there, back)


def _settlers(people: People, family: Family, move: Migration, known: Places, *, seed: int) -> Moves:
    who = np.flatnonzero(move.settled < NEVER)
    links = np.full(len(who), SINGLE)
    town = town_of(people, family.line, who, links, known, seed=seed)
    return Moves(who, move.settled[who], people.ids[who] * LINKS + SINGLE, town, np.full(len(who), REASON["purchase"]))


def _leavers(people: People, move: Migration, known: Places, *, seed: int) -> Moves:
    goes = chance(seed, people.ids, "hukou leaves too", 0.4) & (move.abroad == NEVER)
    who = np.flatnonzero((move.left < NEVER) & goes)
    town = elsewhere(seed, people.ids[who], "goes to", known)
    start = move.left[who] + 30 + below(seed, people.ids[who], "hukou leaves", 400)
    return Moves(who, start, np.full(len(who), OUTSIDE), town, np.full(len(who), REASON["departure"]))


def of_reason(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Return the spells that began for one of the reasons."""
    assert set(names) <= set(REASONS)
    return frame.filter(pl.col("reason").is_in([REASON[name] for name in names]))
