"""Citizen numbers of GB 11643 and the documents of those who have none, each with the time that it was in force.

Sequence numbers go round by cell, so that among 497 neighbouring cells no two persons of one division and birth date
share a number by accident; the historic shared numbers are drawn on purpose.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, birthday, dates, day, year_of
from engine.city.world.credit import characters, joined
from engine.city.world.draws import Flags, Ints, below, chance, draw
from engine.city.world.people import CELL, FOREIGN, HONG_KONG, MACAU, TAIWAN, People
from engine.city.world.places import Places

_WEIGHTS = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
_CHECKS = np.array(list("10X98765432"))
_SEQUENCES = 497
SECOND_GENERATION = day(1999, 10, 1)
"""From this day documents bear 18 digits; before, 15."""


def citizen_numbers(divisions: np.ndarray, birth: Ints, sequence: Ints) -> np.ndarray:
    """Return the 18 characters: division, birth date, sequence (odd men, even women), check character of MOD 11-2.

    >>> import numpy as np
    >>> citizen_numbers(np.array(["390102"]), np.array([0]), np.array([1])).tolist()
    ['390102197001010014']
    """
    stamp = pl.Series(birth.astype(np.int32)).cast(pl.Date).dt.strftime("%Y%m%d")
    order = pl.Series(sequence).cast(pl.String).str.zfill(3)
    text = pl.select(pl.concat_str(pl.Series(divisions).cast(pl.String), stamp, order)).to_series().to_numpy()
    body = characters(text, 17)
    digits = np.ascontiguousarray(body).view(np.uint32).astype(np.int64) - 48
    check = _CHECKS[(digits * _WEIGHTS).sum(axis=1) % 11]
    return joined(np.concatenate([body, check[:, None]], axis=1))


def sequences(people: People, divisions: np.ndarray) -> Ints:
    """Return the sequence number of each person among those of one division, birth date and sex; twins follow on."""
    frame = pl.DataFrame({"cell": people.cell, "division": divisions, "birth": people.birth, "sex": people.sex})
    rank = frame.select(pl.int_range(pl.len()).over("cell", "division", "birth", "sex")).to_series().to_numpy()
    place: Ints = (people.cell * 181 + 7 + rank) % _SEQUENCES
    return place * 2 + np.where(people.sex == 1, 1, 2)


def identifiers(
    people: People, divisions: np.ndarray, registered: Ints, settled: Ints, *, seed: int, as_of: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return identifiers with their intervals, and the corrections (`who`, `date`, `reason`) that ended wrong ones."""
    sequence = sequences(people, divisions)
    number = citizen_numbers(divisions, people.birth, sequence)
    ids = people.ids
    own = np.flatnonzero((people.status == 0) & (registered < np.minimum(people.death, as_of + 1)))
    wrong, fixed, reason = _wrong(people, divisions, sequence, number, registered, seed=seed, as_of=as_of)
    issued = np.maximum(registered, SECOND_GENERATION)
    begins = np.where(fixed < NEVER, np.maximum(fixed, issued), issued)
    modern = own[people.death[own] > begins[own]]
    flawed = own[(fixed[own] < NEVER) & (fixed[own] > issued[own])]
    paper = np.maximum(np.maximum(birthday(people.birth, 16), day(1985)), registered)
    until = np.minimum(people.death, SECOND_GENERATION + 365 * 2 + below(seed, ids, "second card", 1800))
    old = own[(paper[own] < SECOND_GENERATION) & (people.death[own] > paper[own])]
    first = np.where(fixed < NEVER, wrong, number)
    short = pl.Series(first[old]).str.slice(0, 6) + pl.Series(first[old]).str.slice(8, 9)
    status = np.where(fixed < NEVER, reason, "issue")
    frames = [
        rows(ids[modern], "citizen18", number[modern], begins[modern], people.death[modern],
            np.where(fixed[modern] < NEVER, "fix", "issue")),
        rows(ids[flawed], "citizen18", wrong[flawed], issued[flawed], fixed[flawed], status[flawed]),
        rows(ids[old], "citizen15", short, paper[old], until[old], status[old]),
        _duplicates(people, divisions, sequence, registered, seed=seed, as_of=as_of),
        _outsiders(people, settled, seed=seed),
        _certificates(people),
        _passports(people, seed=seed, as_of=as_of),
        _social_cards(people, registered, seed=seed, as_of=as_of),
    ]  # fmt: skip
    corrected = own[(fixed[own] < NEVER) & (fixed[own] < people.death[own])]
    known = pl.concat(frames).filter(pl.col("valid_from") <= pl.lit(as_of).cast(pl.Int32).cast(pl.Date))
    return known, pl.DataFrame(
        {"who": corrected, "date": fixed[corrected], "reason": pl.Series(reason[corrected], dtype=pl.String),
            "wrong": pl.Series(wrong[corrected], dtype=pl.String)}
    )  # fmt: skip


