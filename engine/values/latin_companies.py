"""Names of firms in Latin letters: the legal form, and what is left without it.

Names are in the form that is matched: lower case, without accents and punctuation (`B.V.` is bv).
"""

from __future__ import annotations

import polars as pl

FORMS = (
    "ab ag aktiebolag aktiengesellschaft aps as asa bhd bv bvba cia co company corp corporation cv eirl gmbh ges "
    "gesellschaft gie inc incorporated kft kg kgaa kk lda limited llc llp lp ltd ltda mbh nv oao ohg oo ooo oy oyj pao "
    "plc pte pty pvt sa sab sarl sas sasu sca scrl se sl slu spa sp spzoo srl sro uab vof zao zoo"
).split()
"""Legal forms of firms and their abbreviations, as single words."""

PHRASES = (
    "naamloze vennootschap",
    "naamlooze vennootschap",
    "besloten vennootschap",
    "public limited company",
    "limited liability company",
    "limited liability partnership",
    "sociedad anonima",
    "sociedade anonima",
    "sociedad limitada",
    "societe anonyme",
    "societa per azioni",
    "private limited",
    "proprietary limited",
    "joint stock company",
    "n v",
    "b v",
    "s a",
    "s p a",
    "a g",
    "l l c",
)
"""Legal forms of several words."""

_FORMS = rf"\b(?:{'|'.join((*PHRASES, *FORMS))})\b"
_FILLERS = r"\b(?:and|et|und|en|y|e|of|the|de|der|die|das|le|la|les|el|van)\b"


def latin_company_core(expr: pl.Expr) -> pl.Expr:
    """Return the name without legal forms and filling words; a name of those alone stays as it is.

    >>> frame = pl.DataFrame({"x": ["harbour and sons ltd", "the harbour co", "meadow n v", "ag", None]})
    >>> frame.select(latin_company_core(pl.col("x")))["x"].to_list()
    ['harbour sons', 'harbour', 'meadow', 'ag', None]
    """
    bare = expr.str.replace_all(_FORMS, " ").str.replace_all(_FILLERS, " ").str.replace_all(r"\s+", " ")
    core = bare.str.strip_chars()
    return pl.when(core == "").then(expr).otherwise(core)
