"""The single errors of a run: true entities that were merged, and parts of one that were not."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.tables import PAIR_KEY

_PAIR = list(PAIR_KEY)
ERRORS = pl.Schema(
    {
        "truth": pl.String,
        "truth_other": pl.String,
        "pairs": pl.Int64,
        "signature": pl.Int64,
        "signature_other": pl.Int64,
        "match_weight": pl.Int64,
        "reason": pl.String,
    }
)
"""An error by the pair of signatures that shows it best; `pairs` of records are wrong by it. `match_weight` is null
where the two were never compared."""


class Errors(NamedTuple):
    """False merges and misses, both as ERRORS, the worst first."""

    merges: pl.DataFrame
    misses: pl.DataFrame


def errors(records: pl.DataFrame, pairs: pl.DataFrame, links: pl.DataFrame) -> Errors:
    """Return every error of labelled records (signature_id, entity_id, truth).

    A false merge is a true entity in the entity of another one, which has more records there: it is shown by the
    strongest link between the two, or to whatever else, and the one of highest weight comes first. A miss is a part of
    a true entity apart from its largest part, shown by the compared pair that came nearest to joining them; the one
    that the model was surest of comes first, what was never compared last. Of equals the error of most pairs comes
    first, then the smallest keys. `reason` is that of the link; `one signature` where two true entities bear the very
    same values. Cost: linear in records, pairs and links.
    """
    units = records.group_by("signature_id", "truth", "entity_id").agg(pl.len().cast(pl.Int64).alias("n"))
    return Errors(_merges(units, links), _misses(units, pairs))


def _merges(units: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    inside = units.drop_nulls("entity_id")
    guests = _beside_the_largest(inside, home="entity_id", part="truth")
    ends = inside.select("signature_id", "truth", "entity_id")
    crossing = _ends(links.select(*_PAIR, "match_weight", "reason"), ends, on="entity_id").filter(
        pl.col("truth") != pl.col("truth_other")
    )
    same = ends.join(ends, on=["signature_id", "entity_id"], suffix="_other").filter(
        pl.col("truth") != pl.col("truth_other")
    )
    shown = pl.concat(
        [
            crossing.with_columns(rank=pl.lit(1)),
            same.select(
                "entity_id", "truth", "truth_other", signature="signature_id", signature_other="signature_id",
                match_weight=pl.lit(None, pl.Int64), reason=pl.lit("one signature"), rank=pl.lit(0),
            ),
        ],
        how="diagonal",
    )  # fmt: skip
    best = shown.sort(
        "entity_id", "truth", "rank", "match_weight", "signature", "signature_other", "truth_other",
        descending=[False, False, False, True, False, False, False],
    ).unique(["entity_id", "truth"], keep="first", maintain_order=True)  # fmt: skip
    found = guests.join(best, on=["entity_id", "truth"], how="left", suffix="_shown").select(
        "truth",
        "pairs",
        "reason",
        "match_weight",
        truth_other=pl.coalesce("truth_other_shown", "truth_other"),
        signature=pl.coalesce("signature_shown", "signature"),
        signature_other=pl.coalesce("signature_other_shown", "signature_other"),
    )
    return _ordered(found, highest_first=True)


def _misses(units: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    alone = pl.concat_str(pl.lit("signature "), "signature_id")
    parts = units.with_columns(part=pl.coalesce("entity_id", alone))
    fragments = _beside_the_largest(parts, home="truth", part="part")
    ends = parts.select("signature_id", "truth", "part").join(
        fragments.select("truth").unique(), on="truth", how="semi"
    )
    near = _ends(pairs.select(*_PAIR, "match_weight"), ends, on="truth").filter(pl.col("part") != pl.col("part_other"))
    best = near.sort(
        "truth", "part", "match_weight", "signature", "signature_other", descending=[False, False, True, False, False]
    ).unique(["truth", "part", "part_other"], keep="first", maintain_order=True)
    found = fragments.join(best, on=["truth", "part", "part_other"], how="left", suffix="_shown").select(
        "truth",
        "pairs",
        "match_weight",
        truth_other="truth",
        signature=pl.coalesce("signature_shown", "signature"),
        signature_other=pl.coalesce("signature_other_shown", "signature_other"),
        reason=pl.lit(None, pl.String),
    )
    return _ordered(found, highest_first=False)


def _beside_the_largest(units: pl.DataFrame, *, home: str, part: str) -> pl.DataFrame:
    """Return each part of a home but the largest (of equals the smallest), with the pairs between both.

    `signature` and `signature_other` are the smallest of either.
    """
    parts = units.group_by(home, part).agg(pl.col("n").sum(), signature=pl.col("signature_id").min())
    ordered = parts.sort(home, "n", part, descending=[False, True, False])
    first = ordered.unique(home, keep="first", maintain_order=True)
    others = ordered.join(first.select(home, part), on=[home, part], how="anti")
    return others.join(first, on=home, suffix="_other").with_columns(pairs=pl.col("n") * pl.col("n_other"))


def _ends(pairs: pl.DataFrame, ends: pl.DataFrame, *, on: str) -> pl.DataFrame:
    """Return the pairs whose sides agree in `on`, from both sides; `_other` marks what `ends` tells of the other."""
    both = pairs.join(ends, left_on="signature_l", right_on="signature_id").join(
        ends, left_on=["signature_r", on], right_on=["signature_id", on], suffix="_other"
    )
    one = both.rename({"signature_l": "signature", "signature_r": "signature_other"})
    told = [name for name in ends.columns if name not in ("signature_id", on)]
    turned = {name: f"{name}_other" for name in ("signature", *told)}
    other = one.rename(turned | {new: name for name, new in turned.items()})
    return pl.concat([one, other.select(one.columns)])


def _ordered(found: pl.DataFrame, *, highest_first: bool) -> pl.DataFrame:
    return (
        found.select(ERRORS.names())
        .cast(ERRORS)
        .sort(
            "match_weight", "pairs", "truth", "truth_other", "signature", "signature_other",
            descending=[highest_first, True, False, False, False, False],
            nulls_last=True,
        )
    )  # fmt: skip
