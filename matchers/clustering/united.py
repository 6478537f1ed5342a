"""What identifiers unite by themselves: signatures that no comparison need bring together."""

from __future__ import annotations

import polars as pl

from engine.settings import Subject
from engine.tables import PAIR_KEY
from matchers.clustering.components import components
from matchers.clustering.constrained import broken
from matchers.clustering.exclusive import exclusive_values


def united(
    signatures: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    judged: pl.DataFrame,
    *,
    subject: Subject,
    generic: pl.DataFrame,
) -> pl.DataFrame:
    """Return signature_id and `united`, the smallest signature of its component, sorted by signature_id.

    `links` and `conflicts` are the identifiers' stars. A component that breaks a constraint, or of which a signature
    was judged, is left out: there the weight of every pair may decide. The others are one cluster whatever their pairs
    weigh, for links by identifier come before those of the model.
    """
    found = components(links)
    values = exclusive_values(signatures, generic, subject=subject, among=found.select("signature_id"))
    touched = pl.concat([judged[side] for side in PAIR_KEY]).unique().alias("signature_id").to_frame()
    doubtful = pl.concat(
        [
            broken(found, values, conflicts, max_cluster=subject.max_cluster),
            found.join(touched, on="signature_id", how="semi").select("component").unique(),
        ]
    )
    return found.join(doubtful, on="component", how="anti").rename({"component": "united"}).sort("signature_id")
