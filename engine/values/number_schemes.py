"""Which kind of number a bare text is: by the column it stands in, then by its form, and what remains ambiguous."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal, NamedTuple

import polars as pl

from engine.values.credit_code_explanation import (
    ENTITY_SCHEMES,
    explain_organisation_code,
    explain_registration_number,
    explain_uscc,
)
from engine.values.credit_codes import LETTERS
from engine.values.divisions import Divisions
from engine.values.explanation import explained
from engine.values.kinds import KINDS
from engine.values.resident_explanation import RESIDENT_SCHEMES, explain_resident_id
from engine.values.travel_explanation import (
    CHINESE_PASSPORTS,
    TRAVEL_SCHEMES,
    explain_foreign_permanent,
    explain_passport,
    explain_travel_permit,
)

Context = Literal["person", "organisation"]

SCHEMES = {**RESIDENT_SCHEMES, **TRAVEL_SCHEMES, **ENTITY_SCHEMES}
"""What every scheme of an explanation is called."""


_CREDIT = rf"^[{LETTERS}]{{2}}[0-9]{{6}}[{LETTERS}]{{10}}$"
_OLD = r"[A-Z]{3}\d{12}"
_REGISTRATION = r"^(?:\d{15}|\d{13}|\p{Han}+字第?\d+号?)$"
_PERMIT = r"^(?:[HM]\d{8}(?:\d{2})?|\d{8}(?:\d{2}[A-Z]?)?)$"
_ORGANISATION = "^[0-9A-Z]{8}[0-9X]$"
_BORN = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_FOREIGN = rf"^(?:9\d{{5}}{_BORN}\d{{3}}[\dX]|{_OLD})$"


class Candidate(NamedTuple):
    """A kind that a bare number may be, whose it then is, and the form of its cleansed text.

    `loose` is a wider form, which a faulty number still has in a column of the kind's context.
    """

    kind: str
    context: Context
    form: str
    loose: str


CANDIDATES = (
    Candidate("resident_id", "person", rf"^[1-8]\d{{5}}{_BORN}\d{{3}}[\dX]$", r"^[1-8]\d{14}(?:\d{2}[\dX])?$"),
    Candidate("uscc", "organisation", _CREDIT, _CREDIT),
    Candidate(
        "foreign_permanent", "person", rf"^(?:9\d{{5}}{_BORN}\d{{3}}[\dX]|{_OLD})$", rf"^(?:9\d{{16}}[\dX]|{_OLD})$"
    ),
    Candidate("registration_number", "organisation", _REGISTRATION, _REGISTRATION),
    Candidate("travel_permit", "person", _PERMIT, _PERMIT),
    Candidate("passport", "person", "|".join(CHINESE_PASSPORTS.values()), r"^[A-Z]{1,2}\d{6,8}$"),
    Candidate("organisation_code", "organisation", _ORGANISATION, _ORGANISATION),
)
"""Likelier first, so that the first of several is taken where the column does not tell.

