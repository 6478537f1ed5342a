"""Kinds of coded values: the code of a national standard's list, from a code, a name or a usual wording (rule N4).

What is in no list stays as it was delivered and is not valid. Codes of former lists that mean nothing in the list of
today are read as the code that follows them; a code of both lists has today's meaning (configs/codes/SOURCES.md).
"""

from __future__ import annotations

import polars as pl

from engine.values.codes import CodeList, is_listed, to_code
from engine.values.kinds import Kind, register
from engine.values.text import clean_text

_SECTIONS = (
    ("A", 1, 5), ("B", 6, 12), ("C", 13, 43), ("D", 44, 46), ("E", 47, 50), ("F", 51, 52), ("G", 53, 60), ("H", 61, 62),
    ("I", 63, 65), ("J", 66, 69), ("K", 70, 70), ("L", 71, 72), ("M", 73, 75), ("N", 76, 79), ("O", 80, 82),
    ("P", 83, 83), ("Q", 84, 85), ("R", 86, 90), ("S", 91, 96), ("T", 97, 97),
)  # fmt: skip
"""Sections of GB/T 4754-2017 and their divisions, the first two digits of a code."""

_DIVISIONS = {f"{number:02d}": letter for letter, first, last in _SECTIONS for number in range(first, last + 1)}
_OCCUPATION = r"^[1-8](?:\d{4}|\d{6}|(?:-\d{2}){1,3})$"


def clean_marital_status(expr: pl.Expr) -> pl.Expr:
    """Return the marital status in GB/T 2261.2-2003; 1, 2, 3, 4 and 9 are the codes of GB 4766-1984.

    >>> frame = pl.DataFrame({"x": ["已婚", "2", "21", "离异", "同居"]})
    >>> frame.select(clean_marital_status(pl.col("x")))["x"].to_list()
    ['20', '20', '21', '40', '同居']
    """
    return _coded(expr, CodeList.MARITAL_STATUS)


def is_marital_status(expr: pl.Expr) -> pl.Expr:
    """Return whether the list of marital statuses knows the value."""
    return is_listed(expr, CodeList.MARITAL_STATUS)


def clean_ethnicity(expr: pl.Expr) -> pl.Expr:
    """Return the ethnic group in GB/T 3304-1991, from its number, letters, Chinese or Roman name.

    >>> frame = pl.DataFrame({"x": ["汉", "汉族", "HA", "1", "穿青人"]})
    >>> frame.select(clean_ethnicity(pl.col("x")))["x"].to_list()
    ['01', '01', '01', '01', '穿青人']
    """
    return _coded(expr, CodeList.ETHNIC_GROUPS)


def is_ethnicity(expr: pl.Expr) -> pl.Expr:
    """Return whether the list of ethnic groups knows the value."""
    return is_listed(expr, CodeList.ETHNIC_GROUPS)


def clean_family_relation(expr: pl.Expr) -> pl.Expr:
    """Return the relation to the head of the household in GB/T 4761-2008; 03 and 98 of 1984 are 02 and 99.

    >>> pl.DataFrame({"x": ["长子", "妻子", "03"]}).select(clean_family_relation(pl.col("x")))["x"].to_list()
    ['22', '12', '02']
    """
    return _coded(expr, CodeList.FAMILY_RELATIONS)


def is_family_relation(expr: pl.Expr) -> pl.Expr:
    """Return whether the list of family relations knows the value."""
    return is_listed(expr, CodeList.FAMILY_RELATIONS)


def clean_education(expr: pl.Expr) -> pl.Expr:
    """Return the education in GB/T 4658-2006; codes that only the list of 1984 had are read as what follows them.

    >>> pl.DataFrame({"x": ["本科", "61", "69", "文盲"]}).select(clean_education(pl.col("x")))["x"].to_list()
    ['20', '61', '63', '文盲']
    """
    return _coded(expr, CodeList.EDUCATION)


def is_education(expr: pl.Expr) -> pl.Expr:
    """Return whether the list of educations knows the value."""
    return is_listed(expr, CodeList.EDUCATION)


def clean_political_status(expr: pl.Expr) -> pl.Expr:
    """Return the political status in GB/T 4762-1984.

    >>> pl.DataFrame({"x": ["中共党员", "群众"]}).select(clean_political_status(pl.col("x")))["x"].to_list()
    ['01', '13']
    """
    return _coded(expr, CodeList.POLITICAL_STATUS)


def is_political_status(expr: pl.Expr) -> pl.Expr:
    """Return whether the list of political statuses knows the value."""
    return is_listed(expr, CodeList.POLITICAL_STATUS)


def clean_employment_status(expr: pl.Expr) -> pl.Expr:
    """Return the employment status in GB/T 2261.4-2003.

    >>> pl.DataFrame({"x": ["学生", "退休"]}).select(clean_employment_status(pl.col("x")))["x"].to_list()
    ['31', '80']
    """
    return _coded(expr, CodeList.EMPLOYMENT_STATUS)


