"""What keeps two signatures apart: two values of an exclusive identifier, or a source that holds a subject once."""

from __future__ import annotations

import polars as pl

from engine.expressions import null_where
from engine.settings import Identifier, Subject
from matchers.clustering.components import components


def generic_rule(identifier: Identifier) -> str:
    """Return what stands as `blocking_rule` beside a generic value of this identifier."""
    return f"identifier {identifier.attribute}"


def exclusive_values(
    signatures: pl.DataFrame, generic: pl.DataFrame, *, subject: Subject, among: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return signature_id, attribute and value of every exclusive identifier, without nulls and generic values.

    Of those in `among` (signature_id) alone, where it is given; the changes of values are told by all `signatures`.
    Where only records of different sources are compared, each source holds a subject once: it is an attribute of which
    every signature bears a value of its own. Values that a delivered change ties are one value: the smallest of them.
    """
    parts = [pl.DataFrame(schema={"signature_id": pl.Int64, "attribute": pl.String, "value": pl.String})]
    asked = signatures if among is None else signatures.join(among, on="signature_id", how="semi")
    for identifier in subject.identifiers:
        if identifier.exclusive:
            common = generic.filter(pl.col("blocking_rule") == generic_rule(identifier)).select("value")
            borne = asked.select("signature_id", value=identifier.attribute).drop_nulls("value")
            told = _changes(signatures, identifier, common)
            kept = _one_for_changed(borne.join(common, on="value", how="anti"), told)
            parts.append(kept.select("signature_id", attribute=pl.lit(identifier.attribute), value="value"))
    if subject.pairs == "between_sources":
        parts.append(_once_per_source(asked))
    return pl.concat(parts).unique()


def sure_values(signatures: pl.DataFrame, subject: Subject) -> list[pl.Series]:
    """Return the identifiers that can be unsure (`unsure_when`), null where they are and so keep nothing apart."""
    unsure = {one.attribute: one.unsure_when for one in subject.identifiers if one.unsure_when}
    return null_where(signatures.select(subject.identity_attributes()), unsure)


def _changes(signatures: pl.DataFrame, identifier: Identifier, common: pl.DataFrame) -> pl.DataFrame:
    """Return `new` and `old` of every delivered change; one from or to a generic value ties nobody."""
    if identifier.former is None:
        return pl.DataFrame(schema={"new": pl.String, "old": pl.String})
    told = signatures.select(new=identifier.attribute, old=identifier.former).drop_nulls().unique()
    return told.join(common, left_on="new", right_on="value", how="anti").join(
        common, left_on="old", right_on="value", how="anti"
    )


def _one_for_changed(borne: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Return `borne` with the smallest of the values that changes tie to one another instead of each."""
    if told.is_empty():
        return borne
    values = pl.concat([told["new"], told["old"]]).unique().sort()
    numbers = pl.DataFrame({"value": values, "number": pl.int_range(values.len(), eager=True)})
    links = told.join(numbers.rename({"number": "signature_l"}), left_on="new", right_on="value").join(
        numbers.rename({"number": "signature_r"}), left_on="old", right_on="value"
    )
    tied = components(links).join(numbers, left_on="signature_id", right_on="number")
    first = tied.join(numbers.rename({"value": "first"}), left_on="component", right_on="number")
    return borne.join(first.select("value", "first"), on="value", how="left").select(
        "signature_id", value=pl.coalesce("first", "value")
    )


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
