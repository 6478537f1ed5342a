"""The persons of the cell behind its legal entities: representatives, shareholders, directors, beneficiaries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, year_of
from engine.city.world.draws import Ints, below, chance
from engine.city.world.facts import facts
from engine.city.world.firm_life import Window, firm_facts
from engine.city.world.firms import BRANCH, COMPANY, PARTNERS, SOLE, STOCK, TRADER, adults
from engine.city.world.tables_of import relation_rows

SPLITS = ((100,), (60, 40), (51, 49), (40, 30, 30), (34, 33, 33), (70, 20, 10))


class Roles(NamedTuple):
    """One entry a post: its type, the firm's and the person's place, first and last day, what it is."""

    kind: np.ndarray
    firm: Ints
    person: Ints
    start: Ints
    end: Ints
    detail: np.ndarray


class Posts(NamedTuple):
    """All posts; the changes of representative, and the firms whose shares do not sum to 100."""

    roles: Roles
    changes: list[pl.DataFrame]
    unsound: Ints
    banned: Ints
    """Places in `roles` of representatives who had one revoked less than three years before."""


def posts(span: Window) -> Posts:
    """Return who holds which post from when to when."""
    core, known = span.core, span.known
    representatives, banned = _representatives(span)
    holders, unsound = _holders(span)
    parts = [*representatives, *holders, *_boards(span)]
    roles = Roles(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    changes = [
        firm_facts("CHG.LR", part.firm, part.start, person=part.person, detail="法定代表人变更")
        for part in representatives[1:]
    ]
    sells = np.flatnonzero(
        (known.form <= PARTNERS)
        & chance(core.seed, known.ids, "share sold", 0.1)
        & (known.established + 800 < span.last)
    )
    changes.append(
        firm_facts("CHG.SHARE", sells, known.established[sells] + 700, person=known.head[sells], detail="股权转让")
    )
    return Posts(roles, changes, unsound, banned)


def _role(kind: str, firm: Ints, person: Ints, start: Ints, end: Ints, detail: str | np.ndarray = "") -> Roles:
    ok = (person >= 0) & (start < end)
    said = np.full(len(firm), detail, dtype=object) if isinstance(detail, str) else detail
    return Roles(np.full(int(ok.sum()), kind, dtype=object), firm[ok], person[ok], start[ok], end[ok], said[ok])


def _representatives(span: Window) -> tuple[list[Roles], Ints]:
    """The first one, and up to two later; those of a new firm who had one revoked shortly before are `banned`."""
    core, known = span.core, span.known
    person, banned = _banned(span)
    start = known.established
    parts = []
    for turn in range(3):
        change = start + 500 + below(core.seed, known.ids, f"new representative {turn}", 3500)
        moves = (
            chance(core.seed, known.ids, f"replaces representative {turn}", 0.3) & (known.form != TRADER) & (turn < 2)
        )
        end = np.where(moves & (change < span.last), change, NEVER)
        who = np.flatnonzero(start < NEVER)
        parts.append(_role("LEGAL_REP_OF", who, person[who], start[who], np.minimum(end, known.ended)[who]))
        start = end
        person = adults(
            core, known.ids, known.cell, np.where(end < NEVER, end, known.established), f"representative {turn}"
        )
    return parts, banned


def _banned(span: Window) -> tuple[Ints, Ints]:
    core, known = span.core, span.known
    person = known.head.copy()
    base = np.arange(known.size) // 85 * 85
    banned = np.zeros(known.size, dtype=bool)
    for attempt in range(60):
        place = base + below(core.seed, known.ids, f"revoked before {attempt}", 85)
        gap = known.established - known.revoked[place]
        fits = (gap > 0) & (gap < 1000) & (known.head[place] >= 0) & ~banned & (known.form <= PARTNERS)
        fits &= core.last[np.maximum(known.head[place], 0)] > known.established
        person = np.where(fits, known.head[place], person)
        banned |= fits
    return person, np.flatnonzero(banned)


def _holders(span: Window) -> tuple[list[Roles], Ints]:
    core, known = span.core, span.known
    owned = np.isin(known.form, (COMPANY, STOCK, SOLE, PARTNERS))
    plan = below(core.seed, known.ids, "split", len(SPLITS))
    plan = np.where(known.form == SOLE, 0, plan)
    unsound = owned & chance(core.seed, known.ids, "shares wrong", 0.035) & (plan > 0)
    parts: list[Roles] = []
    for rank in range(3):
        share = np.array([split[rank] if rank < len(split) else 0 for split in SPLITS])[plan]
        share = np.where(unsound & (rank == 1), share + 5, share)
        holder = known.head if rank == 0 else adults(core, known.ids, known.cell, known.established, f"holder {rank}")
        led = (known.group >= 0) & (rank == 0)
        holder = np.where(led, -1, holder)
        who = np.flatnonzero(owned & (share > 0))
        text = np.array([f"{value}.00" for value in range(110)], dtype=object)[share[who]]
        parts.append(_role("SHAREHOLDER_OF", who, holder[who], known.established[who], known.ended[who], text))
        big = who[share[who] > 25]
        parts.append(_role("BENEFICIARY_OF", big, holder[big], known.established[big], known.ended[big]))
    return parts, np.flatnonzero(unsound)


def _boards(span: Window) -> list[Roles]:
    core, known = span.core, span.known
    parts = []
    who = np.flatnonzero((known.form <= STOCK) | (known.form >= BRANCH + 3) & (known.form < 10))
    for word, rate in (("董事", 0.5), ("监事", 0.7), ("经理", 0.5)):
        sits = who[chance(core.seed, known.ids[who], word, rate)]
        person = adults(core, known.ids[sits], known.cell[sits], known.established[sits], word)
        parts.append(_role("DIRECTOR_OF", sits, person, known.established[sits], known.ended[sits], word))
    return parts


def role_relations(span: Window, roles: Roles) -> list[pl.DataFrame]:
    """Return posts as relations from persons to firms, and the relations among firms."""
    core, known = span.core, span.known
    detail = np.array([text or None for text in roles.detail], dtype=object)
    parts = []
    for kind in ("LEGAL_REP_OF", "SHAREHOLDER_OF", "BENEFICIARY_OF", "DIRECTOR_OF"):
        at = roles.kind == kind
        parts.append(relation_rows(("person", core.ids[roles.person[at]]), kind, ("firm", known.ids[roles.firm[at]]),
                roles.start[at], roles.end[at], detail[at]))  # fmt: skip
    for kind, other in (("BRANCH_OF", known.parent), ("SUBSIDIARY_OF", known.group)):
        who = np.flatnonzero(other >= 0)
        parts.append(
            relation_rows(
                ("firm", known.ids[who]),
                kind,
                ("firm", known.ids[other[who]]),
                known.established[who],
                known.ended[who],
            )
        )
    led = np.flatnonzero(known.group >= 0)
    led = led[np.isin(known.form[led], (COMPANY, STOCK))]
    parts.append(relation_rows(("firm", known.ids[known.group[led]]), "SHAREHOLDER_OF", ("firm", known.ids[led]),
            known.established[led], known.ended[led], _lead_share(span, led)))  # fmt: skip
    return parts


def _lead_share(span: Window, led: Ints) -> np.ndarray:
    plan = below(span.core.seed, span.known.ids[led], "split", len(SPLITS))
    return np.array([f"{split[0]}.00" for split in SPLITS], dtype=object)[plan]


def role_events(span: Window, roles: Roles) -> pl.DataFrame:
    """Return the taking of a post or a share as events of the person."""
    words = {"LEGAL_REP_OF": "法定代表人", "SHAREHOLDER_OF": "股东", "DIRECTOR_OF": "董监高", "BENEFICIARY_OF": ""}
    said = np.array([words[kind] for kind in roles.kind], dtype=object)
    at = (said != "") & (roles.start >= span.core.people.birth[roles.person]) & (year_of(roles.start) > 1949)
    return facts("BIZ.ROLE", roles.person[at], roles.start[at], firm=span.known.ids[roles.firm[at]], detail=said[at],
        town=span.known.town[roles.firm[at]])  # fmt: skip
