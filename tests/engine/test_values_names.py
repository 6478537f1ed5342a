"""Names of persons: cleansing, private-use characters, wildcards, shapes, the fold of variants."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.settings.shipped import shipped
from engine.values.characters import FEW, public_characters
from engine.values.functions import FUNCTIONS
from engine.values.name_shapes import SHAPES
from engine.values.names import clean_name, match_name

CLEANSED = {
    "张 伟": "张伟", "张\u3000伟": "张伟", "欧 阳 娜 娜": "欧阳娜娜", "欧阳 娜娜": "欧阳娜娜", "歐陽 娜娜": "歐陽娜娜",
    "张 小明": "张小明", "张伟(本人)": "张伟", "张伟（已故）": "张伟", "张伟 （代）": "张伟", "张伟【户主】": "张伟",
    "张伟(本人)(代)": "张伟", "张伟(本人).": "张伟", "张伟(曾用名:张卫": "张伟", "张伟先生": "张伟", "张伟 女士": "张伟",
    "张 伟 先生": "张伟", "欧阳先生": "欧阳先生", "李先生": "李先生", "(张伟)": "(张伟)", "(本人)": "(本人)",
    "阿卜杜拉·买买提": "阿卜杜拉·买买提", "阿卜杜拉•买买提": "阿卜杜拉·买买提", "阿卜杜拉‧买买提": "阿卜杜拉·买买提",
    "阿卜杜拉・买买提": "阿卜杜拉·买买提", "阿卜杜拉･买买提": "阿卜杜拉·买买提", "阿卜杜拉⸱买买提": "阿卜杜拉·买买提",
    "阿卜杜拉．买买提": "阿卜杜拉·买买提", "阿卜杜拉.买买提": "阿卜杜拉·买买提", "阿卜杜拉 买买提": "阿卜杜拉·买买提",
    "阿卜杜拉\u3000买买提": "阿卜杜拉·买买提", "阿卜杜拉 · 买买提": "阿卜杜拉·买买提", "·阿卜杜拉·": "阿卜杜拉",
    "乔治.W.布什": "乔治·W·布什", "扎西 次仁": "扎西 次仁", "张伟 李娜": "张伟 李娜", "张小明 李小红": "张小明 李小红",
    "張小明 李小紅": "張小明 李小紅", "张伟1": "张伟1", "王?": "王?", "王＊": "王*", "张\ue863": "张䶮", "\ue81e": "龴",
    "王\ue000": "王\ue000", "堃喆昇": "堃喆昇",
}  # fmt: skip

WESTERN = [
    "J. Smith", "J.R. Smith", "O'Neill", "José O’Neill-Díaz", "Dr. J. Smith (Jr.)", "van der Berg", "Mary  Ann",
    "SMITH, JOHN", "St. John", "Müller・Lee", "N'Guyen 3rd", "Анна Иванова", "(unknown)", "Ann•Lee", "Smith\ue000",
]  # fmt: skip


def applied(function: Any, text: str | None) -> Any:
    frame = pl.DataFrame({"x": [text]}, schema={"x": pl.String})
    return frame.select(function(pl.col("x")))["x"].to_list()[0]


@pytest.mark.parametrize(("delivered", "kept"), CLEANSED.items())
def test_kept_form(delivered: str, kept: str) -> None:
    assert applied(clean_name, delivered) == kept
    assert applied(clean_name, kept) == kept


@pytest.mark.parametrize("name", WESTERN)
def test_a_western_name_keeps_its_blanks_dots_and_brackets(name: str) -> None:
    assert applied(clean_name, name) == " ".join(name.split())


def test_cleansing_changes_only_what_is_odd_in_a_column() -> None:
    names = ["张伟", None, "Ann (Lee)", "张 伟", "", "欧阳娜娜"]
    assert pl.DataFrame({"x": names}).select(clean_name(pl.col("x")))["x"].to_list() == [
        "张伟", None, "Ann (Lee)", "张伟", None, "欧阳娜娜",
    ]  # fmt: skip


@pytest.mark.parametrize("delivered", ["张 伟", "阿卜杜拉 买买提", "阿卜杜拉・买买提", "扎西 次仁"])
def test_blanks_and_separators_do_not_matter_for_matching(delivered: str) -> None:
    plain = delivered.replace(" ", "").replace("・", "")
    assert applied(match_name, applied(clean_name, delivered)) == plain


def test_private_use_characters_have_their_unicode_character() -> None:
    table = pl.read_csv(shipped("codes", "private_use.csv"), infer_schema=False)
    codes = [int(code, 16) for code in table["private_use"]]
    assert codes == list(range(0xE815, 0xE865))
    assert [f"{ord(one):04X}" for one in table["character"]] == table["code_point"].to_list()
    assert not any(0xE000 <= ord(one) <= 0xF8FF for one in table["character"])
    assert applied(public_characters, "\ue816\ue81e\ue826\ue831\ue855\ue864") == "𠂇龴龵𡗗𤇾龻"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("王?", "王?"), ("王□", "王?"), ("王*明", "王?明"), ("王■", "王?"), ("王〓", "王?"), ("王\ue000", "王?"),
        ("王\ufffd", "王?"), ("王kun", "王?"), ("张YI凡", "张?凡"), ("张YI凡LEI", "张?凡?"), ("WANG伟", "?伟"),
        ("乔治·W·布什", "乔治·W·布什"), ("王xyz", "王xyz"), ("J*hn", "J*hn"), ("张伟", "张伟"), (None, None),
    ],
)  # fmt: skip
def test_what_stands_for_one_unknown_character(name: str | None, expected: str | None) -> None:
    assert applied(FUNCTIONS["wildcards"], name) == expected


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("张伟", "chinese2"), ("张小明", "chinese3"), ("陈方安生", "chinese4"), ("欧阳修", "compound"),
        ("欧阳娜娜", "compound"), ("阿卜杜拉·买买提", "transliterated"), ("阿卜杜拉买买提", "transliterated"),
        ("王?", "wildcard"), ("王kun", "wildcard"), ("张伟2", "numbered"), ("张丽之女", "placeholder"),
        ("无名氏", "placeholder"), ("婴儿", "placeholder"), ("某某", "placeholder"), ("Ann Lee", "latin"),
        ("O’Neill-Díaz", "latin"), ("乔治·W·布什", "mixed"), ("王xyz", "mixed"), ("Анна", "other"), ("13800138000", "other"),
        ("张伟 李娜", "other"), ("王", "other"), (None, None),
    ],
)  # fmt: skip
def test_shape(name: str | None, shape: str | None) -> None:
    assert applied(FUNCTIONS["name_shape"], name) == shape
    assert shape is None or shape in SHAPES


@pytest.mark.parametrize(
    ("name", "standard"),
    [("呉", "吴"), ("馮国峯", "冯国峰"), ("堃", "坤"), ("喆", "哲"), ("昇", "升"), ("龢", "和"), ("戸", "户"), ("鍾", "钟"),
     ("関", "关"), ("貿易", "贸易"), ("甯", "甯"), ("芸", "芸"), ("张伟", "张伟")],
)  # fmt: skip
def test_the_fold_of_variants(name: str, standard: str) -> None:
    assert applied(FUNCTIONS["standard_characters"], name) == standard
    assert applied(FUNCTIONS["standard_characters"], standard) == standard
    assert applied(clean_name, name) == name


def test_many_texts_are_folded_as_few_are() -> None:
    names = pl.DataFrame({"x": [*("馮国峯", "呉龢", "堃喆", "Ann", "", None, "𠮷田"), *(f"{n}昇" for n in range(FEW))]})

    for name in ("standard_characters", "reading"):
        fold = FUNCTIONS[name](pl.col("x"))
        few = pl.concat(part.select(fold) for part in names.iter_slices(100))
        assert_frame_equal(names.select(fold), few)
