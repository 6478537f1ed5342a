"""The tables of persons, stays and their relations, made from the core."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, NOBODY, dates, identities
from engine.city.world.core import Core
from engine.city.world.couples import DIVORCE
from engine.city.world.draws import Ints
from engine.city.world.facts import texts
from engine.city.world.homes import OUTSIDE, REASONS
from engine.city.world.households import family_roles
from engine.city.world.numbers import doubles, nationality, second_township
from engine.city.world.people import STATUS

EDUCATION = ("90", "80", "70", "60", "40", "20", "10")
"""GB/T 4658 by the last stage of schooling: none, primary, junior, senior, vocational, degree, master."""


def person_table(core: Core, divisions: np.ndarray) -> pl.DataFrame:
    """Return the table of persons."""
    folk, family = core.people, core.family
    roles = family_roles(folk, family.mother, family.father, family.head, core.spouse)
    return pl.DataFrame(
        {
            "person_id": folk.ids,
            "cell": folk.cell,
            "sex": folk.sex,
            "birth": dates(folk.birth),
            "death": dates(folk.death),
            "ethnicity": pl.Series(np.where(folk.status < 4, folk.ethnicity, "98"), dtype=pl.String),
            "nationality": pl.Series(nationality(folk, seed=core.seed), dtype=pl.String),
            "status": pl.Series(np.array(STATUS)[folk.status], dtype=pl.String),
            "mother_id": known(core, family.mother),
            "father_id": known(core, family.father),
            "twin_of": known(core, folk.twin),
            "household_id": folk.ids[family.head],
            "family_role": pl.Series(roles, dtype=pl.String),
            "marital": pl.Series(marital(core), dtype=pl.String),
            "education": pl.Series(np.array(EDUCATION)[np.maximum(core.school.level, 0)], dtype=pl.String),
            "birth_division": pl.Series(divisions, dtype=pl.String),
            "arrived": dates(core.move.arrived),
            "left": dates(core.move.left),
        }
    )


def known(core: Core, places: Ints) -> pl.Series:
    """Return the identities of persons at these places, null for nobody."""
    return identities(np.where(places >= 0, core.ids[np.maximum(places, 0)], NOBODY))


def marital(core: Core) -> np.ndarray:
    """Return the marital state at as_of or death: GB/T 2261.2."""
    married = core.family.married
    state = np.full(core.people.size, "10", dtype="<U2")
    order = np.argsort(married.start, kind="stable")
    for partner, other in ((married.wife, married.husband), (married.husband, married.wife)):
        one, two = partner[order], other[order]
        lives = np.where(married.second[order], "22", "21")
        widowed = core.people.death[two] < core.people.death[one]
        state[one] = np.where(married.ending[order] == DIVORCE, "40", np.where(widowed, "30", lives))
    return state


def birth_divisions(core: Core) -> np.ndarray:
    """Return the six digits that open each person's number: of the first hukou, by the code in force at birth."""
    towns = np.zeros(core.people.size, dtype=np.int64)
    first = core.hukou.sort("who", "start").unique("who", keep="first", maintain_order=True)
    towns[first["who"].to_numpy()] = first["town"].to_numpy()
    codes = core.known.codes[towns]
    former = core.known.townships.filter(pl.col("valid_to").is_not_null())
    frame = pl.DataFrame({"township": pl.Series(codes, dtype=pl.String), "birth": dates(core.people.birth)})
    old = former.select(township="successor", former="district", ended="valid_to")
    frame = frame.join(old, on="township", how="left", maintain_order="left")
    before = pl.col("birth") < pl.col("ended")
    return (
        frame.select(pl.when(before).then("former").otherwise(pl.col("township").str.slice(0, 6)))
        .to_series()
        .to_numpy()
    )


def stay_table(core: Core) -> pl.DataFrame:
    """Return the table of stays, doubled registrations included."""
    home = core.home.with_columns(
        kind=pl.when(pl.col("reason") == REASONS.index("abroad")).then(pl.lit("abroad")).otherwise(pl.lit("home"))
    )
    book = core.hukou.with_columns(kind=pl.lit("hukou"))
    who, start, end = doubles(core.people, core.registered, seed=core.seed, as_of=core.as_of)
    towns = second_township(core.known, core.ids[who])
    twice = pl.DataFrame(
        {"who": who, "start": start, "end": end, "address": np.full(len(who), OUTSIDE), "town": towns,
            "reason": np.full(len(who), REASONS.index("duplicate"))}
    ).with_columns(kind=pl.lit("hukou"))  # fmt: skip
    frame = pl.concat([home, book, twice])
    reasons = np.array(REASONS)
    return pl.DataFrame(
        {
            "person_id": core.ids[frame["who"].to_numpy()],
            "kind": frame["kind"],
            "address_id": identities(frame["address"].to_numpy()),
            "township": pl.Series(core.known.codes[frame["town"].to_numpy()], dtype=pl.String),
            "valid_from": dates(frame["start"].to_numpy()),
            "valid_to": dates(frame["end"].to_numpy()),
            "reason": pl.Series(reasons[frame["reason"].to_numpy()], dtype=pl.String),
        }
    )


