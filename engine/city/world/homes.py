"""Where each person lives and is registered: spells of home and of hukou, one after another.

A dwelling belongs to the chain of its owner (a couple's is the wife's): `address_id` = owner's person_id x 16 + link.
Link 12 is the registered house of a family line; couples found one or keep the husband's mother's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, YEAR, day
from engine.city.world.couples import DIVORCE, Marriages
from engine.city.world.draws import Flags, Ints, below, chance, draw
from engine.city.world.people import People
from engine.city.world.places import DORMITORY, Places, elsewhere, serving, township
from engine.city.world.schooling import Schooling

LINKS = 16
HOUSE = 12
SINGLE = 8
OUTSIDE = np.int64(-(1 << 60))
"""The address of a stay outside the city."""

UNIVERSITY = 5
FOLLOWS = 9000  # days of age up to which children move with their mother

REASONS = (
    "birth", "marriage", "household", "purchase", "rent", "study", "school", "work", "arrival", "departure", "return",
    "abroad", "duplicate",
)  # fmt: skip
REASON = {name: place for place, name in enumerate(REASONS)}


class Moves(NamedTuple):
    """Changes of place: of whom, when, to which address and township, why. The later entry of one day holds."""

    person: Ints
    start: Ints
    address: Ints
    town: Ints
    reason: Ints


class Family(NamedTuple):
    """Kinship of the cell's persons, by place; -1 for nobody."""

    mother: Ints
    father: Ints
    married: Marriages
    head: Ints
    line: Ints
    """The owner of the house of each person's family line: a wife's is her couple's."""


class Migration(NamedTuple):
    """First day in the city, last day in it, day on which a migrant's hukou came; `NEVER` where it does not happen."""

    arrived: Ints
    left: Ints
    settled: Ints
    abroad: Ints


def migration(people: People, family: Family, *, seed: int, as_of: int) -> Migration:
    """Return who comes, settles and leaves: migrants aged 17 to 45 mostly, children with or after their mothers."""
    ids = people.ids
    age = np.minimum(17 + draw(seed, ids, "age at arrival") ** 2 * 40, 60) * YEAR
    came = np.maximum(people.birth + age.astype(np.int64), day(1988) + below(seed, ids, "first years", 9000))
    came = np.where(came < np.minimum(people.death, as_of) - 40, came, people.birth + 18 * 365)
    arrived = np.where(people.migrant, np.minimum(came, np.minimum(people.death, as_of) - 30), NEVER)
    arrived = np.maximum(arrived, np.where(people.migrant, people.birth + 1, 0))
    mother = np.where(family.mother >= 0, family.mother, 0)
    after = (family.mother >= 0) & (arrived[mother] < NEVER) & (people.birth < arrived[mother])
    arrived = np.where(after & ~people.migrant, arrived[mother], arrived)
    arrived = np.where(
        after & (arrived >= np.minimum(people.death, as_of)), np.minimum(people.death, as_of) - 1, arrived
    )
    settle = chance(seed, ids, "settles", 0.35) & (arrived < NEVER) & (people.status == 0)
    settled = np.where(settle, arrived + 300 + below(seed, ids, "time to settle", 3500), NEVER)
    adult = people.birth + 19 * 365 + below(seed, ids, "age at leaving", 14_000)
    leaves = (
        chance(seed, ids, "leaves", 0.05) & (adult > day(1990)) & (adult > np.where(arrived < NEVER, arrived + 400, 0))
    )
    left = np.where(leaves & (adult < np.minimum(people.death, as_of)), adult, NEVER)
    goes = leaves & chance(seed, ids, "goes abroad", 0.15) & (left < NEVER)
    settled = np.where(settled < np.minimum(left, np.minimum(people.death, as_of)), settled, NEVER)
    return Migration(arrived, left, settled, np.where(goes, left, NEVER))


def town_of(people: People, line: Ints, owner: Ints, link: Ints, known: Places, *, seed: int) -> Ints:
    """Return the township of a link of an owner's chain; most dwellings lie in that of the line's house."""
    ids = people.ids[owner]
    base = np.where(link == HOUSE, owner, line[owner])
    house = township(seed, people.ids[base], "house", known)
    other = township(seed, ids * LINKS + link, "dwelling", known)
    near = chance(seed, ids * LINKS + link, "near the house", 0.84)
    inside = np.where((link == HOUSE) | near & ~people.migrant[base], house, other)
    outside = elsewhere(seed, ids, "home town", known)
    return np.where((link == HOUSE) & people.migrant[owner], outside, inside)


def houses(people: People, mother: Ints, married: Marriages, *, seed: int) -> tuple[Ints, Ints]:
    """Return the owners of each person's registered house at birth, and of that of a woman's children."""
    own = np.arange(people.size)
    elder = np.where(people.twin >= 0, people.twin, own)
    husband = own.copy()
    husband[married.wife[::-1]] = married.husband[::-1]
    keeps = (husband != own) & chance(seed, people.ids, "husband's house", 0.45)
    house = own.copy()
    natal = own.copy()
    for _ in range(8):
        natal = np.where(mother >= 0, house[mother], elder)
        house = np.where(keeps, natal[husband], own)
    return natal, house


