"""Comparison of Chinese addresses by their parts: road or village, house, building, unit, room."""

from __future__ import annotations

from typing import Any

import polars as pl

from matchers.comparisons.registry import Attributes, Evidence, Form, Level, both, comparison, same

CROWD = 100
"""So many signatures at one address are no household: a dormitory, an agency, a collective register (集体户)."""

_ROADS = "路|街|巷|道|弄|村"
_NO_ROAD = _ROADS.replace("|", "")
_NAME = rf"[\p{{Han}}--[省市区县镇乡{_NO_ROAD}]]{{1,3}}"


@comparison("chinese_address")
def chinese_address(attributes: Attributes, *_: Any) -> Evidence:
    """The same address, the same numbers after a common road, a room left out, another room, or the same road.

    Numbers are read in order from the end of the road's name: house, building, unit, room. What stands before the road
    (province, city, district, town) is written in many ways and not compared. Frequent or rare is the road with all its
    numbers, the building where no room is told; an address of more than 100 signatures says nothing.
    """
    (left, right), road = both(".numbers"), same(".road")
    begins = left.str.starts_with(right) | right.str.starts_with(left)
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("the same road and numbers", road & (left == right)),
            Level("the same house, a room left out", road & begins),
            Level("another room of the same house", road & same(".house")),
            Level("the same road", road),
        ),
        (),
        _forms(attributes[0]),
        term=address_term(attributes[0]),
        crowd=CROWD,
    )


def address_term(attribute: str) -> pl.Expr:
    """Return the road and all numbers behind it, the whole address where none can be told."""
    road, numbers = _road(attribute), _numbers(attribute).list.join(" ")
    return pl.coalesce(pl.concat_str(road, pl.when(numbers != "").then(numbers), separator=" "), pl.col(attribute))


def _forms(attribute: str) -> tuple[Form, ...]:
    """Return the forms; every number ends with a blank, so that 12 does not begin 123."""
    numbers = _numbers(attribute)
    joined = pl.when(numbers.list.len() > 0).then(numbers.list.join(" ") + " ")
    return Form(".road", _road(attribute)), Form(".numbers", joined), Form(".house", numbers.list.first())


def _road(attribute: str) -> pl.Expr:
    return pl.col(attribute).str.extract(rf"({_NAME}(?:{_ROADS}))[^{_NO_ROAD}]*$")


def _numbers(attribute: str) -> pl.Expr:
    tail = pl.col(attribute).str.extract(rf"(?:{_ROADS})([^{_NO_ROAD}]*)$")
    return tail.str.extract_all(r"\d+")
