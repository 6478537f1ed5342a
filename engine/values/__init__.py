"""Values: each kind of value is one module that cleanses, folds for matching and validates it."""

from engine.values import (
    addresses,
    building_addresses,
    certificates,
    code_lists,
    contacts,
    credit_codes,
    dates,
    division_values,
    functions,
    identifiers,
    names,
    numbers,
    organisations,
    registration_numbers,
    residents,
    sexes,
    text,
    titles,
    travel_documents,
    units,
)  # fmt: skip
from engine.values.kinds import KINDS, Kind

__all__ = [
    "KINDS", "Kind", "addresses", "building_addresses", "certificates", "code_lists", "contacts", "credit_codes",
    "dates", "division_values", "functions", "identifiers", "names", "numbers", "organisations",
    "registration_numbers", "residents", "sexes", "text", "titles", "travel_documents", "units",
]  # fmt: skip