def relation_rows(
    source: tuple[str, Ints],
    kind: str,
    target: tuple[str, Ints],
    start: Ints,
    end: Ints,
    detail: str | np.ndarray | None = None,
) -> pl.DataFrame:
    """Return rows of the table of relations, from and to identities of a kind."""
    return pl.DataFrame(
        {
            "from_kind": pl.Series([source[0]]).new_from_index(0, len(source[1])),
            "from_id": pl.Series(source[1], dtype=pl.Int64),
            "type": pl.Series([kind]).new_from_index(0, len(source[1])),
            "to_kind": pl.Series([target[0]]).new_from_index(0, len(source[1])),
            "to_id": pl.Series(target[1], dtype=pl.Int64),
            "valid_from": dates(start),
            "valid_to": dates(end),
            "detail": texts(detail, len(source[1])),
        }
    )


def kinship(core: Core) -> list[pl.DataFrame]:
    """Return parents, spouses, siblings, households and dwellings as relations."""
    folk, family, married, ids = core.people, core.family, core.family.married, core.ids
    never = np.full(folk.size, NEVER)
    parts = []
    for parent in (family.mother, family.father):
        who = np.flatnonzero(parent >= 0)
        parts.append(relation_rows(("person", ids[parent[who]]), "PARENT_OF", ("person", ids[who]), folk.birth[who],
                never[who], "biological"))  # fmt: skip
    for one, two in ((married.wife, married.husband), (married.husband, married.wife)):
        parts.append(relation_rows(("person", ids[one]), "SPOUSE_OF", ("person", ids[two]), married.start, married.end))
    parts += [_siblings(core), _step_parents(core)]
    who = np.flatnonzero(family.head != np.arange(folk.size))
    roles = family_roles(folk, family.mother, family.father, family.head, core.spouse)[who]
    start = np.maximum(core.first[who], core.first[family.head[who]])
    parts.append(relation_rows(("person", ids[who]), "HOUSEHOLD_MEMBER", ("person", ids[family.head[who]]),
            np.minimum(start, folk.death[who]), folk.death[who], roles))  # fmt: skip
    lives = core.home.filter(pl.col("address") != OUTSIDE)
    parts.append(relation_rows(("person", ids[lives["who"].to_numpy()]), "LIVES_AT", ("address",
            lives["address"].to_numpy()),
            lives["start"].to_numpy(), lives["end"].to_numpy()))  # fmt: skip
    return [*parts, _not_same(core)]


def _siblings(core: Core) -> pl.DataFrame:
    mother = core.family.mother
    frame = pl.DataFrame({"mother": mother, "who": np.arange(len(mother))}).filter(pl.col("mother") >= 0)
    pairs = frame.join(frame, on="mother", suffix="_r").filter(pl.col("who") != pl.col("who_r")).sort("who", "who_r")
    one, two = pairs["who"].to_numpy(), pairs["who_r"].to_numpy()
    start = np.maximum(core.people.birth[one], core.people.birth[two])
    return relation_rows(
        ("person", core.ids[one]), "SIBLING_OF", ("person", core.ids[two]), start, np.full(len(one), NEVER)
    )


def _step_parents(core: Core) -> pl.DataFrame:
    """A second husband is the step-parent of her earlier children who are minors."""
    married = core.family.married
    second = pl.DataFrame(
        {"mother": married.wife, "husband": married.husband, "start": married.start, "end": married.end}
    ).filter(pl.Series(married.second))
    children = pl.DataFrame({"mother": core.family.mother, "father": core.family.father,
            "child": np.arange(core.people.size),
            "birth": core.people.birth})  # fmt: skip
    rows = children.filter(pl.col("mother") >= 0).join(second, on="mother").filter(
        (pl.col("father") != pl.col("husband")) & (pl.col("birth") < pl.col("start"))
        & (pl.col("birth") + 6570 > pl.col("start"))
    ).sort("child", "husband")  # fmt: skip
    return relation_rows(
        ("person", core.ids[rows["husband"].to_numpy()]), "PARENT_OF", ("person", core.ids[rows["child"].to_numpy()]),
        rows["start"].to_numpy(), rows["end"].to_numpy(), "step",
    )  # fmt: skip


def _not_same(core: Core) -> pl.DataFrame:
    """Twins, and namesakes of one birth date, are proven to be two persons."""
    folk = core.people
    younger = np.flatnonzero(folk.twin >= 0)
    frame = pl.DataFrame(
        {"name": pl.Series(core.names.full, dtype=pl.String), "birth": folk.birth, "who": np.arange(folk.size)}
    )
    pairs = (
        frame.join(frame, on=["name", "birth"], suffix="_r")
        .filter(pl.col("who") < pl.col("who_r"))
        .sort("who", "who_r")
    )
    one = np.concatenate([folk.twin[younger], pairs["who"].to_numpy()])
    two = np.concatenate([younger, pairs["who_r"].to_numpy()])
    detail = np.array(["twins"] * len(younger) + ["namesakes"] * pairs.height)
    return relation_rows(("person", core.ids[one]), "NOT_SAME_AS", ("person", core.ids[two]), folk.birth[two],
        np.full(len(one), NEVER), detail)  # fmt: skip


def doubled(core: Core) -> pl.DataFrame:
    """A person registered twice: both registrations are the same person."""
    who, start, end = doubles(core.people, core.registered, seed=core.seed, as_of=core.as_of)
    del end
    return relation_rows(("person", core.ids[who]), "SAME_AS", ("person", core.ids[who]), start, np.full(len(who),
            NEVER),
        "duplicate")  # fmt: skip