A credit code of digits alone seldom holds a birth date: a number with the checks of both kinds is a citizen's. One that
begins with 9 is a credit code, because foreign permanent residents are few. Of old citizen numbers 10 % have the check
of a registration number; of registration numbers 3.7 % hold a day of the calendar.
"""

_TITLES: dict[Context, str] = {
    "person": (
        "身份证|身份号|公民|居住证|居留|护照|通行证|证件号|sfz|zjhm|id_?card|id_?no|resident|passport|permit|person"
    ),
    "organisation": "信用代码|组织机构|机构代码|注册号|工商|企业|单位|uscc|xydm|org|regist|company|firm|legal_entity",
}


def context_of(title: str) -> Context | None:
    """Return whose number a column of this title, or an attribute of this kind, holds; None when it does not tell.

    >>> context_of("法定代表人身份证号"), context_of("统一社会信用代码"), context_of("uscc"), context_of("number")
    ('person', 'organisation', 'organisation', None)
    """
    found = (context for context, words in _TITLES.items() if re.search(words, title, flags=re.IGNORECASE))
    return next(found, None)


def resolve_kinds(values: pl.Series, *, as_of: date, context: Context | None = None) -> pl.DataFrame:
    """Return for each text, in order, its `kind`, the `candidates`, and the signs `ambiguous` and `off_context`.

    Candidates are the kinds that it is valid as, those of the context when there are any. Before a kind of the other
    context comes a person's number with a day of birth and a wrong check; after it, the first kind of the context whose
    form the number loosely has. What has no form is, in a context, a citizen number or credit code, else null. A birth
    after `as_of` makes no person.

    >>> texts = pl.Series(["110108000000016", "91110000600037341L", "H12345678", "E12345678"])
    >>> resolve_kinds(texts, as_of=date(2024, 12, 31)).rows()
    [('registration_number', ['registration_number'], False, False), ('uscc', ['uscc'], False, False),
     ('travel_permit', ['travel_permit', 'passport'], True, False), ('passport', ['passport'], False, False)]
    """
    text = pl.col("text")
    frame = values.cast(pl.String).alias("text").to_frame()
    frame = frame.with_columns(KINDS[one.kind].clean(text).alias(one.kind) for one in CANDIDATES)
    formed = {one.kind: pl.col(one.kind).str.contains(one.form) for one in CANDIDATES}
    born = pl.max_horizontal(
        pl.when(formed[kind] & (pl.col(kind).str.len_chars() == 18)).then(pl.col(kind).str.slice(6, 8))
        for kind in ("resident_id", "foreign_permanent")
    )
    to_come = (born > as_of.strftime("%Y%m%d")).fill_null(value=False)
    frame = frame.with_columns(
        sign.alias(f"{one.kind} {name}")
        for one in CANDIDATES
        for name, sign in (
            ("formed", formed[one.kind]), ("loose", pl.col(one.kind).str.contains(one.loose)),
            ("valid", formed[one.kind] & _valid(one.kind, to_come)),
        )
    )  # fmt: skip
    every = [one.kind for one in CANDIDATES]
    own = [one.kind for one in CANDIDATES if context in {None, one.context}]
    born_own = [kind for kind in ("resident_id", "foreign_permanent") if kind in own]
    steps = (
        _those(own, "valid"), _those(born_own, "formed").list.head(1), _those(every, "valid"),
        _those(own, "loose").list.head(1), _those(every, "formed").list.head(1), _last(context),
    )  # fmt: skip
    listed = pl.coalesce([pl.when(step.list.len() > 0).then(step) for step in steps])
    inside = pl.any_horizontal(pl.col("listed").list.contains(kind) for kind in own)
    return frame.with_columns(listed=listed).select(
        kind=pl.col("listed").list.first(),
        candidates=pl.col("listed").fill_null([]),
        ambiguous=(pl.col("listed").list.len() > 1).fill_null(value=False),
        off_context=(~inside).fill_null(value=False),
    )


def explain_numbers(
    values: pl.Series,
    *,
    as_of: date,
    divisions: Divisions | None = None,
    kind: str | None = None,
    context: Context | None = None,
) -> pl.DataFrame:
    """Return one explanation for each delivered text, in order: as of `kind`, else of the kind that it is found to be.

    What is valid as more than one kind has the flag `ambiguous_id_type`, what is of the other context
    `context_disagrees`.
    """
    texts = values.cast(pl.String).alias("given")
    if kind is not None:
        return _explainers(as_of, divisions)[kind](texts)
    found = resolve_kinds(texts, as_of=as_of, context=context).with_columns(texts).with_row_index("row")
    none = pl.col("given").is_not_null()
    parts = [
        explained(
            found.filter(pl.col("kind").is_null()).select(
                "given", valid=pl.when(none).then(False), reason=pl.when(none).then(pl.lit("no_scheme"))
            )
        ).with_columns(found.filter(pl.col("kind").is_null()).select("row", "ambiguous", "off_context"))
    ]
    for name, explain in _explainers(as_of, divisions).items():
        own = found.filter(pl.col("kind") == name)
        if len(own):
            parts.append(explain(own["given"]).with_columns(own.select("row", "ambiguous", "off_context")))
    signs = [
        pl.when(sign).then(pl.lit([flag])).otherwise(pl.lit([], pl.List(pl.String)))
        for sign, flag in (("ambiguous", "ambiguous_id_type"), ("off_context", "context_disagrees"))
    ]
    whole = pl.concat(parts).sort("row").with_columns(flags=pl.concat_list("flags", *signs))
    return whole.drop("row", "ambiguous", "off_context")


EXPLAINED = tuple(one.kind for one in CANDIDATES)
"""The kinds that a number can be explained as."""


def _explainers(as_of: date, divisions: Divisions | None) -> dict[str, Callable[[pl.Series], pl.DataFrame]]:
    return {
        "resident_id": lambda texts: explain_resident_id(texts, as_of=as_of, divisions=divisions),
        "uscc": lambda texts: explain_uscc(texts, divisions=divisions),
        "foreign_permanent": lambda texts: explain_foreign_permanent(texts, as_of=as_of, divisions=divisions),
        "registration_number": lambda texts: explain_registration_number(texts, divisions=divisions),
        "travel_permit": explain_travel_permit,
        "passport": explain_passport,
        "organisation_code": explain_organisation_code,
    }


def _valid(kind: str, to_come: pl.Expr) -> pl.Expr:
    fits = KINDS[kind].valid
    assert fits is not None
    valid = fits(pl.col(kind))
    return valid & ~to_come if kind in {"resident_id", "foreign_permanent"} else valid


def _those(kinds: Sequence[str], sign: str) -> pl.Expr:
    """Return the list of the kinds whose column of a sign holds."""
    if not kinds:
        return pl.lit([], pl.List(pl.String))
    holds = (pl.when(pl.col(f"{kind} {sign}").fill_null(value=False)).then(pl.lit(kind)) for kind in kinds)
    return pl.concat_list(*holds).list.drop_nulls()


def _last(context: Context | None) -> pl.Expr:
    """Return the kind that a text without any form is held against in a column of a context."""
    kinds = {"person": ["resident_id"], "organisation": ["uscc"]}[context] if context else []
    return pl.when(pl.col("text").is_not_null()).then(pl.lit(kinds, pl.List(pl.String)))
