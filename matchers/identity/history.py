"""History: the entities that each record has borne, and where retired ids lead."""

from __future__ import annotations

import polars as pl

from engine.tables import RECORD_HISTORY, RECORD_KEY


def redirected(redirects: pl.DataFrame) -> pl.DataFrame:
    """Return entity_id, since and `to` of every id that is retired now, chains resolved.

    The latest row of an id holds; where it leads to itself, the id is revived and left out. `to` is null where no id
    took over.

    >>> rows = {"entity_id": ["a", "b", "c", "c"], "since": [2, 3, 2, 4], "to": ["b", "d", "d", "c"]}
    >>> redirected(pl.DataFrame(rows)).rows()
    [('a', 2, 'd'), ('b', 3, 'd')]
    """
    latest = redirects.sort("entity_id", "since").unique("entity_id", keep="last", maintain_order=True)
    retired = latest.filter(pl.col("to").ne_missing(pl.col("entity_id")))
    after = retired.select(to="entity_id", next="to")
    while True:
        onward = retired.join(after.with_columns(moves=pl.lit(value=True)), on="to", how="left", maintain_order="left")
        if not onward["moves"].any():
            return retired.select("entity_id", "since", "to")
        retired = onward.with_columns(to=pl.when("moves").then("next").otherwise("to")).drop("next", "moves")


def paths(record_history: pl.DataFrame, redirects: pl.DataFrame) -> pl.DataFrame:
    """Return one row per record that was ever there, local by record key: what it bore, and how it was last.

    `path` is `since:entity_id` of every entity that it came to, joined by a blank, null where it never was in one;
    `entity_id` the last of them. A record that was away while its entity was merged counts as merged with it.
    `last_id`, signature_id and judged are those of its last row; signature_id is null where it is withdrawn.
    """
    rows = record_history.sort(*RECORD_KEY, "since")
    last = rows.unique(RECORD_KEY, keep="last", maintain_order=True)
    led = redirected(redirects).select(last_id="entity_id", since="since", entity_id="to").drop_nulls("entity_id")
    borne = rows.drop_nulls("entity_id").select(*RECORD_KEY, "since", "entity_id")
    away = borne.unique(RECORD_KEY, keep="last", maintain_order=True).rename({"entity_id": "last_id"})
    merged = away.drop("since").join(led, on="last_id").select(borne.columns)
    came = pl.concat([borne, merged]).sort(*RECORD_KEY, "since")
    stays = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in (*RECORD_KEY, "entity_id"))
    told = (
        came.filter(~stays.fill_null(value=False))
        .with_columns(step=pl.format("{}:{}", "since", "entity_id"))
        .group_by(RECORD_KEY, maintain_order=True)
        .agg(pl.col("step").str.join(" ").alias("path"), pl.col("entity_id").last())
    )
    states = last.select(*RECORD_KEY, "signature_id", "judged", last_id="entity_id")
    return states.join(told, on=RECORD_KEY, how="left", maintain_order="left")


def inscribe(
    record_entity: pl.DataFrame, judged: pl.DataFrame, record_history: pl.DataFrame | None = None, *, ordinal: int
) -> pl.DataFrame:
    """Return the rows of RECORD_HISTORY that run `ordinal` adds; local by record key.

    A record has a new row where its entity, its signature or whether it is `judged` (RECORD_KEY) differs from its last
    row; one that is gone has a row with neither entity nor signature.
    """
    told = judged.select(RECORD_KEY).unique().with_columns(judged=pl.lit(value=True))
    now = record_entity.join(told, on=RECORD_KEY, how="left").with_columns(pl.col("judged").fill_null(value=False))
    names = ["entity_id", "signature_id", "judged"]
    past = RECORD_HISTORY.empty() if record_history is None else record_history
    last = past.sort(*RECORD_KEY, "since").unique(RECORD_KEY, keep="last").select(*RECORD_KEY, *names)
    both = now.select(*RECORD_KEY, *names).join(last, on=RECORD_KEY, how="full", coalesce=True, suffix="_last")
    both = both.with_columns(pl.col("judged").fill_null(value=False))
    changed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_last")) for name in names)
    return RECORD_HISTORY.conform(both.filter(changed).with_columns(since=pl.lit(ordinal)))
