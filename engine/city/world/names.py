"""Names: surnames by the father's line, given names in the fashion of the decade, generation characters, changes."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, dates, day, year_of
from engine.city.world.draws import Floats, Ints, below, chance, draw, pick
from engine.city.world.people import FOREIGN, People
from engine.settings.shipped import shipped

HEADS = 0.11
"""Share of given names that are those most in fashion."""

DOTTED_MEN = (
    "阿卜杜拉 买买提 吐尔逊 艾力 玉素甫 阿迪力 艾尔肯 热合曼 库尔班 依明 阿不都热依木 肉孜 努尔买买提 艾合买提 塔依尔 "
    "伊力哈木 吐尔洪 阿布都外力 帕尔哈提 亚森 木合塔尔 居来提 麦麦提 图尔荪"
).split()
DOTTED_WOMEN = (
    "阿依古丽 古丽娜尔 热依汗 帕提古丽 阿米娜 阿孜古丽 玛依拉 "
    "迪丽努尔 祖丽胡玛尔 海热古丽 古丽巴哈尔 茹仙古丽 努尔比亚 "
    "麦热姆 早热古丽 阿提古丽 热娜 古丽米热 布威海丽且 吐逊古丽"
).split()
FOREIGN_SURNAMES = (
    "SMITH TANAKA KIM MUELLER ROSSI GARCIA IVANOV NGUYEN PATEL "
    "MARTIN BROWN SATO PARK SCHMIDT DUBOIS SILVA KUMAR JOHNSON"
).split()
FOREIGN_GIVEN = (
    "JOHN HIROSHI MINJUN LUKAS MARCO CARLOS DMITRI VAN RAHUL PIERRE "
    "ANNA YUKI SOYEON LENA GIULIA MARIA OLGA LINH PRIYA EMMA"
).split()


_HEAD_WEIGHTS = np.asarray(1.0 / np.arange(1, 21) ** 0.55, dtype=np.float64)


class Fashion(NamedTuple):
    """Surnames and given names with their weights; one entry of the lists a decade and sex."""

    surnames: np.ndarray
    surname_weights: Floats
    letters: np.ndarray
    letter_weights: tuple[Floats, Floats]
    since: Ints
    single: np.ndarray
    heads: np.ndarray
    era: np.ndarray


class Names(NamedTuple):
    """One entry a person: surname, given name, the name borne before `changed` (or the same), day of the change."""

    surname: np.ndarray
    given: np.ndarray
    former_given: np.ndarray
    former_surname: np.ndarray
    changed: Ints
    full: np.ndarray
    former: np.ndarray


@cache
def fashion() -> Fashion:
    """Return the shipped name tables."""
    surnames = pl.read_csv(shipped("city", "surnames.csv"))
    letters = pl.read_csv(shipped("city", "given_characters.csv"))
    given = pl.read_csv(shipped("city", "given_names.csv")).sort("born_from", "sex")
    longest = 20
    heads = np.array([row.split()[:longest] for row in given["names"].to_list()])
    era = np.array([list(row)[:30] for row in given["characters"].to_list()])
    weights = letters["male"].to_numpy().astype(float), letters["female"].to_numpy().astype(float)
    return Fashion(
        surnames["surname"].to_numpy(), surnames["weight"].to_numpy().astype(float), letters["character"].to_numpy(),
        weights, given["born_from"].unique(maintain_order=True).to_numpy(), given["single"].to_numpy(), heads, era,
    )  # fmt: skip


def lineage(people: People, mother: Ints, father: Ints, *, seed: int) -> Ints:
    """Return the place of the forebear whose surname and ethnicity a person bears: father's line, at times mother's."""
    hers = chance(seed, people.ids, "mother's surname", 0.04) | (father < 0)
    parent = np.where(hers & (mother >= 0), mother, father)
    root = np.where(parent >= 0, parent, np.arange(people.size))
    for _ in range(4):
        root = root[root]
    return root


def names(people: People, root: Ints, mother: Ints, father: Ints, *, seed: int, as_of: int) -> Names:
    """Return every person's names."""
    ids = people.ids
    first = given_names(people, mother, seed=seed, purpose="given")
    second = given_names(people, mother, seed=seed, purpose="new given")
    table = fashion()
    surname = table.surnames[pick(seed, ids[root], "surname", table.surname_weights)].astype(object)
    hers = surname[np.where(mother >= 0, mother, np.arange(people.size))]
    age = 300 + below(seed, ids, "age at change", 13_000)
    changes = chance(seed, ids, "changes name", 0.016) & (people.birth + age < np.minimum(people.death, as_of))
    changes &= (people.birth + age > day(1985)) & (people.status == 0)
    new_surname = np.where(changes & chance(seed, ids, "changes surname", 0.2), hers, surname)
    keeps = chance(seed, ids, "keeps given", 0.3) & (new_surname != surname)
    given = np.where(changes & ~keeps, second, first)
    dotted = people.ethnicity == "05"
    given = np.where(dotted, _dotted(people, father, seed=seed), given)
    former_given = np.where(dotted, given, first)
    plain = dotted | (people.status == FOREIGN)
    foreign = _foreign(people, seed=seed)
    full = np.where(dotted, given, np.where(people.status == FOREIGN, foreign, new_surname + given))
    former = np.where(dotted, given, np.where(people.status == FOREIGN, foreign, surname + former_given))
    changed = np.where(changes & ~plain & (full != former), people.birth + age, NEVER)
    return Names(
        np.where(plain, "", new_surname), given, former_given, np.where(plain, "", surname), changed, full, former
    )


