"""Which judgements have force: those not withdrawn, the last of each person on a pair, and none that is disputed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from engine.hashing import joined
from matchers.judgements.disputes import conflicts_of, disputes
from matchers.judgements.reading import COLUMNS

SIDES = {side: [f"source_{side}", f"record_{side}", f"role_{side}"] for side in ("l", "r")}


class Force(NamedTuple):
    """The judgements that have force, with COLUMNS, and those that are in conflict with each other."""

    judgements: pl.DataFrame
    disputed: pl.DataFrame


def given(decisions: Iterable[Mapping[str, Any]], *, kind: str = "judgement", shown: bool = False) -> pl.DataFrame:
    """Return the judgements that stand of the decisions of a store, with COLUMNS, in the order of their giving.

    Withdrawn ones are left out; of one person on one pair of a subject the last counts. `judgement_id` is the number of
    the decision, with the place of the pair where it has several. `shown` gives the first pair alone of every decision:
    that which was looked at, where one answer counts for several.
    """
    told = list(decisions)
    withdrawn = {name for one in told if one["kind"] == "withdrawal" for name in one["withdraws"]}
    rows = [
        (
            *pair["l"], *pair["r"], one["judgement"], one["decided_by"], one["decided_at"], one["reason"],
            one["subject"], pair.get("values_l"), pair.get("values_r"),
            one["decision"] if len(one["pairs"]) == 1 else f"{one['decision']}.{place}",
        )
        for one in told
        if one["kind"] == kind and one["decision"] not in withdrawn
        for place, pair in enumerate(one["pairs"][:1] if shown else one["pairs"], start=1)
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    ends = (joined(SIDES["l"]), joined(SIDES["r"]))
    about = frame.with_columns(_one=pl.min_horizontal(ends), _other=pl.max_horizontal(ends))
    kept = about.unique(["subject", "decided_by", "_one", "_other"], keep="last", maintain_order=True)
    return kept.drop("_one", "_other")


def in_force(judgements: pl.DataFrame, *, subjects: Collection[str]) -> Force:
    """Return the judgements that have force, each about one subject, and the conflicts (JUDGEMENT_CONFLICTS) of all.

    A judgement without subject stands for every one of `subjects`. `unsure` has no force, neither have judgements in
    conflict: people settle it, by withdrawing one.
    """
    every = pl.lit(list(subjects), pl.List(pl.String))
    told = judgements.filter(pl.col("judgement") != "unsure")
    about = pl.when(pl.col("subject").is_null()).then(every).otherwise(pl.concat_list("subject"))
    placed = told.with_columns(subject=about).explode("subject").filter(pl.col("subject").is_in(list(subjects)))
    placed = placed.sort(COLUMNS).with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    ends = pl.concat(
        placed.select("place", end=pl.lit(side), key=joined(["subject", *keys])) for side, keys in SIDES.items()
    ).with_columns(number=pl.col("key").rank("dense").cast(pl.Int64))
    numbers = [ends.filter(pl.col("end") == side).select("place", "number") for side in SIDES]
    said = (
        placed.select("place", "judgement", "judgement_id")
        .join(numbers[0].rename({"number": "signature_l"}), on="place")
        .join(numbers[1].rename({"number": "signature_r"}), on="place")
    )
    found = disputes(said)
    held = placed.join(found, on="place", how="anti").drop("place").sort(COLUMNS)
    return Force(held, conflicts_of(placed, found))
