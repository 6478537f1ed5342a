"""Entity ids as texts: 75 bits in Crockford's base 32 and a check character."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, upper case: no I, L, O, U."""

DIGITS = 15
"""Characters that carry the 75 bits; one check character follows."""


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
