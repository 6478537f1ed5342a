"""The five kinds of subject that public registers tell of, and the kind that a number shows."""

from __future__ import annotations

from enum import StrEnum

import polars as pl


class SubjectKind(StrEnum):
    """The five kinds: natural persons, enterprises, social organisations, public institutions, government bodies."""

    PERSON = "自然人"
    ENTERPRISE = "企业"
    SOCIAL_ORGANISATION = "社会组织"
    PUBLIC_INSTITUTION = "事业单位"
    GOVERNMENT = "政府机构"


_BY_CODE = {
    "11": SubjectKind.GOVERNMENT,
    "12": SubjectKind.PUBLIC_INSTITUTION,
    "13": SubjectKind.SOCIAL_ORGANISATION,
    **dict.fromkeys(("51", "52", "53", "59", "81", "89"), SubjectKind.SOCIAL_ORGANISATION),
    **dict.fromkeys(("91", "92", "93"), SubjectKind.ENTERPRISE),
}
"""By the first two characters of a unified social credit code: who registers, and what (GB 32100-2015, annex)."""

_RESIDENT = r"^\d{17}[\dX]$"


def subject_kind(expr: pl.Expr) -> pl.Expr:
    """Return the kind of subject that a citizen's number or a unified social credit code shows; null where none does.

    Individual businesses (92) and farmers' cooperatives (93) count as enterprises, mass organisations (13) and trade
    unions (81) as social organisations. Codes of other registrars (law firms, temples, rural collectives) show none. A
    code of digits alone is a credit code where its first two are those of one and its seventh to fourteenth are no
    birth date.

    >>> frame = pl.DataFrame({"x": ["11010519491231002X", "91110000600037341L", "31330000123456789A"]})
    >>> frame.select(subject_kind(pl.col("x")))["x"].to_list()
    ['自然人', '企业', None]
    """
    born = expr.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    citizen = expr.str.contains(_RESIDENT) & born.dt.year().is_between(1800, 2099)
    code = expr.str.slice(0, 2).replace_strict(_BY_CODE, default=None, return_dtype=pl.String)
    shown = pl.when(expr.str.len_bytes() == 18).then(code)
    return pl.when(~citizen.fill_null(value=False)).then(shown).otherwise(pl.lit(SubjectKind.PERSON.value))
