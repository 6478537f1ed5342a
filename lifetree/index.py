"""The index of a run: its signatures by number, block key, identifier and component, in files that are mapped.

A projection: made from the run's tables by whoever asks first, under STORE/index/<run_id>, and let go with its run.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple, cast

import numpy as np
import polars as pl
import pyarrow as pa

from engine.hashing import hash64, joined
from engine.settings import Project, Subject
from engine.store import Run
from engine.tables import PAIR_KEY, RECORD_KEY
from engine.version import code_version
from matchers.blocking import key
from matchers.clustering import components
from matchers.identifiers import bearers
from matchers.masses import silence
from matchers.realtime.accord import discords

CHUNK = 200_000
"""Signatures whose block keys are worked out at a time."""

_POSTINGS = ("blocks", "identifiers", "discords", "regions", "records", "ties")


class Posting(NamedTuple):
    """Rows of signatures by a number: `keys` ascend."""

    keys: np.ndarray[tuple[int], np.dtype[np.int64]]
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]

    def count(self, number: int) -> int:
        """Return how many rows the number has."""
        first, last = np.searchsorted(self.keys, number, "left"), np.searchsorted(self.keys, number, "right")
        return int(last - first)

    def of(self, number: int) -> list[int]:
        """Return the rows of the number."""
        first, last = np.searchsorted(self.keys, number, "left"), np.searchsorted(self.keys, number, "right")
        found: list[int] = self.rows[first:last].tolist()
        return found


class Index(NamedTuple):
    """The signatures of one subject of a run, sorted by their number, and the rows that hold something.

    `signatures`: SIGNATURES as matching reads them with cluster_id, state, entity_id, `region` (the smallest signature
    of its component of links and conflicts), `component` (of links alone), `unit` (of links by identifiers and
    judgements), `quiet`, whether its component is one cluster that nobody judged, `reviewed` and `contradicted`,
    whether it stands in REVIEW and in CONFLICTS. `judged`: signature_l,
    signature_r and judgement. `discords`: the values of identifiers whose bearers do not all agree.
    `records`: the signature of each record, by its key. `links`: LINKS, and `ties` their rows by region.
    """

    signatures: pl.DataFrame
    ids: np.ndarray[tuple[int], np.dtype[np.int64]]
    judged: pl.DataFrame
    links: pl.DataFrame
    blocks: Posting
    identifiers: Posting
    discords: Posting
    regions: Posting
    records: Posting
    ties: Posting

    def row_of(self, signature: int) -> int | None:
        """Return the row of a signature, if it is there."""
        place = int(np.searchsorted(self.ids, signature))
        return place if place < len(self.ids) and self.ids[place] == signature else None


def open_index(project: Project, run: Run, subject: str) -> Index:
    """Return the index of one subject of a run; the first to ask makes it."""
    folder = index_folder(project, run, subject)
    if not folder.is_dir():
        make_index(project, run, subject)
    signatures, judged, links, *postings = (
        _mapped(folder / f"{name}.arrow") for name in ("signatures", "judged", "links", *_POSTINGS)
    )
    listed = (Posting(one["key"].to_numpy(), one["row"].to_numpy()) for one in postings)
    return Index(signatures, signatures["signature_id"].to_numpy(), judged, links, *listed)


def _mapped(file: Path) -> pl.DataFrame:
    """Return a frame whose columns stay in the file and are read where they are looked at."""
    frame: Any = pl.from_arrow(pa.ipc.open_file(pa.memory_map(str(file))).read_all())
    return cast("pl.DataFrame", frame)


def index_folder(project: Project, run: Run, subject: str) -> Path:
    """Return where the index of one subject of a run stands; other code makes its own."""
    return project.path(project.store) / "index" / run.run_id / f"{subject}.{code_version()}"


def make_index(project: Project, run: Run, subject: str) -> Path:
    """Write the index of one subject of a run, and return its folder; those of other code and of lost runs are let go.

    Cost: reads the signatures, links and entities of the subject once; memory: those and their block keys.
    """
    folder = index_folder(project, run, subject)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for other in folder.parents[1].iterdir():
        if not (run.folder.parent / other.name).is_dir():
            shutil.rmtree(other, ignore_errors=True)
    for other in folder.parent.glob(f"{subject}.*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    made = Path(mkdtemp(prefix=".", dir=folder.parent))
    made.chmod(0o755)
    try:
        for name, frame in _tables(run, project.subjects[subject], subject).items():
            frame.rechunk().write_ipc(made / f"{name}.arrow", record_batch_size=max(frame.height, 1))
        if not folder.exists():
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _tables(run: Run, settings: Subject, subject: str) -> dict[str, pl.DataFrame]:
    found = silence(run.read("signatures", subject=subject), run.read("mass_values", subject=subject))
    placed = found.sort("signature_id").join(
        _places(run, subject), on="signature_id", how="left", maintain_order="left"
    )
    regions = placed.select(key="region", row=pl.int_range(pl.len())).sort("key", "row")
    blocks = pl.concat(_block_keys(placed, settings)).sort("key", "row")
    borne, apart = _bearers(placed, settings)
    links = run.read("links", subject=subject)
    of_left = placed.select(signature_l="signature_id", key="region")
    ties = links.select("signature_l", row=pl.int_range(pl.len())).join(of_left, on="signature_l").select("key", "row")
    return {
        "signatures": placed, "judged": _judged(run, subject), "blocks": blocks, "identifiers": borne,
        "discords": apart, "regions": regions, "records": _records(run, subject, placed),
        "links": links, "ties": ties.sort("key", "row"),
    }  # fmt: skip


def _places(run: Run, subject: str) -> pl.DataFrame:
    """Return the cluster, entity, region, component and unit of every signature."""
    links, conflicts = (run.read(name, subject=subject) for name in ("links", "conflicts"))
    edges = pl.concat([links.select(PAIR_KEY), conflicts.select(PAIR_KEY)])
    owners = run.scan("record_entity", subject=subject).select("signature_id", "entity_id").unique().collect()
    clusters = run.read("clusters", subject=subject).select("signature_id", "cluster_id", "state")
    kinds = {
        "region": edges, "component": links, "unit": links.filter(pl.col("reason") != "model"),
    }  # fmt: skip
    judged = pl.concat([one.filter(reason="judgement").select(PAIR_KEY) for one in (links, conflicts)])
    review = run.scan("review", subject=subject).select(PAIR_KEY).collect()
    flags = {"loud": judged, "reviewed": review, "contradicted": conflicts}
    placed = clusters.join(owners, on="signature_id", how="left")
    for name, tied in kinds.items():
        found = components(tied).rename({"component": name})
        placed = placed.join(found, on="signature_id", how="left")
    placed = placed.with_columns(
        pl.col(*kinds).fill_null(pl.col("signature_id")),
        *(pl.col("signature_id").is_in(_ends(pairs).implode()).alias(name) for name, pairs in flags.items()),
    )
    calm = ~pl.col("loud") & pl.col("state").is_in(["whole", "unresolved"])
    one = pl.col("cluster_id").min().over("component") == pl.col("cluster_id").max().over("component")
    return placed.with_columns(quiet=calm.all().over("component") & one).drop("loud")


def _ends(pairs: pl.DataFrame) -> pl.Series:
    return pl.concat([pairs[side] for side in PAIR_KEY]).unique()


def _judged(run: Run, subject: str) -> pl.DataFrame:
    """Return the pairs that judgements link or keep apart."""
    told = [
        run.scan(table, subject=subject).filter(reason="judgement").select(*PAIR_KEY, judgement=pl.lit(judgement))
        for table, judgement in (("links", "same"), ("conflicts", "different"))
    ]
    return pl.concat(told).collect().unique().sort(PAIR_KEY)


def _records(run: Run, subject: str, placed: pl.DataFrame) -> pl.DataFrame:
    """Return key and row of the signature of every record."""
    borne = run.scan("record_signature", subject=subject).select("signature_id", key=hash64(joined(RECORD_KEY)))
    numbered = placed.lazy().select("signature_id", row=pl.int_range(pl.len()))
    return borne.join(numbered, on="signature_id").select("key", "row").sort("key", "row").collect()


def _block_keys(placed: pl.DataFrame, settings: Subject) -> Iterator[pl.DataFrame]:
    """Yield key and row of all block keys, the finer ones among them."""
    numbered = placed.select("signature_id", row=pl.int_range(pl.len()))
    for part in placed.iter_slices(CHUNK):
        keys = key(part, subject=settings).block_keys.join(numbered, on="signature_id")
        yield keys.select(key="block_key", row="row")
        finer = keys.select("row", key="finer").explode("key").drop_nulls("key")
        yield finer.select("key", "row").unique()


def _bearers(placed: pl.DataFrame, settings: Subject) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return key and row of all that bear an identifier, a former value included; and of those that do not agree."""
    numbered = placed.with_columns(row=pl.int_range(pl.len()))
    empty = pl.DataFrame(schema={"key": pl.Int64, "row": pl.Int64})
    parts, apart = [empty], [empty]
    for item in settings.identifiers:
        bearing = bearers(numbered, item)
        hashed = bearing.select(key=hash64(joined([pl.lit(item.attribute), item.attribute])), row="row")
        parts.append(hashed)
        values = discords(bearing, item, subject=settings)
        apart.append(hashed.filter(bearing[item.attribute].is_in(values.implode())))
    found, told = (pl.concat(one).unique().sort("key", "row") for one in (parts, apart))
    return found, told
