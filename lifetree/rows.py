"""Rows of a run by their key, from the few files and row groups that can hold them: the cost is that of one look-up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from engine.hashing import bucket_of, hash64
from engine.store import Run, Slice, remaining, scan_slices
from engine.tables import PAIR_KEY, RECORD_KEY

ALONE = 4
"""Row groups that one thread reads sooner than several."""


class Spans(NamedTuple):
    """What a Parquet file tells of itself, and the least and the greatest number in a column of each row group."""

    told: pq.FileMetaData
    lows: tuple[int, ...]
    highs: tuple[int, ...]


def mention_of(run: Run, subject: str, key: Mapping[str, str]) -> pl.DataFrame:
    """Return the row of RECORD_ENTITY with this record key, if there is one."""
    return mentions_at(run, subject, [key])[0]


def mentions_at(run: Run, subject: str, keys: Iterable[Mapping[str, str]]) -> list[pl.DataFrame]:
    """Return for each record key the row of RECORD_ENTITY that has it, if there is one; all are looked up at once."""
    asked = [
        mentions_of(run, subject, source=key["source"], record_id=key["record_id"]).filter(
            *(pl.col(name) == key[name] for name in RECORD_KEY)
        )
        for key in keys
    ]
    return pl.collect_all(asked)


def mentions_of(run: Run, subject: str, *, source: str, record_id: str) -> pl.LazyFrame:
    """Return the rows of RECORD_ENTITY of one record, whatever its roles."""
    indexed = f"{subject}/record_index" in run.manifest["tables"]
    of = {"key": hash64(pl.lit(record_id)), "first": source} if indexed else {"key": None}
    rows = run.part("record_index" if indexed else "record_entity", subject=subject, **of)
    return rows.filter(pl.col("source") == source, pl.col("record_id") == record_id)


def members_of(run: Run, subject: str, entity_id: str) -> pl.DataFrame:
    """Return the rows of RECORD_ENTITY of one entity, sorted."""
    return members_at(run, subject, [entity_id])[0]


def members_at(run: Run, subject: str, entity_ids: Iterable[str]) -> list[pl.DataFrame]:
    """Return the rows of RECORD_ENTITY of each entity, sorted; all are looked up at once."""
    asked = [
        run.part("record_entity", subject=subject, key=hash64(pl.lit(one))).filter(pl.col("entity_id") == one)
        for one in entity_ids
    ]
    return [rows.sort(RECORD_KEY) for rows in pl.collect_all(asked)]


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
    return borne_by(run, subject, ids).unique("signature_id", keep="first", maintain_order=True)


def borne_by(run: Run, subject: str, ids: Collection[int]) -> pl.DataFrame:
    """Return the rows of RECORD_SIGNATURE of these signatures, by record key."""
    parts = [
        scan_slices([one]).filter(pl.col("signature_id").is_in(own))
        for one, own in _slices_of(run, "record_signature", subject, ids).items()
    ]
    if not parts:
        return run.scan("record_signature", subject=subject).head(0).collect()
    return pl.concat(pl.collect_all(parts)).sort(RECORD_KEY)


def links_of(run: Run, subject: str, ids: Collection[int], *, table: str = "links") -> pl.DataFrame:
    """Return the rows of a table of pairs of which both ends are among these signatures, sorted."""
    return links_from(run, subject, ids, table=table).filter(pl.col(PAIR_KEY[1]).is_in([*ids])).sort(PAIR_KEY)


def links_from(run: Run, subject: str, ids: Collection[int], *, table: str) -> pl.DataFrame:
    """Return the rows of a table of pairs whose first end is among these signatures."""
    return pl.concat(rows_at(one, ids, column=PAIR_KEY[0]) for one in run.slices(table, subject=subject))


def links_to(run: Run, subject: str, ids: Collection[int], *, table: str) -> pl.DataFrame:
    """Return the rows of a table of pairs whose second end is among these signatures; cost: a scan of that column."""
    return run.scan(table, subject=subject).filter(pl.col(PAIR_KEY[1]).is_in([*ids])).collect()


def _by_signature(run: Run, table: str, subject: str, ids: Collection[int]) -> pl.DataFrame:
    """Return the rows of these signatures, in their order; every row group that can hold some is read once."""
    by_slice = _slices_of(run, table, subject, ids)
    found = pl.concat(rows_at(one, wanted, column="signature_id") for one, wanted in by_slice.items())
    order = pl.DataFrame({"signature_id": list(ids)}, schema={"signature_id": pl.Int64})
    return order.join(found, on="signature_id", maintain_order="left").select(found.columns)


def _slices_of(run: Run, table: str, subject: str, ids: Collection[int]) -> dict[Slice, list[int]]:
    """Return the files that can hold rows of these signatures, each with the signatures that it can hold."""
    buckets = run.manifest.get("buckets", 1)
    numbered = pl.DataFrame({"id": list(ids)}, schema={"id": pl.Int64})
    places = bucket_of(pl.col("id"), buckets=buckets) if buckets > 1 else pl.lit(0)
    by_bucket: dict[int, list[int]] = {}
    for one, bucket in numbered.select("id", bucket=places).iter_rows():
        by_bucket.setdefault(bucket, []).append(one)
    by_slice: dict[Slice, list[int]] = {}
    for own in by_bucket.values():
        for one in run.slices(table, subject=subject, key=pl.lit(own[0], pl.Int64)):
            by_slice.setdefault(one, []).extend(own)
    return by_slice


def rows_at(part: Slice, ids: Collection[int], *, column: str) -> pl.DataFrame:
    """Return the rows of a file, sorted by the column, in which it is one of `ids`, without those that are gone."""
    facts = part.file.stat()
    spans = _spans(part.file, column, (facts.st_mtime_ns, facts.st_size))
    hit = sorted({place for one in ids for place in _places(spans, one)})
    stored = pq.ParquetFile(part.file, metadata=spans.told)
    read = stored.read_row_groups(hit, use_threads=len(hit) > ALONE)
    rows: Any = pl.from_arrow(read.take(np.flatnonzero(np.isin(read[column].to_numpy(), list(ids)))))
    return remaining(pl.DataFrame(rows), part.removed)


def _places(spans: Spans, wanted: int) -> range:
    """Return the row groups that can hold a number: the file is sorted by it."""
    first = last = bisect_left(spans.highs, wanted)
    while last < len(spans.lows) and spans.lows[last] <= wanted:
        last += 1
    return range(first, last)


@lru_cache(maxsize=256)
def _spans(file: Path, column: str, _version: tuple[int, int]) -> Spans:
    """Return what a file tells of itself; `_version` (time of change, bytes) is another when the file is another."""
    told = pq.read_metadata(file)
    place = told.schema.to_arrow_schema().names.index(column)
    groups = [told.row_group(n).column(place).statistics for n in range(told.num_row_groups)]
    return Spans(told, tuple(one.min for one in groups), tuple(one.max for one in groups))
