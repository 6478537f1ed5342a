"""Names of organisations."""

from __future__ import annotations

import polars as pl

from engine.values.folds import fold_apostrophes, fold_letters, words_only
from engine.values.kinds import Kind, register
from engine.values.text import clean_text

_COMPANY = "(?:股份有限责任|有限责任|股份有限|有限|股份)公司"


def match_organisation(expr: pl.Expr) -> pl.Expr:
    """Return lower case without accents and punctuation, `&` as `and`; legal forms stay: they tell firms apart.

    Dots and apostrophes vanish (A.B.C. is abc), other punctuation separates words.

    >>> frame = pl.DataFrame({"x": ["A.B.C. Food & Wine, Ltd.", "杭州某某(集团)有限公司"]})
    >>> frame.select(match_organisation(pl.col("x")))["x"].to_list()
    ['abc food and wine ltd', '杭州某某集团有限公司']
    """
    text = fold_apostrophes(fold_letters(expr)).str.replace_all("&", " and ", literal=True)
    return words_only(text.str.replace_all(".", "", literal=True))


def plain_company(expr: pl.Expr) -> pl.Expr:
    """Return the name with every form of Chinese company as 公司: what is left out when a name is written short.

    >>> frame = pl.DataFrame({"x": ["杭州某某股份有限公司", "杭州某某有限责任公司临平分公司", "某某书店"]})
    >>> frame.select(plain_company(pl.col("x")))["x"].to_list()
    ['杭州某某公司', '杭州某某公司临平分公司', '某某书店']
    """
    return expr.str.replace_all(_COMPANY, "公司")


ORGANISATION = register(Kind("organisation", "name of an organisation", clean_text, match_organisation))
