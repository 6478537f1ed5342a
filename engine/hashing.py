"""Stable named hashes: the same text gives the same number on every machine, version and engine (xxh3)."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import polars_hash  # noqa: F401  # registers the namespace `nchash` on expressions
import xxhash

from engine.tables import Table

SEPARATOR = "\x1f"
MISSING = "\x00"
ESCAPES = {"\x1b": "\x1b\x1b", SEPARATOR: "\x1bs", MISSING: "\x1b0"}
"""What stands for the characters of a value that mean something between values."""

_ESCAPED = str.maketrans(ESCAPES)


def joined(columns: Iterable[str | pl.Expr]) -> pl.Expr:
    r"""Return the columns as one text, unambiguous: null differs from the empty text, and no two rows share a text.

    >>> frame = pl.DataFrame({"a": ["x\x1fy", "x"], "b": ["z", "y\x1fz"]})
    >>> frame.select(joined(["a", "b"])).to_series().to_list()
    ['x\x1bsy\x1fz', 'x\x1fy\x1bsz']
    """
    texts = ((pl.col(column) if isinstance(column, str) else column).cast(pl.String) for column in columns)
    return pl.concat_str([escaped(text).fill_null(MISSING) for text in texts], separator=SEPARATOR)


def escaped(text: pl.Expr) -> pl.Expr:
    """Return the text without `SEPARATOR` and `MISSING`, another for every text; nearly every text stays as it is."""
    return text.map_batches(_escaped, return_dtype=pl.String, is_elementwise=True)


def _escaped(texts: pl.Series) -> pl.Series:
    return texts.str.replace_many(ESCAPES) if texts.str.contains_any([*ESCAPES]).any() else texts


def hash64(text: pl.Expr) -> pl.Expr:
    """Return the xxh3-64 of a text as a signed 64-bit integer (Spark has no unsigned ones)."""
    hashed: pl.Expr = text.nchash.xxh3_64()  # type: ignore[attr-defined]  # registered by polars_hash
    return hashed.reinterpret(signed=True)


def joined_of(values: Iterable[str | None]) -> str:
    """Return what `joined` gives for these values, without a frame."""
    return SEPARATOR.join(MISSING if value is None else value.translate(_ESCAPED) for value in values)


def hash64_of(text: str) -> int:
    r"""Return what `hash64` gives for one text, without a frame.

    >>> row = pl.DataFrame({"a": ["x\x1fy"], "b": pl.Series([None], dtype=pl.String)})
    >>> row.select(hash64(joined(["a", "b"]))).item() == hash64_of(joined_of(["x\x1fy", None]))
    True
    """
    number = xxhash.xxh3_64_intdigest(text.encode())
    return number - 2**64 if number >= 2**63 else number


def hash128(text: pl.Expr) -> pl.Expr:
    """Return the xxh3-128 of a text, in decimal digits."""
    hashed: pl.Expr = text.nchash.xxh3_128()  # type: ignore[attr-defined]  # registered by polars_hash
    return hashed.cast(pl.String)


def bucket_of(key: pl.Expr, *, buckets: int) -> pl.Expr:
    """Return the bucket, 0 to `buckets` - 1, of an integer key; null goes to bucket 0."""
    return (key.reinterpret(signed=False) % buckets).cast(pl.Int32).fill_null(0)


def table_hash(frames: Iterable[pl.DataFrame], table: Table) -> str:
    """Return the xxh3-128 of a table: all rows in primary-key order, canonical types, without the unhashed columns.

    Equal for any split into `frames` and any order of rows. Memory: the primary key and 32 bytes a row.
    """
    parts = []
    key = [name for name in table.key if name not in table.unhashed]
    for frame in frames:
        canonical = canonical_texts(frame.drop(table.unhashed, strict=False))
        parts.append(frame.select(*key, hash128(joined(canonical)).alias("_row")))
    digest = xxhash.xxh3_128()
    if parts:
        for row in pl.concat(parts).sort([*key, "_row"])["_row"].to_list():
            digest.update(f"{row}\n".encode())
    return digest.hexdigest()


def canonical_texts(frame: pl.DataFrame) -> list[pl.Expr]:
    """Return the columns of a frame, by name, as texts that are equal exactly where the values are."""
    return [_text(frame.schema[name], name) for name in sorted(frame.columns)]


def _text(dtype: pl.DataType, name: str) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        items = column.cast(pl.List(pl.String)).list.eval(_item(pl.element()))
        return pl.lit("[") + items.list.join(",") + pl.lit("]")
    return column


def _item(text: pl.Expr) -> pl.Expr:
    """Return an item of a list so that no two lists are joined to one text: none, an empty and a null item differ."""
    plain = text.str.replace_all(r"([\\,])", r"\${1}")
    return pl.when(text.is_null()).then(pl.lit(r"\n")).when(text == "").then(pl.lit(r"\e")).otherwise(plain)
