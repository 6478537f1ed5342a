"""One way to write what addresses write in many: widths, old characters, Chinese numbers, 栋 座 # and dashes."""

from __future__ import annotations

import polars as pl

from engine.values.chinese_numbers import number_words
from engine.values.distinct import whole
from engine.values.text import clean_text

_CHARACTERS = {
    "號": "号", "樓": "楼", "棟": "栋", "單": "单", "區": "区", "縣": "县", "鎮": "镇", "鄉": "乡", "衖": "弄",
    "門": "门", "層": "层", "戶": "户", "組": "组", "隊": "队", "東": "东", "廣": "广", "灣": "湾", "灘": "滩",
    "龍": "龙", "雲": "云",
}  # fmt: skip
_OLD = f"[{''.join(_CHARACTERS)}]"
_COUNTED = "(?:号|弄|栋|幢|座|单元|室|层|楼|组|门)"
_WORDED = rf"[零〇一二三四五六七八九十百]+{_COUNTED}"
_STEPS = (
    (r"\([^()]*\)", ""),
    (r"[\s,，。.;:、\"'“”]+", ""),
    (r"[—–―－‐‑~～_]+", "-"),
    (r"([0-9])之([0-9])", "${1}-${2}"),
    (r"([0-9A-Z甲乙丙丁东西南北])(?:号楼|栋|座|#楼|#)", "${1}幢"),
    (r"-+$", ""),
)


def plain_address(expr: pl.Expr) -> pl.Expr:
    """Return the address in capitals without blanks and remarks, numbers in digits, every building as 幢.

    >>> frame = pl.DataFrame({"x": ["文三路 十二號 3栋二单元501室(东门)", "学院路１２号—３＃５０１", "三里屯路a座"]})
    >>> frame.select(plain_address(pl.col("x")))["x"].to_list()
    ['文三路12号3幢2单元501室', '学院路12号-3幢501', '三里屯路A幢']
    """
    text = whole(clean_text(expr).str.to_uppercase(), _worded, dtype=pl.String)
    for form, plain in _STEPS:
        text = text.str.replace_all(form, plain)
    return text


def _worded(values: pl.Series) -> pl.Series:
    """Return the texts in today's characters, with the numbers that count something in digits."""
    old = values.str.contains(_OLD).arg_true()
    if old.len():
        spelled = values.gather(old).to_frame("text").select(pl.col("text").str.replace_many(_CHARACTERS)).to_series()
        values = values.scatter(old, spelled)
    return _in_digits(values)


def _in_digits(values: pl.Series) -> pl.Series:
    """Return the texts with the Chinese numbers before 号, 幢, 单元 and the like in digits."""
    found = values.filter(values.str.contains(_WORDED))
    if found.is_empty():
        return values
    words = number_words()
    tokens = found.str.extract_all(_WORDED).explode().unique()
    parts = pl.DataFrame({"token": tokens}).select(
        "token",
        number=pl.col("token").str.strip_chars_end("号弄栋幢座单元室层楼组门").replace_strict(words, default=None),
        counted=pl.col("token").str.strip_chars_start("零〇一二三四五六七八九十百"),
    )
    spelled = parts.drop_nulls("number").select("token", pl.concat_str(pl.col("number").cast(pl.String), "counted"))
    known = dict(spelled.sort("token").rows())
    frame = values.to_frame("text")
    return frame.select(pl.col("text").str.replace_many(known, leftmost=True)).to_series().alias(values.name)
