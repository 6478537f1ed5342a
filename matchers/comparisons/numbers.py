"""Comparisons of numbers and places."""

from __future__ import annotations

import polars as pl

from matchers.comparisons.registry import Attributes, Evidence, Form, Level, Thresholds, both, comparison, missing, same

EARTH_RADIUS_KM = 6371.0088


@comparison("number", thresholds=(1, 5), rising=True, ceiling=float("inf"))
def number(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same number, or a small difference."""
    left, right = both(".number")
    levels = (Level(f"within {t:g}", (left - right).abs() <= t) for t in thresholds)
    return _numeric((Level("exact", left == right), *levels), attributes)


@comparison("number_ratio", thresholds=(0.02, 0.1), rising=True)
def number_ratio(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same number, or a difference that is a small share of the larger."""
    left, right = both(".number")
    larger = pl.max_horizontal(left.abs(), right.abs())
    levels = (Level(f"within {t:.4g} of the larger", (left - right).abs() <= t * larger) for t in thresholds)
    return _numeric((Level("exact", left == right), *levels), attributes)


@comparison("distance_km", thresholds=(0.1, 1, 10), attributes=2, rising=True, ceiling=20_100)
def distance_km(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """Latitude and longitude in degrees: the same place, or few kilometres apart (haversine)."""
    (lat_l, lat_r), (lng_l, lng_r) = both(".lat"), both(".lng")
    haversine = _sin2(lat_l - lat_r) + lat_l.cos() * lat_r.cos() * _sin2(lng_l - lng_r)
    km = 2 * EARTH_RADIUS_KM * haversine.clip(0, 1).sqrt().arcsin()
    levels = (Level(f"within {t:g} km", km <= t) for t in thresholds)
    forms = (Form(".lat", _number(attributes[0]).radians()), Form(".lng", _number(attributes[1]).radians()))
    exact = Level("exact", same(".lat") & same(".lng"))
    return Evidence((exact, *levels), (), forms, missing(".lat") | missing(".lng"))


def _numeric(levels: tuple[Level, ...], attributes: Attributes) -> Evidence:
    return Evidence(levels, (), (Form(".number", _number(attributes[0])),), missing(".number"))


def _number(attribute: str) -> pl.Expr:
    read = pl.col(attribute).cast(pl.Float64, strict=False)
    return pl.when(read.is_finite()).then(read)


def _sin2(angle: pl.Expr) -> pl.Expr:
    return (angle / 2).sin() ** 2
