"""Judgements lifted from records to the signatures of a run: also where a record came back under another key."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.tables import PAIR_KEY, RECORD_KEY
from matchers.judgements.disputes import conflicts_of, disputes

_VALUES = ["source", "role", "values"]


class Lifted(NamedTuple):
    """What the judgements of one subject come to.

    `judged`: signature_l < signature_r and judgement, one row per pair. `disputed`: JUDGEMENT_CONFLICTS that show only
    among signatures. `orphans`: the keys of judged records that are gone. `moved`: those that hold for the records of
    the same values instead, with one of these (`moved_to`).
    """

    judged: pl.DataFrame
    disputed: pl.DataFrame
    orphans: pl.DataFrame
    moved: pl.DataFrame


def of_subject(judgements: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Return the judgements that name `subject` or none."""
    return judgements.filter(pl.col("subject").is_null() | (pl.col("subject") == subject))


def judged_records(judgements: pl.DataFrame) -> pl.DataFrame:
    """Return the keys of all judged records, each once, sorted; `collapse` gives each a signature of its own."""
    return _ends(judgements).select(RECORD_KEY).unique().sort(RECORD_KEY)


def sought_values(judgements: pl.DataFrame) -> pl.DataFrame:
    """Return source, role and values of the judged records of which it is known what they bore, each once, sorted."""
    return _ends(judgements).select(_VALUES).drop_nulls("values").unique().sort(_VALUES)


def lift(judgements: pl.DataFrame, signatures: pl.DataFrame) -> Lifted:
    """Return what the judgements of one subject say of its signatures.

    `signatures` holds RECORD_KEY, signature_id and values: null for the judged records that are there, and every record
    that bears the values of one (`sought_values`) with them. A record that is gone is taken to be the signature of
    those values in its source and role, where there is but one; else it is an orphan and the judgement has no force.
    """
    numbered = judgements.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    ends = _ends(numbered)
    here = signatures.filter(pl.col("values").is_null()).select(*RECORD_KEY, "signature_id")
    found = ends.join(here, on=RECORD_KEY)
    gone = ends.join(here, on=RECORD_KEY, how="anti")
    bearing = (
        signatures.drop_nulls("values")
        .group_by(_VALUES)
        .agg(pl.col("signature_id").unique(), moved_to=pl.col("record_id").min())
        .filter(pl.col("signature_id").list.len() == 1)
        .with_columns(pl.col("signature_id").list.first())
    )
    moved = gone.join(bearing, on=_VALUES)
    sides = pl.concat([found.select("place", "end", "signature_id"), moved.select("place", "end", "signature_id")])
    left, right = (sides.filter(pl.col("end") == end).select("place", "signature_id") for end in ("l", "r"))
    said = (
        numbered.filter(pl.col("judgement") != "unsure")
        .join(left.rename({"signature_id": "signature_l"}), on="place")
        .join(right.rename({"signature_id": "signature_r"}), on="place")
    )
    told = disputes(said.select("place", *PAIR_KEY, "judgement", "judgement_id"))
    return Lifted(
        _pairs(said.join(told, on="place", how="anti")),
        conflicts_of(said, told),
        gone.join(bearing, on=_VALUES, how="anti").select(RECORD_KEY).unique().sort(RECORD_KEY),
        moved.select(*RECORD_KEY, "moved_to").unique().sort(RECORD_KEY),
    )


def _pairs(said: pl.DataFrame) -> pl.DataFrame:
    return (
        said.filter(pl.col("signature_l") != pl.col("signature_r"))
        .select(signature_l=pl.min_horizontal(PAIR_KEY), signature_r=pl.max_horizontal(PAIR_KEY), judgement="judgement")
        .unique()
        .sort(PAIR_KEY)
    )


def _ends(judgements: pl.DataFrame) -> pl.DataFrame:
    """Return the records of either side: RECORD_KEY, values, which end, and `place` where the judgements have one."""
    placed = ["place"] if "place" in judgements.columns else []
    return pl.concat(
        judgements.select(
            *placed,
            end=pl.lit(side),
            source=f"source_{side}",
            record_id=f"record_{side}",
            role=f"role_{side}",
            values=f"values_{side}",
        )
        for side in ("l", "r")
    )
