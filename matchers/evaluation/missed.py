"""What becomes of true pairs that a run misses: laid before a person, in conflict, undecided, or lost silently."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl

from engine.tables import PAIR_KEY
from matchers.clustering import components
from matchers.evaluation.surplus import homes
from matchers.judgements.queue import CONTRADICTION

WAYS = ("review", "conflict", "ambiguous", "sought", "unresolved", "neither")
"""Where a missed pair stands; of several the first."""

RECORD_WAYS = (*WAYS[:4], "others", *WAYS[4:])
"""Where a record that is apart stands; of several the first."""

_TIE = ["truth", "part", "part_r"]
_NONE = {"signature_l": pl.Int64, "signature_r": pl.Int64}


class _Parts(NamedTuple):
    """`units`: n, entity_id, part, state, `reach` by signature and truth; `torn` and `sought`: truth and two parts.

    What is in conflict is torn; what is sought is not torn, and neither is tied by review. `asked`: clusters (part)
    that stand alone and in a question.
    """

    units: pl.DataFrame
    torn: pl.DataFrame
    sought: pl.DataFrame
    asked: pl.DataFrame


def missed(
    records: pl.DataFrame,
    *,
    clusters: pl.DataFrame,
    review: pl.DataFrame,
    conflicts: pl.DataFrame,
    sought: pl.DataFrame | None = None,
    lone: pl.DataFrame | None = None,
) -> dict[str, dict[str, Any]]:
    """Return how many true `pairs` of records a run misses and how many `records` are apart, by where they stand.

    `records` holds signature_id, entity_id (null: unresolved) and truth. The parts of a true entity are the clusters
    that hold records of it. `review`: pairs for review between clusters join the two parts, directly or by way of other
    parts of the true entity. `conflict`: CONFLICTS names a pair of signatures of the two clusters. `ambiguous`: a
    signature of the pair could equally join two clusters; `sought`: a pair of that frame (PAIR_KEY: the candidates of
    what stands alone) lies between the two parts; `unresolved`: one is in a cluster that can found no entity.
    `neither`: nobody is told. A record is apart when it is not in the entity that stands for its true one (`homes`);
    how it stands is how it stands to that one. `others`: there is such an entity, and the record's cluster, one of
    `lone` (cluster_id: what stands alone), is in a question, but with others; a `different` to these makes the next
    build look further. Records without a fellow are left out. `joined` is the share of records that are not apart,
    `told` that of records that are joined or do not stand in `neither`; both are null without a record that has
    fellows. No true pair is enumerated: the cost is linear in records, review, conflicts and sought.
    """
    asked = pl.DataFrame(schema=_NONE) if sought is None else sought
    alone = clusters.select("cluster_id").clear() if lone is None else lone
    parts = _parts(records, clusters, review, conflicts, asked, alone)
    return {"pairs": _of_pairs(parts), "records": _of_records(parts, homes(records))}


def _parts(
    records: pl.DataFrame,
    clusters: pl.DataFrame,
    review: pl.DataFrame,
    conflicts: pl.DataFrame,
    sought: pl.DataFrame,
    lone: pl.DataFrame,
) -> _Parts:
    """Return the parts of true entities; of one truth, those of one `reach` are joined by review."""
    bare = records.group_by("signature_id", "truth", "entity_id").agg(n=pl.len().cast(pl.Int64))
    units = bare.join(clusters, on="signature_id", how="left").rename({"cluster_id": "part"})
    parts = units.select("truth", "part").unique().sort("truth", "part").with_columns(node=pl.int_range(pl.len()))
    ties = _between(review, clusters, parts).select(signature_l="node", signature_r="node_r")
    reach = components(ties).rename({"signature_id": "node", "component": "reach"})
    reached = parts.join(reach, on="node", how="left").with_columns(pl.coalesce("reach", "node"))
    torn, asked = (
        _between(pairs, clusters, reached).filter(pl.col("reach") != pl.col("reach_r")).select(_TIE)
        for pairs in (conflicts, sought)
    )
    placed, told = units.join(reached.drop("node"), on=["truth", "part"]), asked.join(torn, on=_TIE, how="anti")
    questions = [review, conflicts.filter(pl.col("reason") == CONTRADICTION), sought]
    open_ends = _questioned(questions, clusters).join(lone.select(part="cluster_id"), on="part", how="semi")
    return _Parts(placed, torn, told, open_ends)


def _questioned(questions: Iterable[pl.DataFrame], clusters: pl.DataFrame) -> pl.DataFrame:
    """Return the clusters (part) that a question between two clusters is about."""
    own = clusters.select("signature_id", "cluster_id")
    pairs = pl.concat([one.select(PAIR_KEY) for one in questions])
    ends = pairs.join(own, left_on="signature_l", right_on="signature_id").join(
        own, left_on="signature_r", right_on="signature_id", suffix="_r"
    )
    between = ends.filter(pl.col("cluster_id") != pl.col("cluster_id_r"))
    return pl.concat([between["cluster_id"], between["cluster_id_r"]]).unique().to_frame("part")


def _between(pairs: pl.DataFrame, clusters: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Return each two parts of a true entity that a pair of signatures lies between, once; `_r` marks the other."""
    own = clusters.select("signature_id", "cluster_id")
    left = pairs.select("signature_l", "signature_r").join(own, left_on="signature_l", right_on="signature_id")
    both = left.join(own, left_on="signature_r", right_on="signature_id", suffix="_r")
    ends = both.select(
        part=pl.min_horizontal("cluster_id", "cluster_id_r"), part_r=pl.max_horizontal("cluster_id", "cluster_id_r")
    )
    apart = ends.filter(pl.col("part") != pl.col("part_r")).unique()
    found = apart.join(parts, on="part").join(
        parts, left_on=["truth", "part_r"], right_on=["truth", "part"], suffix="_r"
    )
    return found.sort("truth", "part", "part_r")


