"""What dedupe is told of each data set: the variables of its own example, or what its user would say without one.

chicago_orgs: dedupe-examples csv_example/csv_example.py. patstat_nl: dedupe-examples patent_example/patent_example.py.
fodors_zagat: benchmarks/benchmarks/canonical.py of dedupe. The others have no example: every field as String, codes and
categories as Exact or ShortString, as the documentation of its variables advises. Threshold 0.5 is that of its
examples; two sources without duplicates of their own are joined one to one, the default of `RecordLink.join`.
"""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

THRESHOLD = 0.5
ANSWERS = 100
"""Of the active mode: how many pairs that dedupe asks about are answered from the truth."""
PAIRS = 5_000
"""Of the labelled mode: at most so many matching and so many distinct pairs, the size in dedupe's own benchmarks."""


def fields(kind: str, *names: str) -> list[Row]:
    """Return a variable of one type for each field."""
    return [{"type": kind, "field": name} for name in names]


FEBRL = [
    *fields("String", "given_name", "surname", "address_1", "address_2", "suburb", "date_of_birth", "soc_sec_id"),
    *fields("ShortString", "street_number", "postcode"),
    *fields("Exact", "state"),
]

VARIABLES: dict[str, list[Row]] = {
    "historical_dev": [
        *fields("String", "first_name", "surname", "dob", "birth_place"),
        *fields("ShortString", "postcode_fake"),
        *fields("Exact", "occupation"),
    ],
    "febrl3": FEBRL,
    "febrl4": FEBRL,
    "splink_fake_1000": fields("String", "first_name", "surname", "dob", "city", "email"),
    "pseudopeople_us": [
        *fields("String", "first_name", "last_name", "date_of_birth", "ssn", "address"),
        *fields("Exact", "middle_initial", "sex"),
    ],
    "chicago_orgs": [*fields("String", "name", "address"), *fields("Exact", "zip"), *fields("String", "phone")],
    "patstat_nl": [
        {"type": "String", "field": "name", "name": "name"},
        {"type": "LatLong", "field": "place", "columns": ["lat", "lng"]},
        {"type": "Set", "field": "classes"},
        {"type": "Set", "field": "coauthors"},
        {"type": "Text", "field": "name", "name": "name text"},
        {"type": "Interaction", "of": ["name", "name text"]},
    ],
    "dblp_acm": [
        *fields("String", "title", "authors"),
        *fields("Text", "title"),
        *fields("ShortString", "venue"),
        *fields("Exact", "year"),
    ],
    "fodors_zagat": [
        *fields("String", "name"),
        *fields("Exact", "name"),
        *fields("String", "address"),
        *fields("ShortString", "cuisine", "city"),
    ],
}


def settings(name: str) -> Row:
    """Return the settings of a data set, as the runner reads them."""
    return {"variables": VARIABLES[name], "threshold": THRESHOLD, "answers": ANSWERS, "pairs": PAIRS, "seed": 1}
