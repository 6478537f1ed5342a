"""What Splink is given for a data set, and how its files are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl

THRESHOLD = 0.95


class Setup(NamedTuple):
    """One data set as Splink is given it."""

    frames: dict[str, pl.DataFrame]
    link_type: Literal["link_only", "link_and_dedupe", "dedupe_only"]
    blocking: list[Any]
    comparisons: list[Any]
    training: list[Any]
    """EM runs once on the pairs of each of these rules."""
    deterministic: list[Any]
    """Rules whose pairs are matches; with their `recall` they give the probability that two random records match."""
    recall: float = 0.7
    u_pairs: float = 1e7
    seed: int = 1
    em_without_term_frequencies: bool = True
    threshold: float = THRESHOLD


def read_csv(path: Path, separator: str = ",") -> pl.DataFrame:
    """Return a file with every column as text."""
    return pl.read_csv(path, separator=separator, infer_schema=False)


def plain(name: str) -> pl.Expr:
    """Return a column in lower case with single blanks, empty as null."""
    text = pl.col(name).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(text != "").then(text)