def _of_pairs(parts: _Parts) -> dict[str, Any]:
    units, known, sure = parts.units, pl.col("entity_id").is_not_null(), pl.col("state") != "ambiguous"
    true, together = _pairs(units, "truth"), _pairs(units.filter(known), "truth", "part")
    within = _pairs(units.filter(~known), "truth", "part")
    torn, asked = _across(units, parts.torn), _across(units.filter(sure), parts.sought)
    untold, of_sure, of_known = (
        _pairs(of, "truth") - _pairs(of, "truth", "reach") - _across(of, parts.torn)
        for of in (units, units.filter(sure), units.filter(sure & known))
    )
    neither = of_known - _across(units.filter(sure & known), parts.sought)
    reviewed = _pairs(units, "truth", "reach") - together - within
    ways = (reviewed, torn, untold - of_sure, asked, of_sure - asked - neither + within, neither)
    return {"true": true, "missed": true - together, **dict(zip(WAYS, ways, strict=True))}


def _of_records(parts: _Parts, homes: pl.DataFrame) -> dict[str, Any]:
    fellows = parts.units.filter(pl.col("n").sum().over("truth") > 1)
    home = fellows.join(homes, on=["truth", "entity_id"], how="semi").unique("truth", keep="any")
    known = fellows.join(home.select("truth", "entity_id", "part", "reach"), on="truth", how="left", suffix="_home")
    apart = known.filter(pl.col("entity_id").ne_missing(pl.col("entity_id_home")) | pl.col("entity_id").is_null())
    torn, asked = _to_home(parts.torn, "torn"), _to_home(parts.sought, "asked")
    way = (
        pl.when(pl.col("reach") == pl.col("reach_home")).then(pl.lit("review"))
        .when("torn").then(pl.lit("conflict"))
        .when(pl.col("state") == "ambiguous").then(pl.lit("ambiguous"))
        .when("asked").then(pl.lit("sought"))
        .when(pl.col("part_home").is_not_null() & pl.col("part").is_in(parts.asked["part"].implode()))
        .then(pl.lit("others"))
        .when(pl.col("entity_id").is_null()).then(pl.lit("unresolved"))
        .otherwise(pl.lit("neither"))
    )  # fmt: skip
    by_home = ["truth", "part", "part_home"]
    placed = apart.join(torn, on=by_home, how="left").join(asked, on=by_home, how="left")
    found = dict(placed.group_by(way.alias("way")).agg(pl.col("n").sum()).iter_rows())
    total, counts = int(fellows["n"].sum()), {name: int(found.get(name, 0)) for name in RECORD_WAYS}
    lost = sum(counts.values())
    return {
        "with_fellows": total,
        "apart": lost,
        **counts,
        "joined": (total - lost) / total if total else None,
        "told": (total - counts["neither"]) / total if total else None,
    }


def _to_home(ties: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return each two parts that are tied both ways round, the other as `part_home`, with the column `name`: true."""
    sides = [ties.rename({"part_r": "part_home"}), ties.rename({"part": "part_home", "part_r": "part"})]
    return pl.concat(sides, how="diagonal").with_columns(pl.lit(value=True).alias(name))


def _across(units: pl.DataFrame, ties: pl.DataFrame) -> int:
    """Return the true pairs of records of `units` that lie between two parts that are tied."""
    sizes = units.group_by("truth", "part").agg(pl.col("n").sum())
    both = ties.join(sizes, on=["truth", "part"]).join(
        sizes, left_on=["truth", "part_r"], right_on=["truth", "part"], suffix="_r"
    )
    return int((both["n"] * both["n_r"]).sum())


def _pairs(units: pl.DataFrame, *by: str) -> int:
    n = units.group_by(by).agg(pl.col("n").sum())["n"]
    return int((n * (n - 1) // 2).sum())
