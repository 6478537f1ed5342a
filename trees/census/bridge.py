"""The bridge from what a department claims to the agreed list: every step is a list of persons."""

from __future__ import annotations

from typing import Any, NamedTuple

import polars as pl

from trees.census.membership import DEAD, MOVED, OTHER

STEPS = (
    "unexplained", "unresolved", "shared_keys", "duplicates", DEAD, MOVED, OTHER, "set_aside", "found_elsewhere",
    "pending_review",
)  # fmt: skip
"""The steps in order.

unexplained: distinct person keys above or below the claimed figure, which nobody can list. unresolved: keys whose
records tell nobody who can be known (-). shared_keys: persons beyond the first under one key (+). duplicates: keys
beyond the first of one person (-). dead, moved_out, other_definition: persons who do not count (-). set_aside: possible
duplicates that the department holds (-). found_elsewhere: persons of the list that only others hold (+).
pending_review: all possible duplicates of the list, who count until someone decides (+); the figure before this step is
the count if every one of them is confirmed."""

SIGNS = dict(zip(STEPS, (0, -1, 1, -1, -1, -1, -1, -1, 1, 1), strict=True))


class Bridge(NamedTuple):
    """A department's figure, its steps with signed numbers, the agreed count, and `persons`: step, entity_id, key."""

    source: str
    claimed: int
    steps: dict[str, int]
    agreed: int
    persons: pl.DataFrame

    def told(self) -> dict[str, Any]:
        """Return the bridge as programs read it."""
        steps = [{"step": step, "persons": persons} for step, persons in self.steps.items()]
        return {"source": self.source, "claimed": self.claimed, "steps": steps, "agreed": self.agreed}


def bridge(
    source: str, keys: pl.DataFrame, members: pl.DataFrame, pending: pl.DataFrame, *, claimed: int | None = None
) -> Bridge:
    """Return the bridge of one source; claimed + the steps = agreed, exactly.

    `keys`: the source's person keys with the `entity_id` of each, null where no record of the key is resolved; one key
    may stand for several entities and the other way round. `members`: all entities with `reason`, null on the list.
    `pending`: entity_id of possible duplicates on the list. `claimed` unset: its distinct keys.
    """
    every = keys.select("key", "entity_id").unique().sort("key", "entity_id")
    pairs = every.drop_nulls("entity_id")
    own = pairs.unique("entity_id", keep="first", maintain_order=True).join(
        members.select("entity_id", "reason"), on="entity_id", how="left"
    )
    listed = members.filter(pl.col("reason").is_null()).select("entity_id", key=pl.lit(None, pl.String))
    held = own.join(pending, on="entity_id", how="semi")
    elsewhere = listed.join(own, on="entity_id", how="anti").join(pending, on="entity_id", how="anti")
    persons = {
        "unexplained": pairs.clear(),
        "unresolved": every.join(pairs, on="key", how="anti"),
        "shared_keys": pairs.filter(pl.col("entity_id") != pl.col("entity_id").min().over("key")),
        "duplicates": pairs.filter(pl.col("key") != pl.col("key").min().over("entity_id")),
        **{reason: own.filter(pl.col("reason") == reason) for reason in (DEAD, MOVED, OTHER)},
        "set_aside": held.filter(pl.col("reason").is_null()),
        "found_elsewhere": elsewhere,
        "pending_review": listed.join(pending, on="entity_id", how="semi"),
    }
    distinct = every["key"].n_unique()
    told = distinct if claimed is None else claimed
    steps = {step: SIGNS[step] * persons[step].height for step in STEPS} | {"unexplained": distinct - told}
    lists = [
        frame.select(pl.lit(step).alias("step"), "entity_id", "key").sort("entity_id", "key", nulls_last=True)
        for step, frame in persons.items()
    ]
    return Bridge(source, told, steps, listed.height, pl.concat(lists))
