"""What comparisons of Chinese names read of a name: its characters, their readings and shapes, as numbers.

Names of up to four characters are told by the numbers alone, so that a pair of names costs no look at their text.
Tables: configs/codes/pinyin.csv, polyphones.csv, surnames.csv, characters.csv.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.hashing import hash64, hash64_of
from engine.settings.shipped import shipped
from engine.values.characters import reading, standard_characters
from engine.values.folds import staged
from engine.values.names import SEPARATORS
from engine.values.pinyin import pinyin_readings, read_syllables
from engine.values.surnames import UNKNOWN, read_surnames
from matchers.comparisons.registry import Form

PLACES = 4
"""So many characters of a name are told one by one; the rest as a whole."""

READINGS = 3
"""So many readings of a character are told: the first, a surname's, and those of the dictionary."""

LANE = 16
HIGHEST = 1 << (LANE - 1)
WILD = ord("?")
_SPELT = 0xF0000
_CODES = 0x110000

Codes = npt.NDArray[np.uint32]
_OWN = np.arange(_CODES, dtype=np.uint32)


def name_forms(attribute: str) -> tuple[Form, ...]:
    """Return the forms of a name as the fields of one struct.

    Of the first four characters, 16 bits each and the first one lowest: `chars` (0 where there is none), `read0` …
    (readings), `shape`, and `wild`, whose highest bit of the 16 tells an unknown character. `rest` and `heard` are the
    characters after the fourth and how they sound, `bag` the characters in any order, `latin` tells the script,
    `spelt` and `turned` are the ways to write the name in Latin letters, null where no name of the column is so
    written, and `long` is the text of a name of four characters or more. Characters have the numbers of their order in
    the column: forms of two columns cannot be compared.
    """
    fields = {
        **{f".{name}": pl.UInt64 for name in ("chars", "read0", "read1", "read2", "shape", "wild")},
        **{f".{name}": pl.Int64 for name in ("rest", "heard", "bag", "spelt", "turned")},
        ".latin": pl.Boolean,
        ".long": pl.String,
    }
    coded = plain_name(attribute).map_batches(lambda names: _coded(names, [*fields]), return_dtype=pl.Struct(fields))
    return (Form(".name", coded),)


def plain_name(attribute: str) -> pl.Expr:
    """Return the name in standard characters without separators, each unknown character as `?` or a private-use one."""
    return staged(pl.col(attribute), _plain, dtype=pl.String)


def _plain(names: pl.Series) -> pl.Series:
    """Return names without separators; in those with a Chinese character every unknown one is `?` or a syllable."""
    x = pl.col("x")
    frame = names.to_frame("x").select(standard_characters(x.str.to_lowercase()))
    mixed = x.str.contains(r"\p{Han}") & x.str.contains(r"[^\p{Han}]")
    text, odd = frame.to_series(), frame.select(mixed.fill_null(value=False)).to_series()
    if not odd.any():
        return text
    known, marks = _syllables()
    x = x.str.replace_all(rf"[\s{SEPARATORS}]", "").str.replace_all(f"[{UNKNOWN}]", "?")
    mended = text.filter(odd).to_frame("x").select(x.str.replace_many(known, marks, leftmost=True))
    mended = mended.select(pl.col("x").str.replace_all("[a-z]+", "?"))
    return text.scatter(odd.arg_true(), mended.to_series())


def _coded(names: pl.Series, columns: list[str]) -> pl.Series:
    x = pl.col("x")
    latin = x.str.contains(r"\p{Latin}") & ~x.str.contains(r"\p{Han}")
    frame = names.to_frame("x").with_columns(latin=latin.fill_null(value=False))
    texts = names.fill_null("").to_list()
    places = np.array([text[:PLACES] for text in texts], dtype=f"<U{PLACES}").view(np.uint32).reshape(-1, PLACES)
    known, at = np.unique(places, return_inverse=True)
    at = at.reshape(places.shape)
    numbered = [*_numbered(known, _OWN), *_numbered(known, *_reading_codes()), *_numbered(known, _shape_codes())]
    packed = [_packed(numbers, at) for numbers in numbered]
    wild = _packed(np.where(known == WILD, HIGHEST, 0), at)
    bag = np.where(places > 0, _mixed(places), 0).sum(axis=1, dtype=np.uint64).view(np.int64)
    rest, heard = _beyond(frame)
    long = frame.select(pl.when((x.str.len_chars() >= PLACES) | pl.col("latin")).then(x)).to_series()
    bag = bag + rest.fill_null(0).to_numpy()
    series = [*packed, wild, rest, heard, bag, *_spellings(frame), frame["latin"], long]
    data = [pl.Series(column, one) for column, one in zip(columns, series, strict=True)]
    return pl.DataFrame(data).to_struct(names.name)