def given_names(people: People, mother: Ints, *, seed: int, purpose: str) -> np.ndarray:
    """Return a given name for each person: in fashion, one character, or two; siblings may share the first."""
    ids, table = people.ids, fashion()
    decade = np.clip(np.searchsorted(table.since, year_of(people.birth), side="right") - 1, 0, len(table.since) - 1)
    row = decade * 2 + people.sex - 1
    head = table.heads[row, pick(seed, ids, f"{purpose} head", _HEAD_WEIGHTS)]
    first = _letter(people, row, seed=seed, purpose=f"{purpose} 1")
    last = _letter(people, row, seed=seed, purpose=f"{purpose} 2")
    twin = np.where(people.twin >= 0, people.twin, np.arange(people.size))
    alike = (people.twin >= 0) & chance(seed, ids, "twins' names alike", 0.6)
    first = np.where(alike, first[twin], first)
    line = np.where(mother >= 0, ids[mother], ids)
    shared = chance(seed, line, "generation character", np.where(people.birth < day(1980), 0.3, 0.04)) & (mother >= 0)
    common = table.era[row - people.sex + 1, pick(seed, line, "generation", 1.0 / np.arange(3, 33))]
    first = np.where(shared, common, first).astype(object)
    double = np.where(first == last, first, first + last.astype(object))
    u = draw(seed, ids, f"{purpose} form")
    single = (u < 0.4 * table.single[row]) & ~shared & ~alike
    fashionable = (u > 1.0 - HEADS) & ~shared & ~alike
    chosen: np.ndarray = np.where(fashionable, head.astype(object), np.where(single, last, double))
    return chosen


def _letter(people: People, row: Ints, *, seed: int, purpose: str) -> np.ndarray:
    table, ids = fashion(), people.ids
    era = table.era[row, pick(seed, ids, f"{purpose} era", 1.0 / np.arange(14, 44))]
    men = table.letters[pick(seed, ids, f"{purpose} any", table.letter_weights[0])]
    women = table.letters[pick(seed, ids, f"{purpose} any", table.letter_weights[1])]
    general = np.where(people.sex == 1, men, women)
    return np.where(chance(seed, ids, f"{purpose} which", 0.32), era, general)


