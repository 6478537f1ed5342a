"""The number in a column of "other certificates": a permit, a passport or an identity number, none says which."""

from __future__ import annotations

import polars as pl

from engine.values.identifiers import clean_identifier
from engine.values.kinds import Kind, register
from engine.values.residents import is_old_resident_id, is_resident_id
from engine.values.travel_documents import is_foreign_permanent, is_passport, is_travel_permit


def is_certificate(expr: pl.Expr) -> pl.Expr:
    """Return whether the text has the form of one certificate of those that persons show.

    >>> frame = pl.DataFrame({"x": ["H1234567800", "11010519491231002X", "E12345678", "H12"]})
    >>> frame.select(is_certificate(pl.col("x")))["x"].to_list()
    [True, True, True, False]
    """
    forms = (is_travel_permit, is_passport, is_foreign_permanent, is_resident_id, is_old_resident_id)
    return pl.when(expr.is_not_null()).then(pl.any_horizontal(form(expr).fill_null(value=False) for form in forms))


CERTIFICATE = register(
    Kind("certificate", "number of a certificate, whichever", clean_identifier, clean_identifier, is_certificate)
)
