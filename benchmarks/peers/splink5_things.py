"""Organisations, works and restaurants, of which no tutorial treats the data: Splink's ready-made comparisons."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import splink.comparison_library as cl
from splink import block_on

from benchmarks.peers.splink5_setup import Setup, plain, read_csv


def chicago_orgs(data: Path) -> Setup:
    """Return a configuration of ready-made comparisons for early-childhood sites."""
    frame = read_csv(data / "chicago_orgs/orgs.csv").select(
        "rec_id",
        name=plain("Site name"),
        address=plain("Address"),
        zip=plain("Zip").str.slice(0, 5),
        phone=plain("Phone"),
    )
    return Setup(
        {"orgs": frame},
        "dedupe_only",
        [
            block_on("name"),
            block_on("phone"),
            block_on("address"),
            block_on("substr(name,1,5)", "zip"),
            block_on("substr(address,1,6)", "zip"),
        ],
        [
            cl.NameComparison("name"),
            cl.JaroWinklerAtThresholds("address", [0.9, 0.7]),
            cl.ExactMatch("zip").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True),
        ],
        [block_on("phone"), block_on("name")],
        [block_on("name", "address"), block_on("phone", "address")],
    )


def patstat_nl(data: Path) -> Setup:
    """Return a configuration of ready-made comparisons for patent applicants with coauthors, classes and a place."""
    frame = read_csv(data / "patstat_nl/patstat.csv").select(
        "rec_id",
        name=plain("Name"),
        lat=pl.when(pl.col("Lat") != "0.0").then(pl.col("Lat")).cast(pl.Float64),
        lng=pl.when(pl.col("Lng") != "0.0").then(pl.col("Lng")).cast(pl.Float64),
        coauthors=pl.col("Coauthor").str.split("**"),
        classes=pl.col("Class").str.split("**"),
    )
    return Setup(
        {"patstat": frame},
        "dedupe_only",
        [block_on("name"), block_on("substr(name,1,4)"), block_on("lat", "lng")],
        [
            cl.NameComparison("name"),
            cl.DistanceInKMAtThresholds("lat", "lng", [1, 10, 50]),
            cl.ArrayIntersectAtSizes("coauthors", [3, 1]),
            cl.ArrayIntersectAtSizes("classes", [4, 1]),
        ],
        [block_on("name"), block_on("lat", "lng")],
        [block_on("name")],
        recall=0.3,
    )


def dblp_acm(data: Path) -> Setup:
    """Return a configuration of ready-made comparisons for two bibliographies."""
    return Setup(
        {
            name: read_csv(data / f"bibliographic/ccer_D4/{name}.csv", "%").select(
                rec_id="id",
                title=plain("title"),
                authors=plain("authors"),
                venue=plain("venue"),
                year=pl.col("year").str.slice(0, 4),
            )
            for name in ("dblpclean", "acmclean")
        },
        "link_only",
        [
            block_on("title"),
            block_on("authors"),
            block_on("substr(title,1,8)"),
            block_on("substr(authors,1,6)", "year"),
        ],
        [
            cl.JaroWinklerAtThresholds("title", [0.95, 0.88]),
            cl.JaroWinklerAtThresholds("authors", [0.9, 0.7]),
            cl.ExactMatch("venue").configure(term_frequency_adjustments=True),
            cl.ExactMatch("year"),
        ],
        [block_on("title"), block_on("authors")],
        [block_on("title", "year")],
    )


def fodors_zagat(data: Path) -> Setup:
    """Return a configuration of ready-made comparisons for restaurants."""
    frame = read_csv(data / "fodors_zagat/rest.csv").select(
        "rec_id", *(plain(name).alias(name) for name in ("name", "address", "city", "cuisine"))
    )
    return Setup(
        {"rest": frame},
        "dedupe_only",
        [
            block_on("name"),
            block_on("address"),
            block_on("substr(name,1,4)", "city"),
            block_on("substr(address,1,6)", "city"),
        ],
        [
            cl.NameComparison("name"),
            cl.JaroWinklerAtThresholds("address", [0.9, 0.8]),
            cl.JaroWinklerAtThresholds("city", [0.9]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("cuisine").configure(term_frequency_adjustments=True),
        ],
        [block_on("name"), block_on("address")],
        [block_on("name", "address")],
    )


THINGS = (chicago_orgs, patstat_nl, dblp_acm, fodors_zagat)
