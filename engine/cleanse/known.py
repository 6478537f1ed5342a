"""What delivered values become, worked out once for the rows of many sources: most sources deliver the same kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from engine.cleanse.fields import KnownValues, steps_of
from engine.cleanse.mentions import delivered_value, item_fields, mention_fields
from engine.cleanse.rules import Rulebook
from engine.cleanse.witnesses import witness_fields
from engine.settings import FieldMapping, Source, Subject
from engine.sizing import WORKERS


def known_values(
    deliveries: Iterable[tuple[Source, pl.DataFrame]], *, subjects: Mapping[str, Subject], rulebook: Rulebook
) -> KnownValues:
    """Return what becomes of every value that `cleanse` reads of the rows of sources, for its argument `known`.

    Worth it for few rows of many sources, of which each kind of value costs some hundred small steps. Memory: all
    distinct values of the rows.
    """
    delivered: dict[tuple[str, str | None], list[pl.Series]] = {}
    for source, rows in deliveries:
        fields = dict.fromkeys(_fields(source, subjects))
        read = rows.select(delivered_value(*field, rulebook).alias(str(at)) for at, field in enumerate(fields))
        for (field, kind), values in zip(fields, read, strict=True):
            delivered.setdefault((kind, field.date_format), []).append(values.alias("raw"))

    def worked(key: tuple[str, str | None]) -> pl.DataFrame:
        return steps_of(pl.concat(delivered[key]).drop_nulls().unique().to_frame(), *key, rulebook)

    with ThreadPoolExecutor(WORKERS) as workers:
        return dict(zip(delivered, workers.map(worked, delivered), strict=True))


def _fields(source: Source, subjects: Mapping[str, Subject]) -> Iterator[tuple[FieldMapping, str]]:
    for mention in source.mentions:
        yield from mention_fields(mention, subjects[mention.subject]).values()
    yield from item_fields(source).values()
    yield from witness_fields(source)