def lines(natal: Ints, house: Ints, married: Marriages) -> Ints:
    """Return the owner of the house of each person's line: for a wife her couple's, for all others the natal one."""
    line = natal.copy()
    line[married.wife] = house[married.wife]
    return line


def spells(moves: Moves, people: People, as_of: int) -> pl.DataFrame:
    """Return stays from the moves: each lasts to the next move or death; a repeated address makes no new spell."""
    order = np.lexsort((np.arange(len(moves.person)), moves.start, moves.person))
    who, start, address, town, reason = (column[order] for column in moves)
    last = np.r_[(who[1:] != who[:-1]) | (start[1:] != start[:-1]), True]
    keep = last & (start < np.minimum(people.death[who], as_of + 1))
    who, start, address, town, reason = who[keep], start[keep], address[keep], town[keep], reason[keep]
    again = np.r_[False, (who[1:] == who[:-1]) & (address[1:] == address[:-1]) & (town[1:] == town[:-1])]
    who, start, address, town, reason = (column[~again] for column in (who, start, address, town, reason))
    follows = np.r_[who[1:] == who[:-1], False]
    end = np.where(follows, np.r_[start[1:], 0], people.death[who])
    return pl.DataFrame(
        {"who": who, "start": start, "end": end, "address": address, "town": town, "reason": reason.astype(np.int64)}
    )


def homes(
    people: People, family: Family, move: Migration, school: Schooling, known: Places, *, seed: int, as_of: int
) -> pl.DataFrame:
    """Return the spells of home."""
    adult = merged(
        _couples(people, family, known, seed=seed, as_of=as_of),
        _singles(people, family, move, known, seed=seed),
        _parted(people, family, known, seed=seed),
    )
    adult = _select(adult, adult.start >= np.where(move.arrived < NEVER, move.arrived, 0)[adult.person])
    adult = merged(adult, _arrivals(people, family, move, known, seed=seed))
    adult = _select(adult, adult.start < move.left[adult.person])
    leaving = np.full(people.size, NEVER, dtype=np.int64)
    np.minimum.at(leaving, adult.person, adult.start)
    followed = _follow(people, family, adult, np.minimum(leaving, people.birth + FOLLOWS))
    natal = _natal(people, family, followed, known, seed=seed)
    away = _dormitories(people, family, school, known, seed=seed, as_of=as_of)
    everything = merged(natal, followed, adult, away)
    stays_here = everything.start < move.left[everything.person]
    return spells(merged(_select(everything, stays_here), _departures(people, move, known, seed=seed)), people, as_of)


