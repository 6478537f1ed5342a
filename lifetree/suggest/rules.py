"""Blocking rules that could be used, with the pairs of each counted over the records looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import polars as pl

from engine.expressions import compile_expression
from lifetree.suggest.attributes import Attribute
from lifetree.suggest.vocabulary import vocabulary

CAPS = (2_000, 500, 200, 100, 50)
"""Largest blocks that are tried, until the pairs of a rule are within what one rule may cost."""


class Part(NamedTuple):
    """One expression over one attribute, and the code of its value in each record that has one (several of lists)."""

    text: str
    attribute: str
    weak: bool
    codes: pl.DataFrame
    distinct: int


class Rule(NamedTuple):
    """A rule that could be used: `pairs` are those of the whole files, `max_block` the block from which none are."""

    parts: tuple[str, ...]
    attributes: frozenset[str]
    max_block: int
    pairs: float


def parts_of(attributes: Sequence[Attribute], values: pl.DataFrame) -> list[Part]:
    """Return every expression that the vocabulary knows for the attributes, worked out."""
    made = []
    for attribute in attributes:
        finding = vocabulary().find.get(attribute.form)
        if finding is None:
            continue
        weak = [(text, True) for text in finding.weak]
        for text, is_weak in [(text, False) for text in (*finding.whole, *finding.near)] + weak:
            part = _part(text.replace("{}", attribute.name), attribute.name, values, weak=is_weak)
            if part.distinct >= 2:
                made.append(part)
    return made


def _part(text: str, attribute: str, values: pl.DataFrame, *, weak: bool) -> Part:
    found = compile_expression(text, columns=[attribute]).append_to(values.select("signature_id", attribute), name=" v")
    found = found.select("signature_id", " v")
    if isinstance(found.schema[" v"], pl.List):
        found = found.explode(" v").unique()
    found = found.filter(pl.col(" v").is_not_null() & (pl.col(" v").cast(pl.String) != ""))
    codes = found.select("signature_id", code=pl.col(" v").rank("dense").cast(pl.Int64))
    return Part(text, attribute, weak, codes, found[" v"].n_unique())


def counted(parts: Sequence[Part], *, fraction: float, most: float) -> list[Rule]:
    """Return the rules of one or two expressions that propose at least a pair and at most `most`.

    `fraction` is the share of all records that is looked at; pairs grow with its square.
    """
    known = {part.text: part for part in parts}
    rules = []
    for texts in _combined(parts):
        sizes = _sizes(keys_of(texts, known))
        for cap in CAPS:
            pairs = _pairs(sizes, cap * fraction) / fraction**2
            if pairs <= most:
                break
        if 0 < pairs <= most:
            rules.append(Rule(texts, frozenset(known[text].attribute for text in texts), cap, pairs))
    return rules


def _combined(parts: Sequence[Part]) -> Iterator[tuple[str, ...]]:
    yield from ((part.text,) for part in parts if not part.weak)
    for one, other in combinations(parts, 2):
        if one.attribute != other.attribute and not (one.weak and other.weak):
            yield one.text, other.text


def keys_of(texts: tuple[str, ...], known: Mapping[str, Part]) -> pl.DataFrame:
    """Return `signature_id` and `code` of a rule: records of the same code are in one block."""
    first, *rest = [known[text] for text in texts]
    keys = first.codes
    for part in rest:
        keys = keys.join(part.codes, on="signature_id", suffix="_2").select(
            "signature_id", code=pl.col("code") * (part.distinct + 1) + pl.col("code_2")
        )
    return keys


def _sizes(keys: pl.DataFrame) -> pl.DataFrame:
    """Return how many blocks there are of each size."""
    return keys.group_by("code").len("size").group_by("size").len("blocks").cast(pl.Int64)


def _pairs(sizes: pl.DataFrame, cap: float) -> float:
    size = pl.col("size")
    return float(sizes.filter(size <= cap).select((size * (size - 1) // 2 * pl.col("blocks")).sum()).item())