def rows(
    ids: Ints, scheme: str, number: np.ndarray | pl.Series, start: Ints, end: Ints, reason: str | np.ndarray
) -> pl.DataFrame:
    """Return rows of the table of identifiers."""
    why = pl.lit(reason) if isinstance(reason, str) else pl.Series(reason, dtype=pl.String)
    frame = pl.DataFrame({"person_id": ids, "identifier": pl.Series(number, dtype=pl.String)})
    return frame.with_columns(scheme=pl.lit(scheme), valid_from=dates(start), valid_to=dates(end), reason=why).select(
        "person_id", "scheme", "identifier", "valid_from", "valid_to", "reason"
    )


def _wrong(
    people: People,
    divisions: np.ndarray,
    sequence: Ints,
    number: np.ndarray,
    registered: Ints,
    *,
    seed: int,
    as_of: int,
) -> tuple[np.ndarray, Ints, np.ndarray]:
    """The wrong number of some: another birth date, the other sex, or (before 2009) one that another person bears."""
    ids = people.ids
    turn = draw(seed, ids, "wrong number")
    error = (turn < 0.008) & (people.status == 0)
    shared = ~error & (turn > 1 - 0.0016) & (people.birth < day(1985)) & (people.status == 0)
    shift = np.where(below(seed, ids, "how wrong", 3) == 0, 365, 1 + below(seed, ids, "days wrong", 60))
    other_sex = below(seed, ids, "how wrong", 3) == 2
    birth = people.birth - np.where(other_sex, 0, shift)
    wrong = citizen_numbers(divisions, birth, np.where(other_sex, sequence % 994 + 1, sequence))
    order = np.lexsort((people.birth, people.sex, people.cell))
    neighbour = np.empty(people.size, dtype=np.int64)
    neighbour[order] = np.roll(order, 1)
    neighbour[order[0]] = order[0]
    near = (
        (neighbour != np.arange(people.size))
        & (people.cell == people.cell[neighbour])
        & (people.status[neighbour] == 0)
        & ~(turn[neighbour] > 1 - 0.0016)
    )
    shared &= near
    wrong = np.where(shared, number[neighbour], wrong)
    late = np.maximum(registered, day(1996)) + 200 + below(seed, ids, "when fixed", 6500)
    early = day(2001) + below(seed, ids, "when fixed", 2900)
    fixed = np.where(error, late, np.where(shared, early, NEVER))
    fixed = np.where(fixed < np.minimum(people.death, as_of), fixed, NEVER)
    return wrong, fixed, np.where(shared, "shared", "wrong")


