"""Who is born when, of which sex and origin, and until when they live: the age pyramid of a Chinese city.

Cohorts: the living of five-year age groups, millions, China's seventh census (2020-11-01), aged backwards by the life
table to the start of the registers. A person belongs to the city if alive on 1985-01-01 or born later.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.city.world.calendar import NEVER, YEAR, day, first_of_year
from engine.city.world.draws import Flags, Floats, Ints, below, chance, draw, normal, pick
from engine.city.world.settings import CitySettings

CELL = 1_000
"""Persons of a cell."""

CENSUS = (78, 90, 85, 73, 75, 92, 124, 99, 93, 114, 121, 101, 73, 74, 50, 31, 20, 10, 4.2, 1.0, 0.12)
_HAZARD = (0.000022, 0.099)
"""Gompertz: deaths a year at age 0, growth a year of age; life expectancy near 78 years."""
_SEX_RISK = np.array([1.0, 1.35, 0.78])

MAINLAND, HONG_KONG, MACAU, TAIWAN, FOREIGN = range(5)
STATUS = ("mainland", "hk", "macau", "taiwan", "foreign")

MINORITIES = ("02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "15", "16")
_MINORITY_WEIGHTS = (4, 12, 1.5, 4, 10, 8, 13, 9, 3, 8, 3, 6, 5)


class People(NamedTuple):
    """One entry a person, in the order of `ids`; days as whole numbers, `NEVER` for what has not come."""

    ids: Ints
    cell: Ints
    sex: Ints
    birth: Ints
    death: Ints
    status: Ints
    migrant: Flags
    ethnicity: np.ndarray
    twin: Ints
    """The place in these arrays of the elder twin, -1 for all others."""

    @property
    def size(self) -> int:
        """The number of persons."""
        return len(self.ids)

    def alive(self, on: int | Ints) -> Flags:
        """Return who lives on a day."""
        return (self.birth <= on) & (self.death > on)


def people(cells: range, *, seed: int, settings: CitySettings) -> People:
    """Return the persons of the cells."""
    ids = (np.asarray(cells, dtype=np.int64)[:, None] * CELL + np.arange(CELL)).reshape(-1)
    as_of = (settings.as_of - type(settings.as_of)(1970, 1, 1)).days
    sex = np.where(chance(seed, ids, "sex", 0.512), 1, 2).astype(np.int64)
    birth = _births(seed, ids, as_of)
    twin = _twins(seed, ids, settings)
    elder = np.where(twin >= 0, twin, np.arange(len(ids)))
    same = chance(seed, ids[elder], "twins alike", 0.3)
    birth, sex = birth[elder], np.where(same, sex[elder], sex)
    death = _deaths(seed, ids, birth, sex, as_of)
    migrant = chance(seed, ids, "migrant", settings.migrants) & (birth < as_of - 17 * 365)
    migrant = (migrant & (birth > day(1935)))[elder]
    status = np.where(
        chance(seed, ids, "outsider", settings.outsiders), 1 + pick(seed, ids, "from", (35, 8, 22, 35)), 0
    )
    status = np.where(~migrant & (birth > as_of - 18 * 365), 0, status)[elder]
    return People(ids, ids // CELL, sex, birth, death, status, migrant | (status > 0), _ethnicity(seed, ids), twin)


def survival(ages: Floats, risk: float | Floats = 1.0) -> Floats:
    """Return the share still alive at an age (Gompertz)."""
    level, growth = _HAZARD
    return np.asarray(np.exp(-risk * level / growth * (np.exp(growth * ages) - 1.0)) * 0.99)


def _births(seed: int, ids: Ints, as_of: int) -> Ints:
    last = int(1970 + as_of / YEAR)
    years = np.arange(1908, last + 1)
    ages = 2020 - years
    census = np.interp(ages, np.arange(len(CENSUS)) * 5 + 2, np.array(CENSUS) / 5.0)
    recent = np.interp(years, (2016, 2018, 2020, 2022, 2024), (17.9, 15.2, 12.0, 9.6, 9.5))
    entered = np.maximum(1985 - years, 0)
    alive = np.where(ages > 4, census, recent)
    weights = alive * survival(entered.astype(float)) / survival(np.maximum(ages, 0).astype(float))
    chosen = years[pick(seed, ids, "year of birth", np.minimum(weights, 28.0))]
    start = first_of_year(chosen)
    days: Ints = np.minimum(start + below(seed, ids, "day of birth", 365), as_of - 1)
    return days


def _deaths(seed: int, ids: Ints, birth: Ints, sex: Ints, as_of: int) -> Ints:
    """Draw the age at death given life at the later of birth and 1985, inverting the life table."""
    level, growth = _HAZARD
    risk = _SEX_RISK[sex]
    entry = np.maximum(day(1985) - birth, 0) / YEAR
    infant = chance(seed, ids, "infant death", 0.005) & (entry == 0)
    drawn = -np.log1p(-draw(seed, ids, "death")) * growth / (level * risk)
    age = np.log(np.exp(growth * entry) + drawn) / growth
    day_of_death = birth + np.where(infant, draw(seed, ids, "infant days") * 300, age * YEAR).astype(np.int64)
    return np.where(day_of_death < as_of, np.maximum(day_of_death, birth), NEVER)


def _twins(seed: int, ids: Ints, settings: CitySettings) -> Ints:
    """Pairs of neighbouring places are twins at the settings' rate; the first of a pair is the elder."""
    odd = ids % 2 == 1
    twins = odd & chance(seed, ids - ids % 2, "twin", settings.twins)
    return np.where(twins, np.arange(len(ids)) - 1, -1)


def _ethnicity(seed: int, ids: Ints) -> np.ndarray:
    chosen = np.array(MINORITIES)[pick(seed, ids, "minority", _MINORITY_WEIGHTS)]
    dotted = chance(seed, ids, "uyghur", 0.006)
    minority = chance(seed, ids, "ethnicity", 0.03)
    return np.where(dotted, "05", np.where(minority, chosen, "01"))


def marriage_age(seed: int, ids: Ints, sex: Ints, birth: Ints) -> Floats:
    """Return the age in years at which a person is ready to marry; later for the later born."""
    women = np.interp(birth, (day(1940), day(1955), day(1970), day(1985), day(1998)), (20.6, 22.6, 23.3, 25.0, 27.2))
    return women + np.where(sex == 1, 1.9, 0.0) + normal(seed, ids, "age at marriage", 0.0, 2.6)
