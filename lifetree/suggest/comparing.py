"""How the attributes of a subject are compared, and which numbers identify it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from engine.settings.subject import Comparison, Identifier
from lifetree.suggest.attributes import Attribute

EXCHANGED = 0.02
"""The share of records from which given names and surnames are taken to stand in each other's column."""

LONG_LIST = 8
FEW_RECORDS = 1_000
"""Records of fewer than this are too few to tell how frequent a value is: the same value counts the same."""


KINDS = {
    "chinese_name": "chinese_name",
    "chinese_address": "chinese_address",
    "chinese_organisation": "chinese_organisation",
    "full_name": "name",
    "organisation": "latin_company",
    "title": "tokens",
    "list": "list",
    "items": "common_items",
    "address": "address",
    "date": "date",
    "date_text": "levenshtein",
    "date_digits": "levenshtein",
    "phone": "phone",
    "email": "email",
    "postcode": "postcode",
    "identifier": "identifier",
    "resident_id": "identifier",
    "number": "number",
    "sex": "exact",
}
"""The comparison of an attribute by the form in which it is found; of others it depends on the role."""

RARE = {
    "name", "full_name", "chinese_name", "organisation", "chinese_organisation", "title", "list", "text", "address",
    "date_text", "date_digits", "identifier",
}  # fmt: skip
"""Forms of which a rare value tells more than a frequent one."""

CODES = {"house_number", "region", "occupation", "birth_place", "place"}
"""Roles that are the same or not."""

NAMES = {"given_name": "given_name", "middle_name": "given_name", "surname": "text"}
"""The comparison of parts of names, by role."""

CERTAIN = {"resident_id": ("full_name", "birth_date", "sex"), "credit_code": ()}
"""Roles whose values an authority gives once and protects by a check character, and what may contradict them."""


def comparisons(attributes: Sequence[Attribute], values: pl.DataFrame) -> list[Comparison]:
    """Return a comparison of each attribute that is compared; given names and surnames that are exchanged share one."""
    roles = {one.role: one for one in attributes}
    together: tuple[str, ...] = ()
    if {"given_name", "surname"} <= set(roles):
        given, surname = roles["given_name"].name, roles["surname"].name
        if _exchanged(values[given], values[surname]) >= EXCHANGED:
            together = (given, surname)
    made = []
    for one in attributes:
        if one.use != "match" or one.name in together[1:] or (one.role == "sex" and "given_name" in roles):
            continue
        if one.name in together:
            made.append(Comparison(name="names", attribute=together, kind="full_name"))
        else:
            made.append(_comparison(one, values[one.name].drop_nulls(), whole=values.height))
    return made


def identifiers(attributes: Sequence[Attribute]) -> list[Identifier]:
    """Return the numbers whose agreement links: only those whose form an authority vouches for."""
    names = {one.role: one.name for one in attributes if one.use == "match"}
    return [
        Identifier(attribute=name, contradicted_by=tuple(names[other] for other in CERTAIN[role] if other in names))
        for role, name in names.items()
        if role in CERTAIN
    ]


def _comparison(attribute: Attribute, values: pl.Series, *, whole: int) -> Comparison:
    kind = "exact" if attribute.role in CODES else NAMES.get(attribute.role) or KINDS.get(attribute.form, "text")
    words = float(values.head(2_000).str.count_matches(r"\S+").mean() or 0.0)  # type: ignore[arg-type]
    thresholds: tuple[float, ...] = (0.5, 0.2) if kind == "list" and words >= LONG_LIST else ()
    rare = whole >= FEW_RECORDS and (attribute.form in RARE or attribute.role in CODES)
    return Comparison(attribute=(attribute.name,), kind=kind, thresholds=thresholds, term_frequency=rare)


def _exchanged(given: pl.Series, surname: pl.Series) -> float:
    """Return the share of records whose given name is rather a surname and whose surname rather a given name."""
    frame = pl.DataFrame({"given": given, "surname": surname}).drop_nulls()
    if not frame.height:
        return 0.0
    counts = [frame[name].value_counts().rename({name: "x", "count": f"as_{name}"}) for name in frame.columns]
    known = counts[0].join(counts[1], on="x", how="full", coalesce=True).fill_null(0)
    turned = frame
    for side in ("given", "surname"):
        table = known.rename({"x": side, "as_given": f"{side}_g", "as_surname": f"{side}_s"})
        turned = turned.join(table, on=side, how="left")
    rather = (pl.col("given_s") > 2 * pl.col("given_g")) & (pl.col("surname_g") > 2 * pl.col("surname_s"))
    return float(turned.select(rather.mean()).item() or 0.0)
