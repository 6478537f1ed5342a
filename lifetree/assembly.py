"""How an entity came about, from what a finished run keeps."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.store import Run
from engine.tables import PAIR_KEY, RECORD_KEY
from lifetree.lookup import spelt
from lifetree.rows import bearers_of, clusters_of, links_from, links_of, links_to, members_of, mention_of
from matchers.explain import sequence

WHOLE = "whole"
"""The state of a cluster that no link leaves: all that is linked with it is in it."""


def how(run: Run, *, subject: str, record: dict[str, str]) -> dict[str, Any]:
    """Return the entity of a record and the steps that built it, as `matchers.explain.sequence` tells them.

    An unresolved record has the steps of its cluster's signature alone. `state` is that of the record's cluster;
    `names` gives, for every signature in the steps, one record that bears it. `matchers.explain.replay` plays the
    steps again.
    """
    row = mention_of(run, subject, record).row(0, named=True)
    members = members_of(run, subject, row["entity_id"]) if row["entity_id"] else pl.DataFrame([row])
    ids = members["signature_id"].unique().to_list()
    whole = (clusters_of(run, subject, ids)["state"] == WHOLE).all()
    links = links_of(run, subject, ids) if whole else touching(run, subject, ids, table="links")
    conflicts = touching(run, subject, ids, table="conflicts")
    ends = sorted({*ids, *(end for frame in (links, conflicts) for side in PAIR_KEY for end in frame[side])})
    clusters = clusters_of(run, subject, ends)
    steps = sequence(members, links, clusters, conflicts)
    state = clusters.filter(pl.col("signature_id") == row["signature_id"])["state"].item()
    own = members.sort(RECORD_KEY).unique("signature_id", keep="first", maintain_order=True)
    strangers = bearers_of(run, subject, [one for one in ends if one not in set(ids)])
    names = {one["signature_id"]: spelt(one) for frame in (own, strangers) for one in frame.to_dicts()}
    return {"subject": subject, "entity_id": row["entity_id"], "state": state, "names": names, "steps": steps}


def touching(run: Run, subject: str, ids: list[int], *, table: str) -> pl.DataFrame:
    """Return the rows of a table of pairs with an end among these signatures.

    Cost: a look-up of the first column, by which the table is sorted, and a scan of the second.
    """
    ends = (links_from(run, subject, ids, table=table), links_to(run, subject, ids, table=table))
    return pl.concat(ends).unique().sort(PAIR_KEY)
