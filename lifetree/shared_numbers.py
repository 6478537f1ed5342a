"""Numbers that should be one's alone and that several entities bear: issued twice, copied or mistyped."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from engine.settings import Project
from engine.store import Run
from engine.values import KINDS


def shared_numbers(run: Run, project: Project, text: str, *, subjects: Iterable[str]) -> list[str]:
    """Return a warning for each exclusive identifier of which several entities bear `text`, now or formerly.

    Each entity stands with the first and the last time that a record of its told the number: a number that was issued
    twice and then changed for one is valid for both, each in its interval. Cost: one scan of `attribute_values`.
    """
    warnings = []
    for name in subjects:
        subject = project.subjects[name]
        for identifier in subject.identifiers:
            kind = KINDS[subject.attributes[identifier.attribute].kind]
            number = pl.DataFrame({"text": [text]}).select(kind.match(kind.clean(pl.col("text")))).item()
            if not identifier.exclusive or not number:
                continue
            attributes = [one for one in (identifier.attribute, identifier.former) if one]
            bearing = run.scan("attribute_values", subject=name).filter(pl.col("attribute").is_in(attributes))
            borne = bearing.filter(kind.match(pl.col("value")) == number).group_by("entity_id")
            seen = borne.agg(pl.col("first_seen").min(), pl.col("last_seen").max()).sort("entity_id").collect()
            if seen.height > 1:
                told = ", ".join(_told(*row) for row in seen.iter_rows())
                warnings.append(
                    f"warning: {seen.height:,} entities bear {identifier.attribute} {text} ({name}): issued twice, "
                    f"copied or mistyped; it names nobody alone: {told}"
                )
    return warnings


def _told(entity: str, first: str | None, last: str | None) -> str:
    return f"{entity} ({first} to {last})" if first and first != last else f"{entity} ({first})" if first else entity
