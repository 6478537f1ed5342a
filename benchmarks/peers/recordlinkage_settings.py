"""What recordlinkage is told of each data set, after its guides `data_deduplication` and `link_two_dataframes`.

The guides treat FEBRL: one blocking column, six features that agree exactly or by a string distance of 0.85, and a
match where more than three of them agree. That is the mode `guide`. For the other modes and data sets the features
follow the same pattern on the fields there are, more than half of them must agree by the rule, and pairs come from
several columns at once, full pairing where it is a million pairs at most, or the order of a column within a window of
9, as in the examples of its `SortedNeighbourhood`. Fields that hold lists are compared by the pairs of letters
that they share.
"""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

NEAR = 0.85
WINDOW = 9
GUIDED = ("febrl3", "febrl4")
"""The data sets that the guides treat."""


def exact(*names: str) -> list[Row]:
    """Return a feature for each field that agrees where the values are equal."""
    return [{"method": "exact", "field": name} for name in names]


def near(method: str, *names: str) -> list[Row]:
    """Return a feature for each field that agrees from a string distance of `NEAR`."""
    return [{"method": method, "field": name, "threshold": NEAR} for name in names]


GUIDE = [
    *exact("given_name"),
    *near("jarowinkler", "surname"),
    *exact("date_of_birth", "suburb", "state"),
    *near("levenshtein", "address_1"),
]
FEBRL = {
    "blocks": [["given_name"], ["surname"], ["date_of_birth"], ["suburb"], ["address_1"]],
    "compare": GUIDE,
}

SETTINGS: dict[str, Row] = {
    "historical_dev": {
        "blocks": [
            ["surname", "dob"],
            ["first_name", "dob"],
            ["first_name", "surname"],
            ["postcode_fake", "first_name"],
            ["postcode_fake", "surname"],
            ["dob", "birth_place"],
        ],
        "compare": [
            *near("jarowinkler", "first_name", "surname"),
            *exact("dob", "postcode_fake", "birth_place", "occupation"),
        ],
    },
    "febrl3": FEBRL,
    "febrl4": FEBRL,
    "splink_fake_1000": {
        "full": True,
        "compare": [*near("jarowinkler", "first_name", "surname"), *exact("dob", "city", "email")],
    },
    "pseudopeople_us": {
        "blocks": [
            ["ssn"],
            ["first_name", "last_name"],
            ["first_name", "date_of_birth"],
            ["last_name", "date_of_birth"],
            ["first_name", "address"],
            ["last_name", "address"],
        ],
        "compare": [
            *near("jarowinkler", "first_name", "last_name"),
            *exact("middle_initial", "date_of_birth", "ssn", "sex"),
            *near("levenshtein", "address"),
        ],
    },
    "chicago_orgs": {
        "blocks": [["name"], ["address"], ["phone"]],
        "neighbours": ["name", "address"],
        "compare": [*near("jarowinkler", "name"), *near("levenshtein", "address"), *exact("zip", "phone")],
    },
    "patstat_nl": {
        "blocks": [["name"], ["lat", "lng"]],
        "neighbours": ["name"],
        "numbers": ["lat", "lng"],
        "compare": [
            *near("jarowinkler", "name"),
            *near("cosine", "coauthors", "classes"),
            {"method": "geo", "field": "place", "columns": ["lat", "lng"], "kilometres": 10},
        ],
    },
    "dblp_acm": {
        "blocks": [["title"], ["authors"], ["year"]],
        "neighbours": ["title"],
        "compare": [*near("levenshtein", "title", "authors"), *exact("venue", "year")],
    },
    "fodors_zagat": {
        "full": True,
        "compare": [
            *near("jarowinkler", "name"),
            *near("levenshtein", "address"),
            *exact("city", "cuisine"),
        ],
    },
}


def settings(name: str, mode: str) -> Row:
    """Return the settings of a data set, as the runner reads them."""
    told = {"full": False, "blocks": [], "neighbours": [], "numbers": [], "window": WINDOW} | SETTINGS[name]
    if mode == "guide":
        told |= {"blocks": [["given_name"]]}
    return told | {"agreeing": len(told["compare"]) // 2}
