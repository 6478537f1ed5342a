"""Rows of a run by their key, from the few files and row groups that can hold them: the cost is that of one look-up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from math import inf
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from engine.hashing import hash64
from engine.store import Run
from engine.tables import PAIR_KEY, RECORD_KEY


def mention_of(run: Run, subject: str, key: Mapping[str, str]) -> pl.DataFrame:
    """Return the row of RECORD_ENTITY with this record key, if there is one."""
    tests = [pl.col(name) == key[name] for name in RECORD_KEY]
    return mentions_of(run, subject, source=key["source"], record_id=key["record_id"]).filter(*tests).collect()


def mentions_of(run: Run, subject: str, *, source: str, record_id: str) -> pl.LazyFrame:
    """Return the rows of RECORD_ENTITY of one record, whatever its roles."""
    indexed = f"{subject}/record_index" in run.manifest["tables"]
    of = {"key": hash64(pl.lit(record_id)), "first": source} if indexed else {"key": None}
    rows = run.part("record_index" if indexed else "record_entity", subject=subject, **of)
    return rows.filter(pl.col("source") == source, pl.col("record_id") == record_id)


def members_of(run: Run, subject: str, entity_id: str) -> pl.DataFrame:
    """Return the rows of RECORD_ENTITY of one entity, sorted."""
    rows = run.part("record_entity", subject=subject, key=hash64(pl.lit(entity_id)))
    return rows.filter(pl.col("entity_id") == entity_id).collect().sort(RECORD_KEY)


def records_of(run: Run, subject: str, keys: Collection[Mapping[str, str]]) -> pl.DataFrame:
    """Return the RECORDS with these keys, in their order."""
    found = []
    for key in keys:
        part = run.part("records", subject=subject, key=hash64(pl.lit(key["record_id"])), first=key["source"])
        found.append(part.filter(*(pl.col(name) == key[name] for name in RECORD_KEY)))
    return pl.concat(pl.collect_all(found))


def signatures_of(run: Run, subject: str, ids: Collection[int]) -> pl.DataFrame:
    """Return the SIGNATURES with these ids, in their order."""
    return _by_signature(run, "signatures", subject, ids)


def clusters_of(run: Run, subject: str, ids: Collection[int]) -> pl.DataFrame:
    """Return the CLUSTERS of these signatures, in their order."""
    return _by_signature(run, "clusters", subject, ids)


def bearers_of(run: Run, subject: str, ids: Collection[int]) -> pl.DataFrame:
    """Return the first row of RECORD_SIGNATURE of each of these signatures, by record key."""
    files = {
        file for one in ids for file in run.files_of("record_signature", subject=subject, key=pl.lit(one, pl.Int64))
    }
    if not files:
        return run.scan("record_signature", subject=subject).head(0).collect()
    rows = pl.concat(pl.scan_parquet(file, hive_partitioning=False, glob=False) for file in sorted(files))
    borne = rows.filter(pl.col("signature_id").is_in([*ids])).collect()
    return borne.sort(RECORD_KEY).unique("signature_id", keep="first", maintain_order=True)


def _by_signature(run: Run, table: str, subject: str, ids: Collection[int]) -> pl.DataFrame:
    """Return the rows of these signatures, in their order; every row group that can hold some is read once."""
    by_file: dict[Path, list[int]] = {}
    for one in ids:
        for file in run.files_of(table, subject=subject, key=pl.lit(one, pl.Int64)):
            by_file.setdefault(file, []).append(one)
    found = pl.concat(rows_at(file, wanted, column="signature_id") for file, wanted in by_file.items())
    order = pl.DataFrame({"signature_id": list(ids)}, schema={"signature_id": pl.Int64})
    return order.join(found, on="signature_id", maintain_order="left").select(found.columns)


def links_of(run: Run, subject: str, ids: Collection[int], *, table: str = "links") -> pl.DataFrame:
    """Return the rows of a table of pairs of which both ends are among these signatures, sorted."""
    files = run.files(table, subject=subject)
    found = pl.concat(rows_at(file, ids, column="signature_l") for file in files)
    return found.filter(pl.col("signature_r").is_in([*ids])).sort(PAIR_KEY)


def rows_at(file: Path, ids: Collection[int], *, column: str) -> pl.DataFrame:
    """Return the rows of a file, sorted by the column, in which it is one of `ids`."""
    stored = pq.ParquetFile(file)
    told = stored.metadata
    place = stored.schema_arrow.names.index(column)
    spans = [told.row_group(n).column(place).statistics for n in range(told.num_row_groups)]
    wanted = [*sorted(ids), inf]
    hit = [n for n, span in enumerate(spans) if span is None or wanted[bisect_left(wanted, span.min)] <= span.max]
    rows = pl.DataFrame(pl.from_arrow(stored.read_row_groups(hit, use_threads=False)))
    return rows.filter(pl.col(column).is_in([*ids]))
