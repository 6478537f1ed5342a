"""The truth of the synthetic city: its tables, its settings, and `world`, which makes them for a batch of cells.

Identities. `person_id` = cell x 1,000 + place in the cell (1,000 a cell, living and dead), `firm_id` = cell x 100 +
place (85 a cell), `address_id` >= 0 is a dwelling or office of a cell. Negative `firm_id` and `address_id` are
*institutions* of the city (schools, hospitals, offices) and their premises: they depend on the seed alone and come from
`city`. `household_id` is the person_id of the household's head. Intervals are `[valid_from, valid_to)`, open when
`valid_to` is null. Amounts are in fen (0.01 yuan). Documents bear a `number`; a reversal or correction repeats it.

Recurring facts. Payments, contributions and rides occur monthly or oftener; the world states them for the last
`CitySettings.months` months before `as_of` (before that, the enrolment and the end of a spell say all).

Anomalies. `anomalies` lists every true breach of a constraint of the checker (C01-C30 persons, L01-L15 firms): facts of
life and frauds. The world makes: C01 (MED.VIS and RET.PAY with a dead person's card), C03 (a second death certificate),
C04 (late birth registration), C05 (late death registration), C06 (cremation before the certificate), C07
(marriage under age), C08 (bigamy by two registers), C09 (a divorce whose marriage was registered elsewhere), C10
(a spouse registered as spouse of a near relative), C11 (school at 5 or 9), C12 (two active school registrations), C13
(transfer from a school without enrolment), C14 (a stage entered without the one below), C15 (child labour), C16
(insured in two places), C17 (retired early), C18 (pension after death), C19 (two pensions), C20 (no certification), C21
(moved in without moving out), C22 (two hukou), C23 (mother under 15 or over 50), C24 (a second birth certificate with
father and mother exchanged), C25 (two mothers' births taken for one's: siblings 10 to 180 days apart), C27 (card lent:
a ride far away on the day of a visit), C28 (licence under 18), C29 (enlisted while at school or paid), C30 (foundling
without parents), L01-L15 all but L14. They are numbered by hash and not by place, and a person may break several.
Recording errors, made by the sources and not here: C02 (events before birth through a wrong date or number), C26
(number against date or sex of birth), L14 (one code under two names), and further cases of C05, C21 and L11 by
omission.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.city.firm_tables import FIRM_ADDRESSES, FIRM_EVENTS, FIRM_IDENTIFIERS, FIRM_NAMES, FIRM_PHONES, FIRMS
from engine.tables import Table

_INTERVAL = {"valid_from": pl.Date, "valid_to": pl.Date}

TOWNSHIPS = Table(
    "townships",
    {
        "township": pl.String,
        "name": pl.String,
        "district": pl.String,
        "district_name": pl.String,
        "city_name": pl.String,
        "rural": pl.Boolean,
        "outside": pl.Boolean,
        **_INTERVAL,
        "successor": pl.String,
    },
    ("township", "valid_from"),
)
"""Townships and streets, code of 9 digits (district 6 + 3). `outside`: of another city of the province. A code that
ends by a change of divisions names its `successor`. Stays and addresses bear the code in force at as_of."""

INSTITUTIONS = Table(
    "institutions",
    {
        "firm_id": pl.Int64,
        "kind": pl.String,
        "subject_kind": pl.String,
        "name": pl.String,
        "uscc": pl.String,
        "township": pl.String,
        "address_id": pl.Int64,
        "phone": pl.String,
        "established": pl.Date,
    },
    ("firm_id",),
)
"""`kind`: kindergarten, primary, junior, senior, vocational, university, hospital, clinic, police, civil_affairs,
social_insurance, medical_insurance, housing_fund, tax, market, estate, court, funeral, traffic, exit_entry, education,
health, welfare, staffing, station, army. Of several, a township's or district's own serves its residents."""

PERSONS = Table(
    "persons",
    {
        "person_id": pl.Int64,
        "cell": pl.Int64,
        "sex": pl.Int8,
        "birth": pl.Date,
        "death": pl.Date,
        "ethnicity": pl.String,
        "nationality": pl.String,
        "status": pl.String,
        "mother_id": pl.Int64,
        "father_id": pl.Int64,
        "twin_of": pl.Int64,
        "household_id": pl.Int64,
        "family_role": pl.String,
        "marital": pl.String,
        "education": pl.String,
        "birth_division": pl.String,
        "arrived": pl.Date,
        "left": pl.Date,
    },
    ("person_id",),
)
"""Sex 1 male, 2 female; ethnicity as GB/T 3304 (01-56), nationality as GB/T 2659 letters (CHN, USA, …); `status`:
mainland, hk, macau, taiwan, foreign; `family_role` to the head as GB/T 4761 (01 head, 10 spouse, 20 son, 30 daughter,
40 grandchild, 50 parent, 70 sibling, 97 other); `marital` as GB/T 2261.2 at as_of or death (10, 21, 22, 30, 40);
`education` as GB/T 4658's first digits (10, 20, 30, 40, 60, 70, 80, 90); `birth_division`: the six digits that open the
citizen number; `arrived`: first day in the city of a migrant; `left`: the last day of one who moved away for good."""

NAMES = Table(
    "names",
    {
        "person_id": pl.Int64,
        "name": pl.String,
        "surname": pl.String,
        "given": pl.String,
        "kind": pl.String,
        **_INTERVAL,
        "reason": pl.String,
    },
    ("person_id", "kind", "valid_from"),
)
"""`kind`: placeholder (张丽之女, until registration), registered, latin (the document's roman spelling), alias (a name
in use that no register holds). `reason`: birth, marriage, change (HUK.CHG), document."""

IDENTIFIERS = Table(
    "identifiers",
    {
        "person_id": pl.Int64,
        "scheme": pl.String,
        "identifier": pl.String,
        **_INTERVAL,
        "reason": pl.String,
    },
    ("person_id", "scheme", "valid_from", "identifier"),
)
"""`scheme`: citizen18, citizen15 (documents to 1999), hk_permit, macau_permit, taiwan_permit, hmt_residence,
foreign_permanent, passport, birth_certificate, social_card. `reason`: issue, renewal, fix (HUK.FIX: a corrected number
follows a wrong one), shared (historic: two persons lawfully bore it until the fix), duplicate (a second hukou's)."""

STAYS = Table(
    "stays",
    {
        "person_id": pl.Int64,
        "kind": pl.String,
        "address_id": pl.Int64,
        "township": pl.String,
        **_INTERVAL,
        "reason": pl.String,
    },
    ("person_id", "kind", "valid_from", "address_id"),
)
"""`kind`: hukou; home (where the person lives: dwelling or, of `reason` school or work, a collective address); abroad.
Of hukou and of home one spell follows another without overlap, save a declared double hukou (reason duplicate).
A township outside the city has no `address_id`. `reason`: birth, marriage, household, purchase, rent, study, school,
work, arrival, departure, return, abroad, duplicate."""

PHONES = Table(
    "phones",
    {"person_id": pl.Int64, "phone": pl.String, **_INTERVAL, "owner_id": pl.Int64},
    ("person_id", "valid_from", "phone"),
)
"""The number under which a person is reached; `owner_id` differs from person_id when it is a parent's or spouse's."""

ADDRESSES = Table(
    "addresses",
    {
        "address_id": pl.Int64,
        "township": pl.String,
        "community": pl.String,
        "road": pl.String,
        "number": pl.Int32,
        "estate": pl.String,
        "building": pl.Int32,
        "unit": pl.Int32,
        "room": pl.String,
        "building_id": pl.Int64,
        "collective": pl.Boolean,
    },
    ("address_id",),
)
"""Null estate, building, unit and room where the place has none (villages: community, road = group, number).
`building_id` is equal for all addresses of one building in the whole city: a building of an estate, a house on a road,
a house of a village's group."""

EVENTS = Table(
    "events",
    {
        "person_id": pl.Int64,
        "code": pl.String,
        "date": pl.Date,
        "ordinal": pl.Int32,
        "township": pl.String,
        "other_id": pl.Int64,
        "firm_id": pl.Int64,
        "address_id": pl.Int64,
        "amount": pl.Int64,
        "number": pl.String,
        "detail": pl.String,
        "until": pl.Date,
    },
    ("person_id", "code", "date", "ordinal"),
)
"""A true event of a person. `other_id`: the other person (mother of BIR.CERT, spouse of MAR.*, child of ADP.REG,
ward of GRD.SET); `firm_id`: employer, school, hospital or office; `detail`: the code's own variety
(vaccine, stage of school, reason, kind of document, of insurance, of visit, …); `until`: the end of what it grants."""

RELATIONS = Table(
    "relations",
    {
        "from_kind": pl.String,
        "from_id": pl.Int64,
        "type": pl.String,
        "to_kind": pl.String,
        "to_id": pl.Int64,
        **_INTERVAL,
        "detail": pl.String,
    },
    ("from_kind", "from_id", "type", "to_kind", "to_id", "valid_from"),
)
"""Kinds: person, firm, address. Types of domain: PARENT_OF (detail biological, adoptive, step), SPOUSE_OF (both ways),
GUARDIAN_OF, SIBLING_OF (both ways), HOUSEHOLD_MEMBER (to the head; detail family role), LIVES_AT, OWNS, RENTS,
EMPLOYED_BY, LEGAL_REP_OF, SHAREHOLDER_OF (detail share in percent, two decimals), DIRECTOR_OF (董事, 监事, 经理),
BENEFICIARY_OF, BRANCH_OF, SUBSIDIARY_OF, SUCCESSOR_OF (merger, split, conversion), SAME_AS (a person's double hukou:
both numbers are one person), NOT_SAME_AS (twins; namesakes of one birth date)."""

ANOMALIES = Table(
    "anomalies",
    {
        "subject": pl.String,
        "subject_id": pl.Int64,
        "constraint": pl.String,
        "code": pl.String,
        "date": pl.Date,
        "other_id": pl.Int64,
    },
    ("subject", "subject_id", "constraint", "code", "date"),
)
"""A breach of a constraint that is true in the city, with the event (code, date) that makes it. Subject: person or
legal_entity."""


class City(NamedTuple):
    """What all cells share; a function of the seed."""

    townships: pl.DataFrame
    institutions: pl.DataFrame
    addresses: pl.DataFrame


class World(NamedTuple):
    """The truth of a batch of cells; each frame conforms to the table of its name."""

    persons: pl.DataFrame
    names: pl.DataFrame
    identifiers: pl.DataFrame
    stays: pl.DataFrame
    phones: pl.DataFrame
    addresses: pl.DataFrame
    events: pl.DataFrame
    relations: pl.DataFrame
    firms: pl.DataFrame
    firm_names: pl.DataFrame
    firm_identifiers: pl.DataFrame
    firm_addresses: pl.DataFrame
    firm_phones: pl.DataFrame
    firm_events: pl.DataFrame
    anomalies: pl.DataFrame


__all__ = [
    "ADDRESSES",
    "ANOMALIES",
    "CITY_TABLES",
    "EVENTS",
    "FIRMS",
    "FIRM_ADDRESSES",
    "FIRM_EVENTS",
    "FIRM_IDENTIFIERS",
    "FIRM_NAMES",
    "FIRM_PHONES",
    "IDENTIFIERS",
    "INSTITUTIONS",
    "NAMES",
    "PERSONS",
    "PHONES",
    "RELATIONS",
    "STAYS",
    "TOWNSHIPS",
    "WORLD_TABLES",
    "City",
    "World",
]  # fmt: skip

WORLD_TABLES = {
    table.name: table
    for table in (
        PERSONS, NAMES, IDENTIFIERS, STAYS, PHONES, ADDRESSES, EVENTS, RELATIONS, FIRMS, FIRM_NAMES, FIRM_IDENTIFIERS,
        FIRM_ADDRESSES, FIRM_PHONES, FIRM_EVENTS, ANOMALIES,
    )
}  # fmt: skip

CITY_TABLES = {table.name: table for table in (TOWNSHIPS, INSTITUTIONS, ADDRESSES)}
