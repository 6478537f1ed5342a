"""How an entity came about, from what a finished run keeps."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.store import Run
from engine.tables import PAIR_KEY
from lifetree.lookup import spelt
from lifetree.rows import clusters_of, members_of, mention_of
from matchers.explain import sequence


def how(run: Run, *, subject: str, record: dict[str, str]) -> dict[str, Any]:
    """Return the entity of a record and the steps that built it, as `matchers.explain.sequence` tells them.

    An unresolved record has the steps of its cluster's signature alone. `names` gives, for every signature in the
    steps, one record that bears it and what it says. `matchers.explain.replay` plays the steps again.
    """
    row = mention_of(run, subject, record).row(0, named=True)
    members = members_of(run, subject, row["entity_id"]) if row["entity_id"] else pl.DataFrame([row])
    ids = members["signature_id"].unique().to_list()
    links = touching(run, subject, ids, table="links")
    conflicts = touching(run, subject, ids, table="conflicts")
    ends = {*ids, *links["signature_l"], *links["signature_r"]}
    steps = sequence(members, links, clusters_of(run, subject, sorted(ends)), conflicts)
    bearers = members.unique("signature_id", keep="first", maintain_order=True)
    names = {one["signature_id"]: spelt(one) for one in bearers.to_dicts()}
    return {"subject": subject, "entity_id": row["entity_id"], "names": names, "steps": steps}


def touching(run: Run, subject: str, ids: list[int], *, table: str) -> pl.DataFrame:
    """Return the rows of a table of pairs with an end among these signatures.

    Cost: a scan of the two columns of the table's keys, which are sorted by the first alone.
    """
    ends = pl.any_horizontal(pl.col(name).is_in(ids) for name in PAIR_KEY)
    return run.scan(table, subject=subject).filter(ends).collect().sort(PAIR_KEY)
