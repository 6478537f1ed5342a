"""Identity: the entity of each cluster, under an id that depends on the founding record alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.hashing import hash128, joined
from engine.tables import ENTITIES, RECORD_ENTITY, RECORD_KEY
from matchers.clustering import AMBIGUOUS, UNRESOLVED

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, upper case: no I, L, O, U."""

DIGITS = 15
"""Characters that carry the 75 bits; one check character follows."""


class Identified(NamedTuple):
    """ENTITIES and RECORD_ENTITY."""

    entities: pl.DataFrame
    record_entity: pl.DataFrame


def identify(clusters: pl.DataFrame, record_signature: pl.DataFrame, records: pl.DataFrame, *, salt: str) -> Identified:
    """Return the entities, and the entity of each record: null where its cluster is none.

    A cluster that is unresolved or ambiguous is no entity. The founding record of a cluster is the one recorded
    earliest (`recorded_at`, else `delivered_at`), then delivered earliest, then with the smallest source, record_id and
    role; a missing time comes last. `records` needs RECORD_KEY, recorded_at and delivered_at. Whole clusters must be
    given: all records of a cluster at once.
    """
    times = records.select(*RECORD_KEY, "delivered_at", recorded_at=pl.coalesce("recorded_at", "delivered_at"))
    members = record_signature.join(clusters, on="signature_id").join(times, on=list(RECORD_KEY))
    resolved = members.filter(~pl.col("state").is_in([AMBIGUOUS, UNRESOLVED]))
    founded = resolved.group_by("cluster_id").agg(
        pl.len().alias("records"),
        pl.col("signature_id").n_unique().alias("signatures"),
        pl.col("source").unique().sort().alias("sources"),
        pl.col("state").first(),
    )
    founded = founded.join(_founding(resolved), on="cluster_id")
    founding = (pl.lit(salt), "founding_source", "founding_record", "founding_role")
    bits = founded.select(hash128(joined(founding))).to_series()
    entities = founded.with_columns(entity_ids(bits))
    return Identified(
        ENTITIES.conform(entities),
        RECORD_ENTITY.conform(members.join(entities.select("cluster_id", "entity_id"), on="cluster_id", how="left")),
    )


def _founding(members: pl.DataFrame) -> pl.DataFrame:
    """Return the founding record of each cluster; narrowing by one column after another spares sorting all records."""
    left = members.select("cluster_id", "recorded_at", "delivered_at", *RECORD_KEY)
    for name in left.columns[1:]:
        left = left.filter(pl.col(name).eq_missing(pl.col(name).min().over("cluster_id")))
    return left.select("cluster_id", founding_source="source", founding_record="record_id", founding_role="role")


def entity_ids(hashes: pl.Series) -> pl.Series:
    """Return the entity ids made of the upper 75 bits of 128-bit hashes, given in decimal digits.

    The check character makes the sum of power(2, 15 - i) times digit i over GF(32) zero: every wrong character, and
    every swap of two different characters, is found (Reed and Solomon 1960).

    >>> entity_ids(pl.Series(["0", "340282366920938463463374607431768211455"])).to_list()
    ['0000000000000000', 'ZZZZZZZZZZZZZZZN']
    """
    number = hashes.rename("h").cast(pl.UInt128).to_frame()
    digits = number.select(
        (pl.col("h") // pl.lit(2 ** (123 - 5 * i), pl.UInt128) % pl.lit(32, pl.UInt128)).cast(pl.UInt8).alias(str(i))
        for i in range(DIGITS)
    ).to_numpy()
    values = np.column_stack([digits, _syndrome(digits)])
    letters = np.frombuffer(ALPHABET.encode(), np.uint8)[values]
    texts = np.ascontiguousarray(letters).view(f"S{DIGITS + 1}").ravel().astype(str)
    return pl.Series("entity_id", texts.tolist(), pl.String)


def valid_entity_id(text: str) -> bool:
    """Return whether `text` is 16 characters of the alphabet, upper case, with the right check character.

    >>> valid_entity_id("ZZZZZZZZZZZZZZZN"), valid_entity_id("ZZZZZZZZZZZZZZNZ")
    (True, False)
    """
    if len(text) != DIGITS + 1 or not set(text) <= set(ALPHABET):
        return False
    values = np.array([[ALPHABET.index(letter) for letter in text]], np.uint8)
    return bool(_syndrome(values[:, :DIGITS])[0] == values[0, DIGITS])


def _products() -> npt.NDArray[np.uint8]:
    """Return power(2, 15 - i) times v in row i, column v, over GF(32) with x^5 + x^2 + 1."""
    row = list(range(32))
    rows = []
    for _ in range(DIGITS):
        row = [(value << 1) ^ (0b100101 if value & 16 else 0) for value in row]
        rows.append(row)
    return np.array(rows[::-1], np.uint8)


_PRODUCTS = _products()


def _syndrome(digits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the check digit of each row of 15 digits."""
    check = np.zeros(len(digits), np.uint8)
    for i in range(DIGITS):
        check ^= _PRODUCTS[i][digits[:, i]]
    return check
