"""Breaches of the constraints of legal entities, each with the event that makes it."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.tables import ANOMALIES
from engine.city.world.calendar import NEVER, NOBODY, dates, identities
from engine.city.world.draws import Flags, Ints, chance
from engine.city.world.facts import document
from engine.city.world.firm_life import Mergers, Window, firm_facts, uncleared
from engine.city.world.firm_numbers import converted, misplaced, recoded
from engine.city.world.firm_roles import Posts
from engine.city.world.firms import BRANCH

Breach = tuple[str, pl.DataFrame]


def firm_made(span: Window) -> list[Breach]:
    """Return breaches by events of their own, to be added to the ordinary ones."""
    core, known = span.core, span.known
    own = np.arange(known.size)

    def hit(purpose: str, rate: float, among: Flags) -> Ints:
        return own[among & chance(core.seed, known.ids, purpose, rate)]

    ended = known.ended < core.as_of - 200
    revoked = known.revoked < core.as_of - 700
    gone = hit("acts after end", 0.05, ended)
    licensed = hit("licence after end", 0.05, ended)
    banned = hit("licence after revocation", 0.3, revoked)
    reports = hit("reports after revocation", 0.7, revoked & (known.ended > known.revoked + 395))
    early = hit("acts before start", 0.02, span.business)
    dead_parent = hit("branch of the dead", 0.04, ended & (known.form < BRANCH))
    return [
        ("L01", firm_facts("CHG.SCOPE", gone, known.ended[gone] + 90, detail="经营范围变更")),
        ("L02", firm_facts("LIC.GRANT", licensed, known.ended[licensed] + 60, detail="食品经营许可证")),
        ("L02", firm_facts("LIC.GRANT", banned, known.revoked[banned] + 200, detail="道路运输经营许可证")),
        ("L03", firm_facts("ANN.RPT", reports, known.revoked[reports] + 300, detail="吊销后年度报告")),
        ("L12", firm_facts("LIC.GRANT", early, known.established[early] - 40, detail="安全生产许可证")),
        ("L04", firm_facts("BR.EST", dead_parent, known.ended[dead_parent] + 120, detail="设立分支机构",
                number=document(core.seed, known.ids[dead_parent], "branch of the dead", "澜", 9))),
    ]  # fmt: skip


def firm_found(span: Window, posts: Posts, done: Mergers, lazy: Flags) -> list[Breach]:
    """Return breaches that the ordinary life of firms brings."""
    core, known = span.core, span.known
    own = np.arange(known.size)
    roles = posts.roles
    orphan = own[(known.form == BRANCH) & (known.parent >= 0)]
    orphan = orphan[known.ended[known.parent[orphan]] < known.ended[orphan]]
    died = (roles.kind == "LEGAL_REP_OF") & (core.people.death[roles.person] + 30 < np.minimum(roles.end, core.as_of))
    absorbed = (done.code == "MRG.ABS") & (known.ended[done.source] > done.days + 366)
    second = recoded(core, known)
    again = own[second < NEVER]
    uncleared_firms = uncleared(span)
    elsewhere = own[misplaced(core, known) & (converted(core, known) < NEVER)]
    silent = own[lazy & (known.established < core.as_of - 9 * 365) & (span.last > core.as_of - 365)]
    since = known.established
    return [
        ("L05", firm_facts("DEREG", known.parent[orphan], known.ended[known.parent[orphan]], other=orphan)),
        (
            "L06",
            firm_facts("CHG.LR", roles.firm[died], core.people.death[roles.person[died]], person=roles.person[died]),
        ),
        ("L07", firm_facts("EST", posts.banned, since[posts.banned], person=known.head[posts.banned])),
        ("L08", firm_facts("MRG.ABS", done.source[absorbed], done.days[absorbed], other=done.target[absorbed])),
        ("L09", firm_facts("CHG.SCOPE", again, second[again])),
        ("L10", firm_facts("DEREG", uncleared_firms, known.ended[uncleared_firms])),
        ("L11", firm_facts("EST", posts.unsound, since[posts.unsound])),
        ("L13", firm_facts("EST", elsewhere, since[elsewhere])),
        ("L15", firm_facts("ANN.RPT", silent, since[silent])),
    ]


def firm_anomaly_table(span: Window, breaches: list[Breach]) -> pl.DataFrame:
    """Return the breaches of firms as rows of the table of anomalies."""
    core, known = span.core, span.known
    frame = pl.concat([part.with_columns(constraint=pl.lit(constraint)) for constraint, part in breaches])
    frame = frame.filter(pl.col("day") <= core.as_of)
    other, person = frame["other"].to_numpy(), frame["person"].to_numpy()
    linked = np.where(
        other >= 0, known.ids[np.maximum(other, 0)], np.where(person >= 0, core.ids[np.maximum(person, 0)], NOBODY)
    )
    rows = frame.with_columns(
        subject=pl.lit("legal_entity"),
        subject_id=pl.Series(known.ids[frame["who"].to_numpy()]),
        date=dates(frame["day"].to_numpy()),
        other_id=identities(linked),
    )
    return ANOMALIES.conform(rows.unique(list(ANOMALIES.key), keep="first", maintain_order=True))
