"""How an entity came about, from what a finished run keeps."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.store import Run
from engine.tables import PAIR_KEY
from lifetree.lookup import spelt
from lifetree.rows import bearers_of, clusters_of, members_of, mention_of
from matchers.explain import sequence


def how(run: Run, *, subject: str, record: dict[str, str]) -> dict[str, Any]:
    """Return the entity of a record and the steps that built it, as `matchers.explain.sequence` tells them.

    An unresolved record has the steps of its cluster's signature alone. `state` is that of the record's cluster;
    `names` gives, for every signature in the steps, one record that bears it. `matchers.explain.replay` plays the
    steps again.
    """
    row = mention_of(run, subject, record).row(0, named=True)
    members = members_of(run, subject, row["entity_id"]) if row["entity_id"] else pl.DataFrame([row])
    ids = members["signature_id"].unique().to_list()
    links = touching(run, subject, ids, table="links")
    conflicts = touching(run, subject, ids, table="conflicts")
    ends = sorted({*ids, *(end for frame in (links, conflicts) for side in PAIR_KEY for end in frame[side])})
    clusters = clusters_of(run, subject, ends)
    steps = sequence(members, links, clusters, conflicts)
    state = clusters.filter(pl.col("signature_id") == row["signature_id"])["state"].item()
    names = {one["signature_id"]: spelt(one) for one in bearers_of(run, subject, ends).to_dicts()}
    return {"subject": subject, "entity_id": row["entity_id"], "state": state, "names": names, "steps": steps}


def touching(run: Run, subject: str, ids: list[int], *, table: str) -> pl.DataFrame:
    """Return the rows of a table of pairs with an end among these signatures.

    Cost: a scan of the two columns of the table's keys, which are sorted by the first alone.
    """
    ends = pl.any_horizontal(pl.col(name).is_in(ids) for name in PAIR_KEY)
    return run.scan(table, subject=subject).filter(ends).collect().sort(PAIR_KEY)