def merged(*parts: Moves) -> Moves:
    """Return all moves; of one person and day the last part's hold."""
    return Moves(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _select(moves: Moves, keep: Flags) -> Moves:
    return Moves(*(column[keep] for column in moves))


def _chain(
    people: People, line: Ints, who: Ints, start: Ints, owner: Ints, link: Ints, reason: str, known: Places, seed: int
) -> Moves:
    town = town_of(people, line, owner, link, known, seed=seed)
    address = np.where(town < known.inside, people.ids[owner] * LINKS + link, OUTSIDE)
    return Moves(who, start, address, town, np.full(len(who), REASON[reason]))


def _couples(people: People, family: Family, known: Places, *, seed: int, as_of: int) -> Moves:
    married = family.married
    parts = []
    for link in range(5):
        ids = people.ids[married.wife] * LINKS + link
        wait = (900 + below(seed, ids, "next dwelling", 7000)) * link
        start = married.start + wait
        there = (start < np.minimum(married.end, as_of)) & ((link == 0) | chance(seed, ids, "moves house", 0.6))
        spot = np.where(married.second, 4 + link % 4, link)[there]
        why = "marriage" if link == 0 else "purchase"
        owner, since = married.wife[there], start[there]
        parts += [
            _chain(people, family.line, partner[there], since, owner, spot, why, known, seed)
            for partner in (married.wife, married.husband)
        ]
    return merged(*parts)


def _singles(people: People, family: Family, move: Migration, known: Places, *, seed: int) -> Moves:
    wedding = np.full(people.size, NEVER, dtype=np.int64)
    np.minimum.at(wedding, family.married.wife, family.married.start)
    np.minimum.at(wedding, family.married.husband, family.married.start)
    first = people.birth + 18 * 365 + below(seed, people.ids, "leaves home", 3600)
    first = np.where(move.arrived < NEVER, move.arrived, first)
    flits = chance(seed, people.ids, "own place", 0.5) | (family.mother < 0)
    parts = []
    for link in range(3):
        start = first + link * (400 + below(seed, people.ids, "next room", 900))
        who = np.flatnonzero(flits & (start < np.minimum(wedding, people.death)))
        parts.append(
            _chain(people, family.line, who, start[who], who, np.full(len(who), SINGLE + link), "rent", known, seed)
        )
    return merged(*parts)


def _parted(people: People, family: Family, known: Places, *, seed: int) -> Moves:
    gone = np.flatnonzero(family.married.ending == DIVORCE)
    woman = chance(seed, people.ids[family.married.wife[gone]], "she leaves", 0.4)
    who = np.where(woman, family.married.wife[gone], family.married.husband[gone])
    return _chain(
        people, family.line, who, family.married.end[gone] + 1, who, np.full(len(who), SINGLE + 3), "rent", known, seed
    )


def _arrivals(people: People, family: Family, move: Migration, known: Places, *, seed: int) -> Moves:
    """The place before arrival, and the first one here: a room (grown children have their own) or a dormitory."""
    came = np.flatnonzero((move.arrived < NEVER) & people.migrant)
    grown = np.flatnonzero((move.arrived < NEVER) & ~people.migrant & (move.arrived >= people.birth + FOLLOWS))
    town = elsewhere(seed, people.ids[came], "home town", known)
    before = Moves(came, people.birth[came], np.full(len(came), OUTSIDE), town, np.full(len(came), REASON["birth"]))
    plant = chance(seed, people.ids[came], "factory dormitory", 0.25)
    workers = came[plant]
    towns = township(seed, people.ids[workers], "factory", known)
    yard = serving(known, "plant", towns, people.ids[workers]) + DORMITORY
    codes = plant_towns(known)[-(yard - DORMITORY)]
    dormitory = Moves(workers, move.arrived[workers], yard, codes, np.full(len(workers), REASON["work"]))
    rest = np.concatenate([came[~plant], grown])
    room = _chain(
        people, family.line, rest, move.arrived[rest], rest, np.full(len(rest), SINGLE), "arrival", known, seed
    )
    return merged(before, room, dormitory)


def plant_towns(known: Places) -> Ints:
    """Return the township of each institution, by its number without the sign."""
    place = {code: spot for spot, code in enumerate(known.codes.tolist())}
    return np.array([0, *(place[code] for code in known.institutions["township"].to_list())])


def _natal(people: People, family: Family, followed: Moves, known: Places, *, seed: int) -> Moves:
    who = np.setdiff1d(np.flatnonzero(~people.migrant), followed.person)
    owner = np.where(people.twin[who] >= 0, people.twin[who], who)
    link = np.full(len(who), HOUSE + 1)
    return _chain(people, family.line, who, people.birth[who], owner, link, "birth", known, seed)


def _follow(people: People, family: Family, adult: Moves, until: Ints) -> Moves:
    """Children live with their mother: her place at their birth, and her moves until they leave."""
    frame = pl.DataFrame(dict(zip(Moves._fields, adult, strict=True))).with_row_index("order")
    children = np.flatnonzero(family.mother >= 0)
    child = pl.DataFrame(
        {"child": children, "person": family.mother[children], "born": people.birth[children], "until": until[children]}
    )
    hers = frame.sort("person", "start", "order").unique(["person", "start"], keep="last", maintain_order=True)
    own = child.join(hers, on="person").filter(pl.col("start") < pl.col("until"))
    first = (
        own.filter(pl.col("start") <= pl.col("born"))
        .sort("child", "start")
        .group_by("child", maintain_order=True)
        .last()
    )
    later = own.filter(pl.col("start") > pl.col("born"))
    early = (
        own.sort("child", "start").group_by("child", maintain_order=True).first().join(first, on="child", how="anti")
    )
    born = pl.concat([first, early]).with_columns(start=pl.col("born"), reason=pl.lit(REASON["birth"], dtype=pl.Int64))
    rows = pl.concat([born, later.select(born.columns)]).sort("child", "start")
    return Moves(*(rows[name].to_numpy() for name in ("child", "start", "address", "town", "reason")))


def _dormitories(people: People, family: Family, school: Schooling, known: Places, *, seed: int, as_of: int) -> Moves:
    """Students live at the university from September to the end of their course; then in a room of their own."""
    who = np.flatnonzero(school.attends(UNIVERSITY) & (school.start[:, UNIVERSITY] > day(1990)))
    campus = serving(known, "university", np.zeros(len(who), dtype=np.int64), people.ids[who])
    start = school.start[who, UNIVERSITY]
    there = Moves(who, start, campus + DORMITORY, plant_towns(known)[-campus], np.full(len(who), REASON["school"]))
    done = school.end[who, UNIVERSITY]
    gone = np.flatnonzero(done < as_of)
    after = _chain(
        people, family.line, who[gone], done[gone], who[gone], np.full(len(gone), SINGLE + 1), "rent", known, seed
    )
    return merged(there, after)


def _departures(people: People, move: Migration, known: Places, *, seed: int) -> Moves:
    who = np.flatnonzero(move.left < NEVER)
    town = elsewhere(seed, people.ids[who], "goes to", known)
    reason = np.where(move.abroad[who] < NEVER, REASON["abroad"], REASON["departure"])
    return Moves(who, move.left[who], np.full(len(who), OUTSIDE), town, reason)
