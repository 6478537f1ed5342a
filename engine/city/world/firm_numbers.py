"""Numbers, premises and telephones of legal entities over time."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.addresses import addresses
from engine.city.world.calendar import NEVER, dates, day
from engine.city.world.core import Core
from engine.city.world.credit import credit_code, organisation_code, registration_number
from engine.city.world.draws import Flags, Ints, below, chance
from engine.city.world.firms import PREFIXES, SOCIETY, Firms
from engine.city.world.places import township

ONE_CODE = day(2015, 10, 1)
"""From this day firms bear one code for three licences; the older ones change over within two years."""

PREMISES = 1 << 44
AGENTS = 40
"""Registration agents in the city whose address and telephone many firms give."""


def converted(core: Core, known: Firms) -> Ints:
    """Return the day from which the firm bears a unified code, `NEVER` if it ended before."""
    days = np.where(
        known.established >= ONE_CODE, known.established, ONE_CODE + below(core.seed, known.ids, "converted", 800)
    )
    return np.where(days < np.minimum(known.ended, core.as_of), days, NEVER)


def misplaced(core: Core, known: Firms) -> Flags:
    """Return whose unified code bears another division than the registered one, without a move."""
    return chance(core.seed, known.ids, "misplaced code", 0.016)


def recoded(core: Core, known: Firms) -> Ints:
    """Return the day on which a firm is wrongly given a second unified code, `NEVER` for nearly all."""
    since = converted(core, known)
    days = since + 200 + below(core.seed, known.ids, "recoded on", 1000)
    wrong = chance(core.seed, known.ids, "recoded", 0.022) & (since < NEVER)
    return np.where(wrong & (days < np.minimum(known.ended, core.as_of)), days, NEVER)


def numbers(core: Core, known: Firms) -> pl.DataFrame:
    """Return the table of identifiers of firms."""
    district = core.known.districts[known.town]
    other = core.known.districts[(known.town + 9) % core.known.inside]
    division = np.where(misplaced(core, known), other, district)
    since = converted(core, known)
    serial = np.where(known.established >= ONE_CODE, 100_000_000, 10_000_000) + known.ids
    prefix = np.array(PREFIXES)[known.form]
    code = credit_code(prefix, division, serial)
    again = recoded(core, known)
    second = credit_code(prefix, division, 200_000_000 + known.ids)
    own = np.arange(known.size)
    last = known.ended
    parts = []

    def add(scheme: str, among: Flags, number: np.ndarray, start: Ints, end: Ints) -> None:
        who = own[among & (start < end)]
        parts.append(_rows(known.ids[who], scheme, number[who], start[who], end[who]))

    has = since < NEVER
    add("uscc", has, code, since, np.minimum(again, last))
    add("uscc", again < NEVER, second, again, last)
    before = known.established < ONE_CODE
    until = np.minimum(since, last)
    organisation = organisation_code(serial)
    add("org_code", before, organisation, known.established, until)
    business = before & (known.form < SOCIETY)
    modern = registration_number(district, known.ids % 30_000_000)
    digits = pl.Series(modern, dtype=pl.String)
    old = (digits.str.slice(0, 6) + digits.str.slice(7, 7)).to_numpy()
    add("reg_no", business, old, known.established, np.minimum(until, np.maximum(day(2007, 6), known.established)))
    add("reg_no", business, modern, np.maximum(known.established, day(2007, 6)), until)
    tax = pl.select(pl.concat_str(pl.Series(district, dtype=pl.String), pl.Series(organisation))).to_series().to_numpy()
    add("tax_no", before, tax, np.maximum(known.established, day(1994)) + 20, until)
    return pl.concat(parts)


def _rows(ids: Ints, scheme: str, number: np.ndarray, start: Ints, end: Ints) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "firm_id": ids,
            "scheme": pl.Series([scheme]).new_from_index(0, len(ids)),
            "identifier": pl.Series(number, dtype=pl.String),
            "valid_from": dates(start),
            "valid_to": dates(end),
        }
    )


def premises(core: Core, known: Firms) -> tuple[pl.DataFrame, pl.DataFrame, list[tuple[Ints, Ints, Ints]]]:
    """Return where firms sit over time, those addresses, and the moves (`who`, day, address)."""
    seed, ids = core.seed, known.ids
    start = known.established
    frames, moves, content = [], [], []
    agent = chance(seed, ids, "at an agent's", 0.12) & (known.form < SOCIETY)
    stable = known.form >= 10
    for turn in range(3):
        who = np.flatnonzero(start < np.minimum(known.ended, core.as_of))
        stays = 300 + below(seed, ids, f"stays {turn}", 5500)
        end = np.where(chance(seed, ids, f"moves on {turn}", 0.45) & ~stable & (turn < 2), start + stays, NEVER)
        end = np.where(end < np.minimum(known.ended, core.as_of), end, NEVER)
        crosses = chance(seed, ids, f"another town {turn}", 0.35) & (turn > 0)
        town = np.where(crosses, township(seed, ids, f"town {turn}", core.known), known.town)
        desk = below(seed, ids, "agent", AGENTS)
        address = np.where(agent & (turn == 0), PREMISES * 2 + desk, PREMISES + ids * 4 + turn)
        town = np.where(agent & (turn == 0), desk % core.known.inside, town)
        frames.append(pl.DataFrame({"who": who, "address": address[who], "town": town[who], "start": start[who],
                "end": np.minimum(end, known.ended)[who]}))  # fmt: skip
        content.append(addresses(seed, address[who], town[who], core.known, premises=True))
        if turn:
            moves.append((who, start[who], address[who]))
        start = end
    return pl.concat(frames), pl.concat(content).unique("address_id", maintain_order=True), moves


def telephones(core: Core, known: Firms) -> pl.DataFrame:
    """Return the firms' numbers: an agent's for those at its address, the owner's mobile or a land line."""
    ids = known.ids
    agent = chance(core.seed, ids, "at an agent's", 0.12) & (known.form < SOCIETY)
    desk = below(core.seed, ids, "agent", AGENTS)
    land = pl.Series(2_000_000 + below(core.seed, np.where(agent, desk, ids), "land line", 7_900_000)).cast(pl.String)
    mobile = pl.Series(below(core.seed, ids, "mobile", 100_000_000)).cast(pl.String).str.zfill(8)
    uses = chance(core.seed, ids, "gives a mobile", 0.55) & ~agent
    number = pl.select(
        pl.when(pl.Series(uses)).then(pl.lit("139") + mobile).otherwise(pl.lit("0599") + land)
    ).to_series()
    return pl.DataFrame({"firm_id": ids, "phone": number, "valid_from": dates(known.established),
            "valid_to": dates(known.ended), "agency": agent})  # fmt: skip
