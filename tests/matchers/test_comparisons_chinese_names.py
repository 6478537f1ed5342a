"""Comparisons of Chinese names: each level, and the names of the acceptance cases."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.settings.subject import Comparison
from engine.values.names import match_name
from matchers.comparisons import build_comparison, compare


def graded(kind: str, left: tuple[str | None, ...], right: tuple[str | None, ...]) -> str:
    attributes = ("name", "former_name")[: len(left)]
    settings = Comparison(name="it", attribute=attributes, kind=kind)
    values = {f"{name}_l": [one] for name, one in zip(attributes, left, strict=True)}
    values |= {f"{name}_r": [one] for name, one in zip(attributes, right, strict=True)}
    pairs = pl.DataFrame({"signature_l": [1], "signature_r": [2], **values}).with_columns(
        pl.col(pl.Null).cast(pl.String)
    )
    found = compare(pairs, comparisons=(settings,))["level_it"][0]
    comparison = build_comparison(settings)
    return dict(zip(comparison.numbers(), (level.label for level in comparison.levels), strict=True))[found]


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        ("王伟", "王伟", "exact"),
        ("王伟", "王偉", "variant characters"),
        ("马国峰", "馬國峯", "variant characters"),
        ("王建国", "王健国", "sounds alike"),
        ("李小红", "李晓虹", "sounds alike"),
        ("王䶮", "王龑", "sounds alike"),
        ("单雄信", "山雄信", "sounds alike"),
        ("单雄信", "丹雄信", "sounds alike"),
        ("王乐", "王跃", "sounds alike"),
        ("欧阳娜娜", "欧阳那那", "sounds alike"),
        ("周宸玥", "周宸yue", "sounds alike"),
        ("阿卜杜拉买买提", "阿卜杜拉买麦提", "sounds alike"),
        ("wangyan", "wang yan", "sounds alike"),
        ("土丽", "士丽", "like shape"),
        ("王䶮", "王?", "a character unstored"),
        ("王䶮", "王\ue123", "a character unstored"),
        ("王䶮", "王□", "a character unstored"),
        ("王䶮", "王■", "a character unstored"),
        ("王䶮", "王〓", "a character unstored"),
        ("王䶮", "wangyan", "in Latin letters"),
        ("王䶮", "wang yan", "in Latin letters"),
        ("王䶮", "yan wang", "in Latin letters"),
        ("吕布", "lv bu", "in Latin letters"),
        ("吕布", "lyu bu", "in Latin letters"),
        ("单雄信", "shan xiongxin", "in Latin letters"),
        ("覃小明", "tan xiao ming", "in Latin letters"),
        ("阿卜杜拉买买提", "阿卜杜拉买买", "cut"),
        ("王建国", "王国建", "exchanged characters"),
        ("王建国", "建国王", "exchanged characters"),
        ("王伟", "伟王", "exchanged characters"),
        ("王建国", "李建国", "another surname"),
        ("王建国", "王建", "one character missing"),
        ("王建国", "王国", "one character missing"),
        ("王建国", "建国", "one character missing"),
        ("欧阳娜娜", "欧阳娜", "one character missing"),
        ("王建国", "王建军", "one other character"),
        ("王子轩", "王子昂", "one other character"),
        ("周宸玥", "周宸kun", "one other character"),
        ("john smith", "jon smith", "one other character"),
        ("王伟", "王芳", "else"),
        ("王", "王伟", "else"),
        ("王?", "李?", "else"),
        ("??", "王伟", "else"),
        ("土丽", "李士", "else"),
        ("abdulla", "阿卜杜拉", "else"),
        ("王伟", None, "null"),
    ],
)
def test_a_level_holds_in_both_directions(left: str, right: str | None, label: str) -> None:
    assert graded("chinese_name", (left,), (right,)) == label
    assert graded("chinese_name", (right,), (left,)) == label


@pytest.mark.parametrize(
    "name", ["阿卜杜拉·买买提", "阿卜杜拉.买买提", "阿卜杜拉•买买提", "阿卜杜拉买买提", "阿卜杜拉 买买提"]
)
def test_a_separator_in_any_form_or_none_is_no_difference(name: str) -> None:
    matched = pl.DataFrame({"x": [name, "阿卜杜拉·买买提"]}).select(match_name(pl.col("x")))["x"].to_list()

    assert graded("chinese_name", (matched[0],), (matched[1],)) == "exact"
    assert graded("chinese_name", (name,), ("阿卜杜拉·买买提",)) in {"exact", "variant characters"}
    assert graded("chinese_name", (name,), ("阿卜杜拉·买买",)) == "cut"


@pytest.mark.parametrize("name", ["王?", "王□", "王■", "王〓", "王\ue123", "王\ufffd"])
def test_an_unstored_character_survives_matching(name: str) -> None:
    matched = pl.DataFrame({"x": [name]}).select(match_name(pl.col("x")))["x"][0]

    assert graded("chinese_name", (matched,), ("王䶮",)) == "a character unstored"


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        (("李晓虹", "李小敏"), ("李小敏", None), "the former name of the other"),
        (("李晓虹", "李小敏"), ("李小敏", "李一"), "the former name of the other"),
        (("李曉虹", "李小敏"), ("李小敏", "李晓虹"), "the former name of the other"),
        (("李晓虹", "李小红"), ("李晓虹", None), "exact"),
        (("李晓虹", "李小红"), ("王芳", "李小红"), "else"),
        (("李晓虹", None), ("王芳", None), "else"),
        (("李晓虹", None), ("李小虹", None), "sounds alike"),
        ((None, "李小红"), ("李小红", None), "null"),
    ],
)
def test_a_former_name(left: tuple[str | None, ...], right: tuple[str | None, ...], label: str) -> None:
    assert graded("chinese_name_or_former", left, right) == label
    assert graded("chinese_name_or_former", right, left) == label


LETTERS = st.text("王李建健国军土士乐单娜?□yaněwg ·\ue000𠮷", min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(LETTERS, LETTERS), min_size=1, max_size=30))
def test_exchanging_the_sides_changes_nothing_and_only_equal_names_are_exact(names: list[tuple[str, str]]) -> None:
    left, right = zip(*names, strict=True)
    keys = {"signature_l": range(len(names)), "signature_r": range(1, len(names) + 1)}
    forth = pl.DataFrame({**keys, "name_l": left, "name_r": right})
    back = pl.DataFrame({**keys, "name_l": right, "name_r": left})
    comparisons = (Comparison(attribute=("name",), kind="chinese_name"),)
    levels = compare(forth, comparisons=comparisons)["level_name"]
    top = len(build_comparison(comparisons[0]).levels) - 2

    assert levels.to_list() == compare(back, comparisons=comparisons)["level_name"].to_list()
    assert [level == top for level in levels] == [one == other for one, other in names]


def test_a_level_is_the_same_beside_any_other_names() -> None:
    pairs = [("王建国", "王健国"), ("单雄信", "山雄信"), ("王䶮", "wang yan"), ("王伟", "刘洋")]
    keys = {"signature_l": range(len(pairs)), "signature_r": range(10, 10 + len(pairs))}
    together = pl.DataFrame({**keys, "name_l": [one for one, _ in pairs], "name_r": [other for _, other in pairs]})
    comparisons = (Comparison(attribute=("name",), kind="chinese_name"),)
    whole = compare(together, comparisons=comparisons)["level_name"].to_list()

    assert whole == [compare(one, comparisons=comparisons)["level_name"][0] for one in together.iter_slices(1)]