def _dotted(people: People, father: Ints, *, seed: int) -> np.ndarray:
    men = np.array(DOTTED_MEN, dtype=object)[below(seed, people.ids, "dotted", len(DOTTED_MEN))]
    women = np.array(DOTTED_WOMEN, dtype=object)[below(seed, people.ids, "dotted", len(DOTTED_WOMEN))]
    own = np.where(people.sex == 1, men, women)
    drawn = np.array(DOTTED_MEN, dtype=object)[below(seed, people.ids, "dotted father", len(DOTTED_MEN))]
    whole: np.ndarray = own + "·" + np.where(father >= 0, men[father], drawn)
    return whole


def _foreign(people: People, *, seed: int) -> np.ndarray:
    surname = np.array(FOREIGN_SURNAMES, dtype=object)[below(seed, people.ids, "foreign", len(FOREIGN_SURNAMES))]
    half = len(FOREIGN_GIVEN) // 2
    given = np.array(FOREIGN_GIVEN, dtype=object)[
        below(seed, people.ids, "foreign given", half) + half * (people.sex - 1)
    ]
    middle = np.array(list("ABCDEFGHJKLMNPRST"), dtype=object)[below(seed, people.ids, "foreign middle", 17)]
    short = surname + " " + given
    full: np.ndarray = np.where(chance(seed, people.ids, "middle name", 0.4), short + " " + middle, short)
    return full


def name_rows(people: People, known: Names, mother: Ints, registered: Ints, *, seed: int) -> pl.DataFrame:
    """Return the intervals of names: placeholder, former, present, roman, in use."""
    ids = people.ids
    own = np.arange(people.size)
    start = np.minimum(np.where(registered < NEVER, registered, people.birth), people.death)
    changed = known.changed
    baby = np.flatnonzero((mother >= 0) & (people.birth > day(1985)) & (start > people.birth))
    word = np.array(["之婴", "之子", "之女"], dtype=object)
    said = np.where(chance(seed, ids[baby], "of unsaid sex", 0.08), 0, people.sex[baby])
    bearer = known.full[mother[baby]]
    old = own[changed < NEVER]
    nick = np.flatnonzero(chance(seed, ids, "nickname", 0.03) & (people.status == 0))
    outsider = np.flatnonzero(people.status > 0)
    spelt = np.where(people.status[outsider] == FOREIGN, known.full[outsider], _foreign(people, seed=seed)[outsider])
    empty = np.full(people.size, "", dtype=object)
    parts = [
        _rows(ids, baby, bearer + word[said], empty[baby], bearer + word[said], "placeholder", people.birth, start,
            "birth"),
        _rows(ids, old, known.former[old], known.former_surname[old], known.former_given[old], "registered", start,
            changed, "birth"),
        _rows(ids, own, known.full, known.surname, known.given, "registered", np.where(changed < NEVER, changed,
                start), people.death, np.where(changed < NEVER, "change", "birth")),
        _rows(ids, outsider, spelt, empty[outsider], spelt, "latin", people.birth, people.death, "document"),
        _rows(ids, nick, _nickname(known, ids, nick), empty[nick], _nickname(known, ids, nick), "alias",
            people.birth, people.death, "birth"),
    ]  # fmt: skip
    return pl.concat(parts)


def _nickname(known: Names, ids: Ints, who: Ints) -> np.ndarray:
    tails = np.array([given[-1:] for given in known.given[who]], dtype=object)
    called: np.ndarray = np.array(["阿", "小"], dtype=object)[ids[who] % 2] + tails
    return called


def _rows(
    ids: Ints, who: Ints, full: np.ndarray, surname: np.ndarray, given: np.ndarray, kind: str, start: Ints, end: Ints,
    reason: str | np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    frame = pl.DataFrame(
        {
            "person_id": ids[who],
            "name": pl.Series(full, dtype=pl.String),
            "surname": pl.Series(surname, dtype=pl.String),
            "given": pl.Series(given, dtype=pl.String),
            "valid_from": dates(start[who]),
            "valid_to": dates(end[who]),
        }
    )
    why = pl.lit(reason) if isinstance(reason, str) else pl.Series(reason[who], dtype=pl.String)
    return frame.with_columns(kind=pl.lit(kind), reason=why, surname=pl.col("surname").replace("", None))