def is_employment_status(expr: pl.Expr) -> pl.Expr:
    """Return whether the list of employment statuses knows the value."""
    return is_listed(expr, CodeList.EMPLOYMENT_STATUS)


def clean_country(expr: pl.Expr) -> pl.Expr:
    """Return the three letters of a country in GB/T 2659.1 (ISO 3166-1), from letters, number or name.

    >>> pl.DataFrame({"x": ["中国", "cn", "156"]}).select(clean_country(pl.col("x")))["x"].to_list()
    ['CHN', 'CHN', 'CHN']
    """
    return _coded(expr, CodeList.COUNTRIES)


def is_country(expr: pl.Expr) -> pl.Expr:
    """Return whether the list of countries knows the value."""
    return is_listed(expr, CodeList.COUNTRIES)


def clean_certificate_type(expr: pl.Expr) -> pl.Expr:
    """Return the type of a person's document in GA/T 517-2004, with the types that GA/T 2000.156-2016 added.

    >>> pl.DataFrame({"x": ["身份证", "护照", "511"]}).select(clean_certificate_type(pl.col("x")))["x"].to_list()
    ['111', '414', '511']
    """
    return _coded(expr, CodeList.CERTIFICATE_TYPES)


def is_certificate_type(expr: pl.Expr) -> pl.Expr:
    """Return whether the list of certificate types knows the value."""
    return is_listed(expr, CodeList.CERTIFICATE_TYPES)


def clean_industry(expr: pl.Expr) -> pl.Expr:
    """Return the industry in GB/T 4754-2017: its section's letter, with the two to four digits that were delivered.

    >>> pl.DataFrame({"x": ["制造业", "3011", "c30", "Z1"]}).select(clean_industry(pl.col("x")))["x"].to_list()
    ['C', 'C3011', 'C30', 'Z1']
    """
    code = _coded(expr, CodeList.INDUSTRIES)
    bare = code.str.extract(r"^(\d{2,4})$")
    letter = bare.str.head(2).replace_strict(_DIVISIONS, default=None, return_dtype=pl.String)
    lettered = pl.when(code.str.contains(r"(?i)^[a-t]\d{2,4}$")).then(code.str.to_uppercase())
    return pl.coalesce(letter + bare, lettered, code).alias(expr.meta.output_name())


def is_industry(expr: pl.Expr) -> pl.Expr:
    """Return whether a cleansed value begins with a section's letter, and its digits with a division of it."""
    section = expr.str.slice(1, 2).replace_strict(_DIVISIONS, default=None, return_dtype=pl.String)
    known = is_listed(expr, CodeList.INDUSTRIES)
    return known | (expr.str.contains(r"^[A-T]\d{2,4}$") & (section == expr.str.head(1)).fill_null(value=False))


def clean_occupation(expr: pl.Expr) -> pl.Expr:
    """Return the occupation in GB/T 6565-2015: the code of a major group, or a finer code as it was delivered.

    >>> pl.DataFrame({"x": ["专业技术人员", "7", "2-02-10"]}).select(clean_occupation(pl.col("x")))["x"].to_list()
    ['20000', '70000', '2-02-10']
    """
    return _coded(expr, CodeList.OCCUPATIONS)


def is_occupation(expr: pl.Expr) -> pl.Expr:
    """Return whether a cleansed value is a major group, or has the form of a code below one."""
    return is_listed(expr, CodeList.OCCUPATIONS) | expr.str.contains(_OCCUPATION)


def match_listed(expr: pl.Expr) -> pl.Expr:
    """Return the code itself."""
    return expr


def _coded(expr: pl.Expr, codes: CodeList) -> pl.Expr:
    return to_code(clean_text(expr), codes)


MARITAL_STATUS = register(
    Kind("marital_status", "marital status (GB/T 2261.2)", clean_marital_status, match_listed, is_marital_status)
)
ETHNICITY = register(Kind("ethnicity", "ethnic group (GB/T 3304)", clean_ethnicity, match_listed, is_ethnicity))
FAMILY_RELATION = register(
    Kind("family_relation", "family relation (GB/T 4761)", clean_family_relation, match_listed, is_family_relation)
)
EDUCATION = register(Kind("education", "education (GB/T 4658)", clean_education, match_listed, is_education))
POLITICAL_STATUS = register(
    Kind("political_status", "political status (GB/T 4762)", clean_political_status, match_listed, is_political_status)
)
EMPLOYMENT_STATUS = register(
    Kind(
        "employment_status", "employment status (GB/T 2261.4)", clean_employment_status, match_listed,
        is_employment_status,
    )
)  # fmt: skip
COUNTRY = register(Kind("country", "country (GB/T 2659.1)", clean_country, match_listed, is_country))
CERTIFICATE_TYPE = register(
    Kind("certificate_type", "document type (GA/T 517)", clean_certificate_type, match_listed, is_certificate_type)
)
INDUSTRY = register(Kind("industry", "industry (GB/T 4754)", clean_industry, match_listed, is_industry))
OCCUPATION = register(Kind("occupation", "occupation (GB/T 6565)", clean_occupation, match_listed, is_occupation))
