"""The kinds of defects of single rows: each field that is spoilt, whom it can befall, and what is written instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from engine.city.defect_values import (
    age,
    another,
    choice,
    days_on,
    digit_changed,
    empty,
    full,
    is_day,
    nobodys,
    number,
    stranger,
    wide,
)  # fmt: skip

MASS_PHONE = "13966666666"
"""One telephone that stands for those nobody asked for."""


class Defect(NamedTuple):
    """`field` as `[role.]field` is logged; `writes` has what stands in each column then, over the row's texts.

    Attributes:
        field: what is spoilt.
        writes: column and what is written; a column that a source does not have is passed over.
        among: whom it can befall; unset: rows that have the field.
        reads: columns that a source must have besides `field`.
        clears: the role whose columns are left empty.
        adds: whether the row stays as it is and a changed copy is put behind it.
    """

    field: str
    writes: Mapping[str, pl.Expr]
    among: pl.Expr | None = None
    reads: tuple[str, ...] = ()
    clears: str = ""
    adds: bool = False

    def concerns(self, columns: Sequence[str]) -> bool:
        """Return whether a source with these columns can have the defect."""
        return self.field in columns and all(column in columns for column in self.reads)


def _one(field: str, written: pl.Expr, *, among: pl.Expr | None = None, reads: tuple[str, ...] = ()) -> Defect:
    return Defect(field, {field: written}, among, reads)


_IDENTITY = ("name", "id_no", "permit", "birth_certificate", "birth", "sex", "phone", "address", "former_name")
_ENROLLED = pl.col("code").is_in(["01", "02"])  # EDU.KIN and EDU.ENR in the department's codes
_BRANCH = (pl.col("code") == "11") & pl.col("other_firm.firm_name").is_not_null()  # BR.EST
_NAMED = ~pl.col("name").str.contains("之", literal=True)
_YEAR, _MONTH, _DAY = (pl.col("birth").str.slice(first, length) for first, length in ((0, 4), (5, 2), (8, 2)))

COMPLETENESS = {
    "blank_name": _one("name", choice(("无名氏", "不详", "未知", "-")), reads=("id_no",), among=full("id_no")),
    "blank_birth": _one("birth", choice(("不详", "/", "NULL", "无")), reads=("id_no",), among=full("id_no")),
    "blank_id": _one("id_no", choice(("无", "不详", "NULL", "0"))),
    "no_name": _one("name", pl.lit(None, pl.String), reads=("id_no",), among=full("id_no")),
    "nobody": Defect("name", empty(_IDENTITY)),
    "no_spouse": Defect("spouse.name", {}, clears="spouse"),
    "no_death_day": _one("date", pl.lit(None, pl.String)),
    "no_guardian": Defect(
        "mother.name", {}, (age("date") < 15 * 365) & _ENROLLED, ("date", "birth", "code"), clears="mother"
    ),
    "no_parent_firm": Defect("other_firm.firm_name", {}, _BRANCH, ("code",), clears="other_firm"),
    "cut_id": _one("id_no", pl.col("id_no").str.slice(0, 17), among=full("id_no")),
    "cut_code": _one("uscc", pl.col("uscc").str.slice(0, 17)),
}

ACCURACY = {
    "wrong_digit": _one("id_no", digit_changed("id_no", 0, 17), among=full("id_no")),
    "bad_permit": _one("permit", pl.col("permit") + choice(("换发", "遗失补办", "旧证"))),
    "bad_credit_code": _one("uscc", digit_changed("uscc", 8, 17), among=pl.col("uscc").str.len_chars() == 18),
    "other_sex": _one(
        "sex",
        pl.col("sex").replace({"1": "2", "2": "1", "男": "女", "女": "男", "男性": "女性", "女性": "男性"}),
        among=full("id_no"),
        reads=("id_no",),
    ),
    "other_birth": _one(
        "birth",
        _YEAR
        + "-"
        + _MONTH
        + "-"
        + ((_DAY.cast(pl.Int64, strict=False) + 1 + (pl.col("_how") % 9).cast(pl.Int64)) % 28 + 1)
        .cast(pl.String)
        .str.zfill(2),
        among=full("id_no") & is_day("birth"),
        reads=("id_no",),
    ),
    "impossible_day": _one("birth", _YEAR + "-" + choice(("02-30", "13-01", "06-31", "11-31")), among=is_day("birth")),
    "far_day": _one("birth", choice(("9999-12-31", "2099-01-01", "2031-05-01", "0001-01-01")), among=is_day("birth")),
    "below_zero": _one("amount", pl.lit("-") + pl.col("amount")),
    "no_number": _one("amount", choice(("约五百", "12,3.4.5", "见附件"))),
    "mass_phone": _one("phone", pl.lit(MASS_PHONE)),
}

CONFORMITY = {
    "wide_digits": _one("phone", wide("phone")),
    "zero_width": _one("name", pl.col("name").str.slice(0, 1) + "\u200b" + pl.col("name").str.slice(1, 30)),
    "mark_before": _one("name", pl.lit("\ufeff") + pl.col("name")),
    "remark": _one("name", pl.col("name") + choice(("(已故)", "（本人）", "(曾用名)", "(代)")), among=_NAMED),
    "republic_year": _one(
        "birth",
        "民国" + (_YEAR.cast(pl.Int64, strict=False) - 1911).cast(pl.String) + "年" + _MONTH + "月" + _DAY + "日",
        among=is_day("birth") & (pl.col("birth") > "1912-01-01"),
    ),
    "chinese_day": _one("birth", _YEAR + "年" + _MONTH + "月" + _DAY + "日", among=is_day("birth")),
    "unknown_sex_code": _one("sex", choice(("3", "4", "7", "8"))),
    "unknown_ethnicity": _one("ethnicity", choice(("77", "78", "88", "66"))),
    "unknown_marital": _one("marital", choice(("70", "55", "61", "77"))),
    "letters": _one(
        "id_no",
        pl.col("id_no").str.slice(0, 6)
        + pl.col("id_no").str.slice(6, 9).str.replace_many(["0", "1"], ["O", "l"])
        + pl.col("id_no").str.slice(15, 3),
        among=full("id_no") & pl.col("id_no").str.slice(6, 9).str.contains("[01]"),
    ),
    "fifteen": _one(
        "id_no",
        pl.col("id_no").str.slice(0, 6) + pl.col("id_no").str.slice(8, 9),
        among=full("id_no") & (pl.col("id_no").str.slice(6, 2) == "19"),
    ),
    "old_division": _one(
        "division", choice(("130422", "132439", "230122", "230721")), among=pl.col("recorded") > "1991-01-01"
    ),
    "nowhere": _one("address", choice(("同上", "村口小卖部对面", "老地方", "与母亲同住"))),
    "prefixed": _one(
        "phone", choice(("0086", "86-", "86", "17951-")) + pl.col("phone"), among=pl.col("phone").str.starts_with("1")
    ),
    "extension": _one("phone", "0571-8" + number(10**7, turn=2, width=7) + "转" + number(900, turn=1, width=3)),
}

CONSISTENCY = {
    "early_pension": _one(
        "date",
        days_on("_born", 33 * 365),
        reads=("birth",),
        among=is_day("birth") & (pl.col("birth") == pl.col("_born")),
    ),
    "late_pupil": Defect(
        "birth", {"birth": days_on("birth", -31 * 365)}, is_day("birth") & _ENROLLED, ("date", "code")
    ),
    "ends_before": _one("until", days_on("date", -40), reads=("date",), among=pl.col("date").is_not_null()),
    "before_birth": _one("date", days_on("birth", -400), reads=("birth",), among=is_day("birth")),
    "other_name": _one(
        "name",
        stranger("name"),
        reads=("id_no", "birth"),
        among=full("id_no") & _NAMED & (pl.col("name").str.len_chars() > 2),
    ),
    "after_death": Defect(
        "date",
        {"date": days_on("_died", 100), "recorded": days_on("_died", 110), "serial": pl.col("serial") + "D"},
        pl.col("_died").is_not_null() & (pl.col("_died") < "2024-06-30"),
        ("recorded",),
        adds=True,
    ),
    "ten_thousands": _one(
        "amount", (pl.col("amount").cast(pl.Float64, strict=False) / 10_000).round(6).cast(pl.String) + "万元"
    ),
}

RELATIONS = {
    "unknown_spouse": Defect(
        "spouse.id_no",
        {
            "spouse.id_no": nobodys("spouse.id_no"),
            "spouse.name": stranger("spouse.name"),
            **empty(["spouse.phone"]),
        },
        full("spouse.id_no"),
    ),
    "unknown_mother": Defect(
        "mother.id_no",
        {"mother.id_no": nobodys("mother.id_no"), "mother.name": stranger("mother.name")},
        full("mother.id_no"),
    ),
    "other_spouse": Defect(
        "spouse.id_no",
        {
            "spouse.id_no": another("id_no"),
            "spouse.name": another("name"),
            "spouse.birth": another("birth"),
            "spouse.phone": another("phone"),
        },
        (another("id_no") != pl.col("spouse.id_no")) & (another("id_no") != pl.col("id_no")),
        ("id_no",),
    ),
    "own_spouse": Defect(
        "spouse.id_no",
        {"spouse.id_no": pl.col("id_no"), "spouse.name": pl.col("name"), "spouse.birth": pl.col("birth")},
        full("id_no"),
        ("name", "birth"),
    ),
    "young_mother": Defect(
        "mother.birth", {"mother.birth": days_on("birth", -9 * 365), **empty(["mother.id_no"])}, None, ("birth",)
    ),
    "early_marriage": _one(
        "date", days_on("spouse.birth", -300), reads=("spouse.birth",), among=is_day("spouse.birth")
    ),
}

UNIQUENESS = {
    "second_version": Defect(
        "phone", {"phone": digit_changed("phone", 3, 11)}, pl.col("phone").str.len_chars() == 11, adds=True
    ),
    "borrowed_number": _one("id_no", another("id_no"), among=full("id_no") & (another("id_no") != pl.col("id_no"))),
    "second_number": _one(
        "id_no",
        nobodys("id_no"),
        reads=("birth", "phone"),
        among=full("id_no") & is_day("birth") & pl.col("phone").is_not_null() & _NAMED,
    ),
    "second_entry": Defect("serial", {"serial": pl.col("serial") + "D", "recorded": pl.col("recorded")}, adds=True),
}

DEFECTS: dict[str, Defect] = {
    **COMPLETENESS,
    **ACCURACY,
    **CONFORMITY,
    **CONSISTENCY,
    **RELATIONS,
    **UNIQUENESS,
}
"""By kind; names are those of errors.toml's `[[defect]]`."""
