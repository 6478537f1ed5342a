"""One part of a micro-batch: rows of some sources, cleansed together and written as one Parquet file per table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from engine.accounting import account
from engine.durability import sync
from engine.io.ingest import Ingested
from engine.runners.seals import content_hash
from engine.settings import Source
from engine.tables import ACCOUNTS, REJECTS

Frames = dict[str, pl.DataFrame]


class Clean(Protocol):
    """Cleanses rows of one source: `records.<subject>`, findings, rejects, accounts and what the rows tell, by name."""

    def __call__(self, rows: pl.DataFrame, *, source: Source, replaced: str | None = None) -> Frames:
        """Return the tables by name; rows delivered before `replaced` count no more."""


def write_part(
    folder: Path, place: int, delivered: Mapping[str, Ingested], *, sources: Mapping[str, Source], clean: Clean
) -> dict[str, Any]:
    """Write the tables that the rows of each source become, rows included, and return what a manifest says of them."""
    tables: dict[str, list[pl.DataFrame]] = {}
    unread = [REJECTS.empty()]
    for name, one in delivered.items():
        made = clean(one.rows, source=sources[name]) if one.rows.height else {}
        unread.append(one.rejects)
        for table, frame in {"rows": one.rows, **made}.items():
            if frame.height:
                tables.setdefault(table, []).append(frame)
    whole = pl.concat(unread)
    fates = account(pl.concat([ACCOUNTS.empty(), *tables.pop("accounts", [])]), whole, sources=tuple(delivered))
    tables["rejects"] = [*tables.get("rejects", []), whole]
    written = {
        name: _written(pl.concat(frames, how="diagonal"), folder, name, place) for name, frames in tables.items()
    }
    return {"sources": sorted(delivered), "accounts": fates.accounts.to_dicts(), "tables": written}


def _written(frame: pl.DataFrame, folder: Path, table: str, place: int) -> dict[str, Any]:
    file = folder / f"{table}-{place:05d}.parquet"
    frame.write_parquet(file)
    sync(file)
    return {
        "file": f"{folder.name}/{file.name}", "rows": frame.height,
        "bytes": file.stat().st_size, "xxh3_128": content_hash(file),
    }  # fmt: skip
