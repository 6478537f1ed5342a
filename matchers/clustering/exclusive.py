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


def _once_per_source(signatures: pl.DataFrame) -> pl.DataFrame:
    held = signatures.select("signature_id", "sources").explode("sources").drop_nulls("sources")
    return held.select(
        "signature_id", attribute=pl.lit("source ") + pl.col("sources"), value=pl.col("signature_id").cast(pl.String)
    )
