"""What keeps two signatures apart: two values of an exclusive identifier, or a source that holds a subject once."""

from __future__ import annotations

import polars as pl

from engine.settings import Identifier, Subject


def generic_rule(identifier: Identifier) -> str:
    """Return what stands as `blocking_rule` beside a generic value of this identifier."""
    return f"identifier {identifier.attribute}"


def exclusive_values(signatures: pl.DataFrame, generic: pl.DataFrame, *, subject: Subject) -> pl.DataFrame:
    """Return signature_id, attribute and value of every exclusive identifier, without nulls and generic values.

    Where only records of different sources are compared, each source holds a subject once: it is an attribute of which
    every signature bears a value of its own.
    """
    parts = [pl.DataFrame(schema={"signature_id": pl.Int64, "attribute": pl.String, "value": pl.String})]
    for identifier in subject.identifiers:
        if identifier.exclusive:
            common = generic.filter(pl.col("blocking_rule") == generic_rule(identifier)).select("value")
            parts.append(
                signatures.select(
                    "signature_id", attribute=pl.lit(identifier.attribute), value=pl.col(identifier.attribute)
                )
                .drop_nulls("value")
                .join(common, on="value", how="anti")
            )
    if subject.pairs == "between_sources":
        parts.append(_once_per_source(signatures))
    return pl.concat(parts).unique()


def doubted_values(signatures: pl.DataFrame, links: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """Return signature_id and attribute of identifiers that were copied: they keep nothing apart.

    Where one value is borne by groups that contradict each other, it belongs to the group that most sources know, then
    the one of most signatures, then of the smallest hub; the others bear it by mistake.
    """
    apart = conflicts.filter((pl.col("reason") == "contradiction") & pl.col("attribute").is_not_null())
    hubs = pl.concat(apart.select("attribute", "value", hub=side) for side in ("signature_l", "signature_r")).unique()
    stars = links.filter(pl.col("reason") == "identifier")
    ends = pl.concat(
        [
            stars.select(hub="signature_l", signature_id="signature_r"),
            stars.select(hub="signature_r", signature_id="signature_l"),
            hubs.select("hub", signature_id="hub").unique(),
        ]
    )
    found = []
    for attribute in hubs["attribute"].unique().sort():
        borne = signatures.select("signature_id", pl.col("sources").list.len().alias("known"), value=attribute)
        members = (
            hubs.filter(pl.col("attribute") == attribute).join(ends, on="hub").join(borne, on=["signature_id", "value"])
        )
        strength = members.group_by("value", "hub").agg(pl.col("known").sum(), pl.len())
        owners = strength.sort("value", "known", "len", "hub", descending=[False, True, True, False]).unique(
            "value", keep="first", maintain_order=True
        )
        found.append(members.join(owners, on=["value", "hub"], how="anti").select("signature_id", "attribute"))
    empty = pl.DataFrame(schema={"signature_id": pl.Int64, "attribute": pl.String})
    return pl.concat([empty, *found]).unique()


def _once_per_source(signatures: pl.DataFrame) -> pl.DataFrame:
    held = signatures.select("signature_id", "sources").explode("sources").drop_nulls("sources")
    return held.select(
        "signature_id", attribute=pl.lit("source ") + pl.col("sources"), value=pl.col("signature_id").cast(pl.String)
    )