def _duplicates(
    people: People, divisions: np.ndarray, sequence: Ints, registered: Ints, *, seed: int, as_of: int
) -> pl.DataFrame:
    who, start, end = doubles(people, registered, seed=seed, as_of=as_of)
    ids = people.ids[who]
    other = citizen_numbers(
        divisions[who // CELL * CELL + (who + 3) % CELL], people.birth[who] - 366 * 2 - ids % 300, sequence[who]
    )
    return rows(ids, "citizen18", other, start, end, "duplicate")


def doubles(people: People, registered: Ints, *, seed: int, as_of: int) -> tuple[Ints, Ints, Ints]:
    """Return who is registered a second time, from when, and until when (open for a third of them)."""
    ids = people.ids
    start = np.maximum(people.birth + 366 * 18, SECOND_GENERATION) + below(seed, ids, "doubled", 5000)
    end = start + 900 + below(seed, ids, "double lasts", 6000)
    double = (
        chance(seed, ids, "double hukou", 0.0035) & (start < np.minimum(people.death, as_of)) & (people.status == 0)
    )
    double &= (registered < start) & (people.birth < day(2000))
    end = np.where((end < as_of) & chance(seed, ids, "double found", 0.7), end, NEVER)
    who = np.flatnonzero(double)
    return who, start[who], np.minimum(end, people.death)[who]


def second_township(known: Places, ids: Ints) -> Ints:
    """Return the township outside the city where those with a second hukou have it."""
    return known.inside + ids % (len(known.codes) - known.inside)


def _outsiders(people: People, arrived: Ints, *, seed: int) -> pl.DataFrame:
    frames = []
    for status, letter, prefix in ((HONG_KONG, "H", "810000"), (MACAU, "M", "820000"), (TAIWAN, "", "830000")):
        who = np.flatnonzero(people.status == status)
        ids = people.ids[who]
        serial = pl.Series(10_000_000 + below(seed, ids, "permit", 90_000_000)).cast(pl.String)
        first = np.minimum(arrived[who], people.death[who] - 1)
        renewed = first + 3650
        scheme = {HONG_KONG: "hk_permit", MACAU: "macau_permit", TAIWAN: "taiwan_permit"}[status]
        suffix = ("00", "01") if letter else ("", "")
        again = renewed < np.minimum(people.death[who], day(2024, 12, 1))
        frames.append(
            rows(ids, scheme, letter + serial + suffix[0], first, np.where(again, renewed, people.death[who]), "issue")
        )
        if letter:
            frames.append(
                rows(ids[again], scheme, letter + serial.filter(pl.Series(again)) + suffix[1], renewed[again],
                    people.death[who][again], "renewal")
            )  # fmt: skip
        card = np.maximum(first, day(2018, 9, 1)) + 30
        has = chance(seed, ids, "residence card", 0.6) & (card < people.death[who])
        number = citizen_numbers(
            np.full(len(who), prefix), people.birth[who], sequences(people, np.full(people.size, prefix))[who]
        )
        frames.append(rows(ids[has], "hmt_residence", number[has], card[has], people.death[who][has], "issue"))
    return pl.concat([*frames, _foreigners(people, arrived, seed=seed)])


def _foreigners(people: People, arrived: Ints, *, seed: int) -> pl.DataFrame:
    who = np.flatnonzero(people.status == FOREIGN)
    ids = people.ids[who]
    nation = nationality(people, seed=seed)[who]
    code = pl.Series(nation, dtype=pl.String)
    stamp = pl.Series(people.birth[who].astype(np.int32)).cast(pl.Date).dt.strftime("%Y%m%d")
    serial = below(seed, ids, "permanent", 9_000)
    old = code + (stamp.str.slice(2) if len(who) else stamp) + pl.Series(100_000 + serial * 7).cast(pl.String)
    has = chance(seed, ids, "permanent residence", 0.5)
    first = np.minimum(arrived[who] + 1500, people.death[who] - 1)
    new_from = np.maximum(first, day(2023, 12, 1))
    numeric = pl.Series([NATIONS[name] for name in nation.tolist()], dtype=pl.String)
    number = citizen_numbers(
        pl.DataFrame({"n": numeric}).select(pl.concat_str(pl.lit("939"), pl.col("n"))).to_series().to_numpy(),
        people.birth[who], sequences(people, np.full(people.size, "939000"))[who],
    )  # fmt: skip
    before = has & (first < day(2023, 12, 1)) & (first < people.death[who])
    after = has & (new_from < people.death[who])
    return pl.concat(
        [
            rows(
                ids[before],
                "foreign_permanent",
                old.filter(pl.Series(before)),
                first[before],
                people.death[who][before],
                "issue",
            ),
            rows(ids[after], "foreign_permanent", number[after], new_from[after], people.death[who][after], "renewal"),
        ]
    )


NATIONS = {
    "USA": "840",
    "JPN": "392",
    "KOR": "410",
    "DEU": "276",
    "FRA": "250",
    "GBR": "826",
    "VNM": "704",
    "IND": "356",
}


def nationality(people: People, *, seed: int) -> np.ndarray:
    """Return the letters of GB/T 2659: CHN but for foreigners."""
    drawn = np.array(list(NATIONS))[below(seed, people.ids, "nation", len(NATIONS))]
    return np.where(people.status == FOREIGN, drawn, "CHN")


def _certificates(people: People) -> pl.DataFrame:
    who = np.flatnonzero((people.birth > day(1996)) & ~people.migrant)
    return rows(people.ids[who], "birth_certificate", certificate(people)[who], people.birth[who],
        np.full(len(who), NEVER), "issue")  # fmt: skip


def certificate(people: People) -> np.ndarray:
    """Return the number of each person's birth certificate: a letter of the printing and nine digits."""
    letter = np.array(list("ABCDEFGHJKLMNPQRSTU"))[np.clip((year_of(people.birth) - 1996) // 2, 0, 18)]
    serial = pl.Series(390_000_000 + people.ids % 9_000_000).cast(pl.String)
    return pl.select(pl.concat_str(pl.Series(letter), serial)).to_series().to_numpy()


def passport_days(people: People, *, seed: int, as_of: int) -> tuple[Flags, Ints]:
    """Return who holds a passport, and the day of the first; it is renewed every ten years."""
    first = np.maximum(people.birth + 9000, day(2003)) + below(seed, people.ids, "first passport", 7000)
    holds = chance(seed, people.ids, "passport", 0.4) & (people.status == 0)
    return holds & (first < np.minimum(people.death, as_of)), first


def _passports(people: People, *, seed: int, as_of: int) -> pl.DataFrame:
    holds, first = passport_days(people, seed=seed, as_of=as_of)
    frames = []
    for issue in range(3):
        start = first + issue * 3650
        who = np.flatnonzero((holds | (people.status == FOREIGN)) & (start < np.minimum(people.death, as_of)))
        serial = pl.Series(10_000_000 + below(seed, people.ids[who], f"passport {issue}", 90_000_000)).cast(pl.String)
        letter = np.where(people.status[who] == FOREIGN, "P", "E")
        number = pl.select(pl.concat_str(pl.Series(letter), serial)).to_series()
        end = np.minimum(people.death[who], start[who] + 3650)
        frames.append(rows(people.ids[who], "passport", number, start[who], end, "renewal" if issue else "issue"))
    return pl.concat(frames)


def _social_cards(people: People, registered: Ints, *, seed: int, as_of: int) -> pl.DataFrame:
    start = np.maximum(np.maximum(registered, people.birth) + 60, day(2011)) + below(seed, people.ids, "card", 900)
    who = np.flatnonzero((start < np.minimum(people.death, as_of)) & chance(seed, people.ids, "has card", 0.93))
    letters = np.array(list("ABCDEFGHJK"))[below(seed, people.ids[who], "card letter", 10)]
    serial = pl.Series(10_000_000 + people.ids[who] % 90_000_000).cast(pl.String)
    number = pl.select(pl.concat_str(pl.Series(letters), serial)).to_series()
    return rows(people.ids[who], "social_card", number, start[who], people.death[who], "issue")
