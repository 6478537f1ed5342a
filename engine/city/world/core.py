"""What all parts of a batch share: its persons, families, moves, schooling, spells and names."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER
from engine.city.world.couples import DIVORCE, Marriages, fathers, marriages
from engine.city.world.draws import Ints, chance
from engine.city.world.homes import Family, Migration, homes, houses, lines, migration
from engine.city.world.households import heads
from engine.city.world.hukou import hukou
from engine.city.world.names import Names, lineage, names
from engine.city.world.parents import mothers
from engine.city.world.people import People, people
from engine.city.world.places import Places, places
from engine.city.world.schooling import Schooling, schooling
from engine.city.world.settings import CitySettings


class Core(NamedTuple):
    """One batch of cells; all columns by the person's place in `people`, -1 for nobody."""

    seed: int
    as_of: int
    months: int
    people: People
    family: Family
    move: Migration
    school: Schooling
    home: pl.DataFrame
    hukou: pl.DataFrame
    names: Names
    known: Places
    spouse: Ints
    """Of a marriage that lasts at as_of, or that death ended."""
    child: Ints
    """A grown child, the eldest."""
    registered: Ints
    """The first day of hukou."""
    town: Ints
    """The township of the last home."""

    @property
    def ids(self) -> Ints:
        """The persons' identities."""
        return self.people.ids

    @property
    def last(self) -> Ints:
        """The last day of each person's story in the city: death, departure or as_of."""
        return np.minimum(np.minimum(self.people.death, self.move.left), self.as_of)

    @property
    def first(self) -> Ints:
        """The first day of each person's story in the city: birth or arrival."""
        return np.where(self.move.arrived < NEVER, self.move.arrived, self.people.birth)


def core(cells: range, *, seed: int, settings: CitySettings) -> Core:
    """Return the batch's persons with their families, moves and names."""
    as_of = (settings.as_of - date(1970, 1, 1)).days
    folk = people(cells, seed=seed, settings=settings)
    known = places(seed)
    mother = mothers(folk, seed=seed)
    married = marriages(folk, mother, seed=seed, as_of=as_of)
    father = fathers(folk, mother, married)
    root = lineage(folk, mother, father, seed=seed)
    folk = folk._replace(ethnicity=folk.ethnicity[root])
    natal, house = houses(folk, mother, married, seed=seed)
    head = heads(folk, mother, father, married, seed=seed, as_of=as_of)
    family = Family(mother, father, married, head, lines(natal, house, married))
    move = migration(folk, family, seed=seed, as_of=as_of)
    school = schooling(folk, seed=seed, as_of=as_of)
    home = homes(folk, family, move, school, known, seed=seed, as_of=as_of)
    book = hukou(folk, family, move, school, home, known, seed=seed, as_of=as_of)
    registered = np.full(folk.size, NEVER, dtype=np.int64)
    np.minimum.at(registered, book["who"].to_numpy(), book["start"].to_numpy())
    town = np.zeros(folk.size, dtype=np.int64)
    local = home.filter(pl.col("town") < known.inside)
    town[local["who"].to_numpy()] = local["town"].to_numpy()
    return Core(
        seed, as_of, settings.months, folk, family, move, school, home, book,
        names(folk, root, mother, father, seed=seed, as_of=as_of), known, partner(folk, married),
        _eldest(folk, mother, seed=seed), registered, town,
    )  # fmt: skip


def partner(folk: People, married: Marriages) -> Ints:
    """Return the place of each person's last spouse, -1 for the unmarried and divorced."""
    spouse = np.full(folk.size, -1, dtype=np.int64)
    order = np.argsort(married.start, kind="stable")
    lasting = order[married.ending[order] != DIVORCE]
    spouse[married.wife[lasting]] = married.husband[lasting]
    spouse[married.husband[lasting]] = married.wife[lasting]
    return spouse


def _eldest(folk: People, mother: Ints, *, seed: int) -> Ints:
    child = np.full(folk.size, -1, dtype=np.int64)
    grown = np.flatnonzero((mother >= 0) & (folk.death == NEVER) & chance(seed, folk.ids, "helps parents", 0.9))
    order = grown[np.argsort(-folk.birth[grown], kind="stable")]
    child[mother[order]] = order
    return child