def _beyond(frame: pl.DataFrame) -> list[pl.Series]:
    """Return the characters after the fourth and how they sound, hashed."""
    x = pl.col("x")
    if (frame["x"].str.len_chars().max() or 0) <= PLACES:  # type: ignore[operator]  # a number of characters
        none = frame.select(pl.when(x.is_not_null()).then(hash64_of(""))).to_series()
        return [none, none]
    after = x.str.slice(PLACES)
    return frame.select(hash64(after).alias("rest"), hash64(reading(after)).alias("heard")).get_columns()


def _numbered(known: Codes, *codes: Codes) -> npt.NDArray[Any]:
    """Return numbers from 1 for what each of `codes` makes of the characters `known`; 0 for no character.

    Numbers are the same in all rows, and fit below `HIGHEST`: beyond 32,766 different ones they are used again.
    """
    found = np.stack([one[known] for one in codes])
    numbers = np.unique(found, return_inverse=True)[1].reshape(found.shape) % (HIGHEST - 2) + 1
    return np.where(known == 0, 0, numbers)


def _packed(numbers: npt.NDArray[Any], at: npt.NDArray[np.intp]) -> npt.NDArray[np.uint64]:
    lanes = numbers.astype(np.uint64)[at] << (np.arange(PLACES, dtype=np.uint64) * np.uint64(LANE))
    return np.asarray(np.bitwise_or.reduce(lanes, axis=1), dtype=np.uint64)


def _mixed(codes: Codes) -> npt.NDArray[np.uint64]:
    """Return a number of 64 bits for each code, spread so that a sum tells which codes were summed (splitmix64)."""
    z = codes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _spellings(frame: pl.DataFrame) -> list[pl.Series]:
    """Return the two ways to write each name in Latin letters, hashed; null unless some name is written so.

    Of a Chinese name: its usual reading, and the surname's other one or, without it, every other first reading. Of a
    name in Latin letters: its words in order, and the last word first.
    """
    if not frame["latin"].any():
        return [pl.Series(values=[None] * frame.height, dtype=pl.Int64)] * 2
    x = pl.col("x")
    keys = pinyin_readings(x)
    turned = x.str.replace(r"^(.+) (\S+)$", "${2}${1}")
    usual = pl.when("latin").then(x).when(x.str.contains(r"\p{Han}")).then(keys.list.first())
    other = pl.when("latin").then(turned).when(x.str.contains(r"\p{Han}")).then(keys.list.last())
    return frame.select(hash64(_letters(usual)).alias("a"), hash64(_letters(other)).alias("b")).get_columns()


def _letters(text: pl.Expr) -> pl.Expr:
    """Return the letters alone, ü as u however it was written (lü, lv, lyu)."""
    return text.str.replace_all(r"[^\p{L}]", "").str.replace_all("([ln])(?:v|ü|yu)", "${1}u")


@cache
def _syllables() -> tuple[list[str], list[str]]:
    """Return the syllables that may stand for a character, the longest first, and a private-use character for each."""
    known = [one for one in read_syllables()["reading"] if len(one) > 1]
    marks = {one: chr(_SPELT + place) for place, one in enumerate(known)}
    aliases = {"lv": "lyu", "nv": "nyu", "lve": "lyue", "nve": "nyue"}
    marks |= {alias: marks[one] for alias, one in aliases.items()}
    longest = sorted(marks, key=lambda one: (-len(one), one))
    return longest, [marks[one] for one in longest]


@cache
def _reading_codes() -> list[Codes]:
    """Return for each of `READINGS` the number of the reading of a character, by its code point.

    A character of fewer readings repeats its first; one without any has a number of its own.
    """
    syllables = read_syllables()
    number = {reading: place + 1 for place, reading in enumerate(syllables["reading"])}
    found = {one: [number[reading]] for reading, many in syllables.iter_rows() for one in many}
    surnames = read_surnames().rows.filter(pl.col("surname").str.len_chars() == 1).select("surname", "readings")
    polyphones = pl.read_csv(shipped("codes", "polyphones.csv"), infer_schema=False)
    for table in (surnames.drop_nulls(), polyphones):
        for character, readings in table.iter_rows():
            own = found.setdefault(character, [])
            own += [number[one] for one in readings.split("|") if one in number and number[one] not in own]
    for syllable, mark in zip(*_syllables(), strict=True):
        if syllable in number:
            found[mark] = [number[syllable]]
    codes = [np.arange(_CODES, 2 * _CODES, dtype=np.uint32) for _ in range(READINGS)]
    for character, numbers in found.items():
        for one in range(READINGS):
            codes[one][ord(character)] = numbers[one] if one < len(numbers) else numbers[0]
    return codes


@cache
def _shape_codes() -> Codes:
    """Return the number of the four-corner class of a character, by its code point; its own number without one."""
    table = pl.read_csv(shipped("codes", "characters.csv"), infer_schema=False).drop_nulls("shape")
    codes = np.arange(_CODES, 2 * _CODES, dtype=np.uint32)
    classes = table.select("character", place=pl.col("shape").rank("dense"))
    for character, place in classes.iter_rows():
        codes[ord(character)] = place
    return codes
