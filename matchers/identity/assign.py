"""Assigning ids where clusters and ids are not one to one: who keeps, who yields, who takes back, who is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from engine.tables import LEDGER, REDIRECTS
from matchers.identity.causes import causes
from matchers.identity.events import Heirs, Parts, events, events_frame
from matchers.identity.evidence import gather_evidence
from matchers.identity.history import redirected
from matchers.identity.inheritance import Part, Path, Rank, take_back
from matchers.identity.naming import FOUNDING, proposed


class Assigned(NamedTuple):
    """`named`: the id of each contested cluster; the rows of LEDGER and REDIRECTS that follow."""

    named: pl.DataFrame
    ledger: pl.DataFrame
    redirects: pl.DataFrame


def assign(
    contested: pl.DataFrame,
    lost: pl.DataFrame,
    parts: pl.DataFrame,
    rivals: pl.DataFrame,
    redirects: pl.DataFrame,
    links: pl.DataFrame,
    apart: pl.DataFrame,
    *,
    salt: str,
    ordinal: int,
    changed: tuple[str, ...],
) -> Assigned:
    """Return the ids of contested clusters and what happened to ids; local by what shares records, ids and clusters.

    A live id goes to the part that claims it (see `take_back`); of several, a cluster keeps the oldest (the run in
    which it was created, then its founding record's time, then the id) and the others retire and redirect to it. A
    cluster without a live id, or with younger ones alone, takes back the retired one that most of its records claim,
    where no other cluster has a better claim to it; else its id is new, made of its founding record and `ordinal`,
    which no id was made of before.
    `links` and `apart` (PAIR_KEY, reason) are what joins signatures, and what keeps them apart.
    """
    live = set(contested.filter("live")["entity_id"])
    held = _parts(parts, rivals)
    retired = set(redirected(redirects)["entity_id"])
    claims = {one: take_back(one, held[one], retired=retired) for one in sorted(held)}
    ages = {row["entity_id"]: _age(row) for row in contested.iter_rows(named=True)}
    fresh = dict(zip(rivals["cluster_id"], proposed(rivals, salt=salt, ordinals=(ordinal,)), strict=True))
    heirs = _inherit(claims, held, live=live, ages=ages, fresh=fresh, ranks=_ranks(rivals))
    told = gather_evidence(parts, links, apart, merged=heirs.merged)
    left = {row["entity_id"]: row for row in contested.iter_rows(named=True)}
    founded = dict(rivals.select("cluster_id", "founded_at").iter_rows())
    rows = events(heirs, held, live, told, left, founded, changed)
    ledger = LEDGER.conform(pl.concat([events_frame(rows, ordinal), _fallen(lost, ordinal, changed)]))
    moved = ledger.filter(pl.col("action").is_in(["retire", "revive"])).with_columns(
        to=pl.when(pl.col("action") == "revive").then("entity_id").otherwise("other_id")
    )
    schema = {"cluster_id": pl.Int64, "entity_id": pl.String}
    named = pl.DataFrame([*heirs.names.items()], schema=schema, orient="row")
    return Assigned(named.sort("cluster_id"), ledger, REDIRECTS.conform(moved))


def _fallen(lost: pl.DataFrame, ordinal: int, changed: tuple[str, ...]) -> pl.DataFrame:
    """Return the LEDGER of live ids that no record in an entity bears any more."""
    none = pl.lit(None, pl.String)
    return LEDGER.conform(
        lost.with_columns(
            causes(("corrected", "withdrawn", "rejudged"), changed),
            since=pl.lit(ordinal), action=pl.lit("retire"), other_id=none, links=pl.lit([]), founded_at=none,
        )
    )  # fmt: skip


def _age(row: Mapping[str, Any]) -> Rank:
    return (row["created"], row["founded_at"] is None, row["founded_at"] or "", row["entity_id"])


def _ranks(rivals: pl.DataFrame) -> dict[int, Rank]:
    """Return what orders clusters: most records, then the oldest founding, then the smallest key."""
    return {
        row["cluster_id"]: (
            -row["records"], row["founded_at"] is None, row["founded_at"] or "", *(row[name] for name in FOUNDING)
        )
        for row in rivals.iter_rows(named=True)
    }  # fmt: skip


def _parts(parts: pl.DataFrame, rivals: pl.DataFrame) -> Parts:
    ranks = _ranks(rivals)
    bearers: dict[str, dict[int, list[tuple[Path, int]]]] = defaultdict(lambda: defaultdict(list))
    counted = (
        parts.drop_nulls("entity_id").group_by("entity_id", "cluster_id", "path").agg(pl.col("records", "stayed").sum())
    )
    stayed: set[tuple[str, int]] = set()
    for one, cluster, path, records, stays in counted.sort("entity_id", "cluster_id", "path").iter_rows():
        stayed |= {(one, cluster)} if stays else set()
        steps = (step.split(":") for step in path.split(" "))
        bearers[one][cluster].append((tuple((int(since), borne) for since, borne in steps), records))
    return {
        one: {
            key: Part(told, (-sum(records for _, records in told), *ranks[key]), (one, key) not in stayed)
            for key, told in by.items()
        }
        for one, by in bearers.items()
    }


def _inherit(
    claims: Mapping[str, Mapping[int, str]],
    held: Parts,
    *,
    live: set[str],
    ages: Mapping[str, Rank],
    fresh: Mapping[int, str],
    ranks: Mapping[int, Rank],
) -> Heirs:
    """Return who is called what: live ids first, then retired ones by the votes of records, then new ones.

    A part that takes an older id back and joins a younger live one is a split, then a merge: the oldest id stays.
    """
    heir = {one: key for one in live for key, claimed in claims.get(one, {}).items() if claimed == one}
    of: dict[int, list[str]] = defaultdict(list)
    for one in sorted(heir, key=lambda one: ages[one]):
        of[heir[one]].append(one)
    names = {key: ids[0] for key, ids in of.items()}
    votes: dict[tuple[int, str], int] = defaultdict(int)
    first: dict[str, int] = {}
    for one, by in claims.items():
        for key, claimed in by.items():
            if claimed not in live:
                votes[key, claimed] += -held[one][key].rank[0]
                for path, _ in held[one][key].bearers:
                    for since, borne in path:
                        first[borne] = min(since, first.get(borne, since))
    revived: set[int] = set()
    given: set[str] = set()
    for key, one in sorted(votes, key=lambda vote: (-votes[vote], first[vote[1]], ranks[vote[0]], vote[1])):
        if one not in given and key not in revived and (key not in of or first[one] < ages[of[key][0]][0]):
            names[key] = one
            given.add(one)
            revived.add(key)
    new = set(fresh) - set(names)
    merged = {key: [one for one in ids if one != names[key]] for key, ids in of.items()}
    merged = {key: ids for key, ids in merged.items() if ids}
    return Heirs({**names, **{key: fresh[key] for key in new}}, merged, heir, revived, new)
