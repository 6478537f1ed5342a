"""Names of Chinese legal entities, taken apart: division, 字号, trade, organisational form, branch.

A name is made of these in this order (企业名称登记管理规定 2020, article 6); the division may also stand in brackets
behind the 字号. Tables: configs/codes/company_trades.csv, company_forms.csv, divisions.csv. The kept form of a name is
meant (kind `organisation`); the matched form has no brackets, so that a division inside is not found. Nothing is parsed
in a name without Chinese characters: every part is null.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from engine.values.characters import standard_characters
from engine.values.company_divisions import leading_division, longest_end
from engine.values.folds import fold_spaces, present, staged
from engine.values.surnames import one_or_two

COMPANY_PARTS = ("division", "core", "trade", "form", "branch")
"""The columns of `split_companies` behind the name."""

_BODY = r"^(.+(?:公司|企业|合伙\)?|事务所|合作社|银行|集团|厂))"
_BRANCHES = "分公司|分店|分行|支行|分理处|分所|分院|分社|分厂|营业部|办事处|代表处|项目部"
_BRANCH = rf"(\(?[\p{{Han}}\p{{L}}\p{{N}}]{{1,20}}?(?:{_BRANCHES})\)?)$"
_BRACKETS = r"\(([^()]+)\)"
_SUFFIX = r"(?:特别行政区|自治区|自治州|地区|省|市|盟)$"


def company_division(expr: pl.Expr) -> pl.Expr:
    """Return the division at the begin of a company's name, else the one in brackets inside; null where neither is.

    Known are the names of divisions since 1981, short ones of provinces, prefectures and cities, and 中国.

    >>> frame = pl.DataFrame({"x": ["浙江省杭州市某某商行", "华为（杭州）技术有限公司", "义乌某某百货店", "某某书店"]})
    >>> frame.select(company_division(pl.col("x")))["x"].to_list()
    ['浙江省杭州市', '杭州', '义乌', None]
    """
    return staged(expr, _division, dtype=pl.String)


def company_core(expr: pl.Expr) -> pl.Expr:
    """Return the 字号, what a company is called: what is left between division and trade.

    Null where nothing is left (中国石油天然气股份有限公司, 杭州银行) and for authorities (财政局). A trade that is in
    no table stays with it. In standard characters.

    >>> frame = pl.DataFrame({"x": ["杭州某某网络科技有限公司", "华为（杭州）技术有限公司", "杭州市财政局", "Acme"]})
    >>> frame.select(company_core(pl.col("x")))["x"].to_list()
    ['某某', '华为', None, None]
    """
    return staged(expr, _core, dtype=pl.String)


def company_trade(expr: pl.Expr) -> pl.Expr:
    """Return the words of trade before the organisational form, 集团 among them; null without one.

    >>> frame = pl.DataFrame({"x": ["杭州某某网络科技有限公司", "某某控股集团有限公司", "某某书店"]})
    >>> frame.select(company_trade(pl.col("x")))["x"].to_list()
    ['网络科技', '控股集团', None]
    """
    return staged(expr, _trade, dtype=pl.String)


def company_form(expr: pl.Expr) -> pl.Expr:
    """Return the organisational form by its legal name, of shops and institutions the word they use; null without one.

    >>> frame = pl.DataFrame({"x": ["某某有限公司", "某某股份公司", "某某合伙企业（有限合伙）", "某某便利店", "某某"]})
    >>> frame.select(company_form(pl.col("x")))["x"].to_list()
    ['有限责任公司', '股份有限公司', '有限合伙企业', '便利店', None]
    """
    return staged(expr, _form, dtype=pl.String)


def company_branch(expr: pl.Expr) -> pl.Expr:
    """Return the branch behind a company's name; null in the name of no branch. A branch is another subject.

    >>> frame = pl.DataFrame({"x": ["杭州某某有限公司临平分公司", "杭州银行西湖支行", "杭州某某有限公司"]})
    >>> frame.select(company_branch(pl.col("x")))["x"].to_list()
    ['临平分公司', '西湖支行', None]
    """
    return staged(expr, _branch, dtype=pl.String)


def company_alias_keys(expr: pl.Expr) -> pl.Expr:
    """Return what a company is called for short: the 字号, and short division and 字号; keys for blocking.

    Without a 字号 the trade, or else the form, stands for it, with the division alone. A branch has the keys of its
    parent. Invented abbreviations (中石油) are in no name and not found.

    >>> frame = pl.DataFrame({"x": ["杭州市某某科技有限公司", "中国石油天然气股份有限公司", "某某书店", "杭州银行"]})
    >>> frame.select(company_alias_keys(pl.col("x")))["x"].to_list()
    [['某某', '杭州某某'], ['中国石油天然气'], ['某某'], ['杭州银行']]
    """
    return expr.map_batches(_alias_keys, return_dtype=pl.List(pl.String), is_elementwise=True)


def split_companies(names: pl.Series) -> pl.DataFrame:
    """Return for each name, in order, the name and its parts, `COMPANY_PARTS`; worked out once per distinct name.

    >>> split_companies(pl.Series(["华为（杭州）技术有限公司"])).row(0)
    ('华为（杭州）技术有限公司', '杭州', '华为', '技术', '有限责任公司', None)
    """
    given = names.cast(pl.String).alias("name").to_frame()
    distinct = given.unique()
    parted = _parted(distinct["name"]) if len(distinct) < len(given) else _parted(given["name"])
    if len(distinct) == len(given):
        return parted
    return given.join(parted, on="name", how="left", nulls_equal=True, maintain_order="left")


def _parted(names: pl.Series) -> pl.DataFrame:
    """Return the parts, taken off from behind: branch, form, division, and what is left as 字号 and trade."""
    forms, (core_of, trade_alone) = _forms(), _trades()
    x, body, rest, suffix = pl.col("x"), pl.col("body"), pl.col("rest"), pl.col("suffix")
    frame = names.to_frame().with_columns(x=_plain(names))
    frame = frame.with_columns(branch=x.str.extract(_BODY + _BRANCH, 2), x=x.str.replace(_BODY + _BRANCH, "${1}"))
    frame = frame.with_columns(suffix=longest_end(x, forms["suffix"], at="tail"))
    frame = frame.with_columns(body=_before(x, "suffix"))
    # a legal form in brackets stands behind the word for the kind of place: 事务所(特殊普通合伙), 餐馆(个体工商户)
    legal = suffix.is_in(forms.filter("legal")["suffix"].implode())
    frame = frame.with_columns(place=pl.when(legal).then(longest_end(body, forms["suffix"], at="tail")))
    frame = frame.with_columns(body=_before(body, "place"))
    frame = frame.with_columns(within=body.str.extract(_BRACKETS))
    frame = frame.with_columns(within=_whole_division(frame["within"]))
    outside = pl.when(pl.col("within").is_not_null()).then(body.str.replace(_BRACKETS, "")).otherwise(body)
    frame = frame.with_columns(body=outside.str.replace_all(r"[()]", ""))
    frame = frame.with_columns(first=leading_division(frame["body"]))
    frame = frame.with_columns(rest=body.str.slice(pl.col("first").fill_null("").str.len_chars()))
    kind = [suffix.replace_strict(forms["suffix"], forms[column], default=None) for column in ("form", "class")]
    nameless = rest.str.contains(trade_alone) | (kind[1] == "authority").fill_null(value=False)
    core = pl.when(~nameless).then(pl.coalesce(rest.str.extract(core_of, 1), rest))
    trade = pl.when(nameless).then(rest).otherwise(rest.str.extract(core_of, 2))
    trade = pl.concat_str(trade.fill_null(""), pl.col("place").fill_null(""))
    branch = present(pl.col("branch").str.replace_all(r"[()]", ""))
    parts = {"division": pl.coalesce("first", "within"), "core": present(core), "trade": present(trade)}
    return frame.select("name", **parts, form=kind[0], branch=branch)


def _plain(names: pl.Series) -> pl.Series:
    """Return names with Chinese characters in standard characters, with ordinary brackets and no blanks; else null."""
    odd = names.str.contains(r"[^\p{Han}A-Za-z0-9()]").fill_null(value=False)
    folded = names.filter(odd).alias("x").to_frame().select(fold_spaces(pl.col("x").str.normalize("NFKC")))
    plain = names.clone().scatter(odd.arg_true(), folded["x"]).alias("x").to_frame()
    chinese = pl.when(pl.col("x").str.contains(r"\p{Han}")).then("x")
    return plain.select(standard_characters(chinese)).to_series()


def _whole_division(texts: pl.Series) -> pl.Series:
    """Return the texts that are nothing but a division; others are null."""
    given = texts.drop_nulls()
    found = given.filter((leading_division(given) == given).fill_null(value=False)).unique()
    return texts.to_frame("x").select(pl.when(pl.col("x").is_in(found.implode())).then("x")).to_series()


def _before(text: pl.Expr, suffix: str) -> pl.Expr:
    return text.str.head(text.str.len_chars() - pl.col(suffix).fill_null("").str.len_chars())


def _part(names: pl.Series, part: str) -> pl.Series:
    return split_companies(names)[part].alias(names.name)


def _division(names: pl.Series) -> pl.Series:
    return _part(names, "division")


def _core(names: pl.Series) -> pl.Series:
    return _part(names, "core")


def _trade(names: pl.Series) -> pl.Series:
    return _part(names, "trade")


def _form(names: pl.Series) -> pl.Series:
    return _part(names, "form")


def _branch(names: pl.Series) -> pl.Series:
    return _part(names, "branch")


def _alias_keys(names: pl.Series) -> pl.Series:
    core, place = pl.col("core"), pl.col("division").str.replace(_SUFFIX, "")
    called = pl.coalesce("core", "trade", "form")
    placed = place + called
    first = pl.when(core.is_null()).then(pl.coalesce(placed, called)).otherwise(core)
    second = pl.when(core.is_not_null()).then(placed)
    return split_companies(names).select(first=first, second=second).select(one_or_two("first", "second")).to_series()


@cache
def _trades() -> tuple[str, str]:
    """Return the expressions of a 字号 with its trade, and of trade alone."""
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read this module

    words = pl.read_csv(shipped("codes", "company_trades.csv"), infer_schema=False)["word"]
    trade = "|".join(sorted(words, key=lambda word: (-len(word), word)))
    return f"^(.{{2,}}?)((?:{trade})+)$", f"^(?:{trade})*$"


@cache
def _forms() -> pl.DataFrame:
    """Return the forms by what names end with, with and without brackets; `legal` are those in brackets alone."""
    from engine.settings.shipped import shipped  # as above

    table = pl.read_csv(shipped("codes", "company_forms.csv"), infer_schema=False)
    table = table.with_columns(legal=pl.col("suffix").str.starts_with("("))
    bare = table.with_columns(pl.col("suffix").str.replace_all(r"[()]", ""))
    return pl.concat([table, bare]).unique("suffix", keep="first", maintain_order=True)
