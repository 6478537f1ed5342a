"""Surnames and their readings, names apart, pinyin (configs/codes/surnames.csv, pinyin.csv)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from engine.values.functions import FUNCTIONS
from engine.values.surnames import read_surnames

NAMED = """
    曾=zeng 任=ren 翟=zhai|di 覃=qin|tan 单=shan 解=xie 缪=miao 仇=qiu 查=zha 乐=yue|le 区=ou 朴=piao|pu 盖=ge|gai
    隗=wei|kui 种=chong 员=yun 秘=bi 折=she
"""
"""Surnames that a dictionary of common words reads wrongly."""

OTHERS = """
    沈=shen 陆=lu 石=shi 贾=jia 万=wan 葛=ge 宁=ning 盛=sheng 华=hua 牟=mou 应=ying 车=che 褚=chu 卜=bu 柏=bai 瞿=qu 佘=she
    燕=yan 谌=chen 冼=xian 郜=gao 阚=kan 晁=chao 都=du 芮=rui 阙=que 薄=bo 邸=di 亓=qi 邰=tai 那=na|nuo 宿=su 逯=lu 亢=kang
    哈=ha 尉=wei 昝=zan 逄=pang 过=guo 蔚=yu 郗=xi|chi 贲=ben|fei 宓=mi 眭=sui 訾=zi 黑=he 郄=qie|xi 郇=xun|huan 要=yao 笪=da
    钭=tou 番=pan 呙=guo 还=huan 教=jiao 颉=xie 尨=pang 扁=pian 沓=ta 澹=tan 炅=gui 祭=zhai 角=jue 铫=yao 裨=pi 耏=er 菑=zi
    鄚=mo 召=shao|zhao 镡=tan|chan 繁=po 乜=nie 洗=xian 句=gou 能=nai|neng 晟=cheng 莘=shen 仉=zhang 厍=she 恽=yun 妫=gui
    麴=qu 舍=she 藉=ji 丌=ji 隽=juan 幺=yao
"""

COMPOUND = """
    欧阳=ou-yang 太史=tai-shi 端木=duan-mu 上官=shang-guan 司马=si-ma 东方=dong-fang 独孤=du-gu 南宫=nan-gong 万俟=mo-qi
    闻人=wen-ren 夏侯=xia-hou 诸葛=zhu-ge 尉迟=yu-chi 公羊=gong-yang 赫连=he-lian 澹台=tan-tai 皇甫=huang-fu 宗政=zong-zheng
    濮阳=pu-yang 公冶=gong-ye 太叔=tai-shu 申屠=shen-tu 公孙=gong-sun 慕容=mu-rong 仲孙=zhong-sun 钟离=zhong-li 长孙=zhang-sun
    宇文=yu-wen 司徒=si-tu 鲜于=xian-yu 司空=si-kong 闾丘=lyu-qiu 子车=zi-che 亓官=qi-guan 司寇=si-kou 巫马=wu-ma 公西=gong-xi
    颛孙=zhuan-sun 壤驷=rang-si 公良=gong-liang 漆雕=qi-diao 乐正=yue-zheng 宰父=zai-fu 谷梁=gu-liang 拓跋=tuo-ba 夹谷=jia-gu
    轩辕=xuan-yuan 令狐=ling-hu 段干=duan-gan 百里=bai-li 呼延=hu-yan 东郭=dong-guo 南门=nan-men 羊舌=yang-she 微生=wei-sheng
    梁丘=liang-qiu 左丘=zuo-qiu 西门=xi-men 第五=di-wu 达奚=da-xi 褚师=chu-shi 南荣=nan-rong 仲长=zhong-chang 即墨=ji-mo
    淳于=chun-yu 单于=chan-yu 东门=dong-men 完颜=wan-yan 纳兰=na-lan 耶律=ye-lyu 爱新觉罗=ai-xin-jue-luo
    南郭=nan-guo
"""


def told(function: str, name: str | None) -> Any:
    frame = pl.DataFrame({"x": [name]}, schema={"x": pl.String})
    return frame.select(FUNCTIONS[function](pl.col("x")))["x"].to_list()[0]


def of_all(function: str, surnames: dict[str, list[str]]) -> dict[str, Any]:
    frame = pl.DataFrame({"x": [f"{one}小明" for one in surnames]})
    return dict(zip(surnames, frame.select(FUNCTIONS[function](pl.col("x")))["x"].to_list(), strict=True))


def readings(text: str) -> dict[str, list[str]]:
    pairs = (item.split("=") for item in text.split())
    return {surname: [one.replace("-", " ") for one in read.split("|")] for surname, read in pairs}


@pytest.mark.parametrize("text", [NAMED, OTHERS, COMPOUND], ids=["named", "others", "compound"])
def test_a_surname_is_read_as_a_surname(text: str) -> None:
    expected = readings(text)
    assert of_all("pinyin", expected) == {one: f"{read[0]} xiao ming" for one, read in expected.items()}


@pytest.mark.parametrize("text", [NAMED, OTHERS, COMPOUND], ids=["named", "others", "compound"])
def test_every_reading_is_a_key(text: str) -> None:
    expected = readings(text)
    assert of_all("pinyin_readings", expected) == {
        one: [f"{reading}xiaoming".replace(" ", "") for reading in read] for one, read in expected.items()
    }


def test_the_tests_cover_the_table_and_every_reading_has_a_source() -> None:
    rows = read_surnames().rows.drop_nulls("readings")
    covered = readings(NAMED) | readings(OTHERS) | readings(COMPOUND)
    assert {one: read.split("|") for one, read in rows.select("surname", "readings").iter_rows()} == covered
    assert rows["source"].null_count() == 0
    assert len(readings(NAMED)) == 18
    assert len(readings(OTHERS)) >= 40
    assert len(readings(COMPOUND)) >= 63
    assert rows["surname"].is_unique().all()


@pytest.mark.parametrize(
    ("name", "surname", "given"),
    [
        ("张伟", "张", "伟"), ("张小明", "张", "小明"), ("欧阳娜娜", "欧阳", "娜娜"), ("欧阳修", "欧阳", "修"),
        ("歐陽娜娜", "歐陽", "娜娜"), ("欧阳", "欧", "阳"), ("司马相如", "司马", "相如"), ("诸葛孔明", "诸葛", "孔明"),
        ("上官婉儿", "上官", "婉儿"), ("爱新觉罗溥仪", "爱新觉罗", "溥仪"), ("陈方安生", "陈", "方安生"),
        ("王李氏", "王", None), ("王氏", "王", None), ("张?", "张", "?"), ("张□明", "张", "□明"), ("?伟", None, None),
        ("阿卜杜拉·买买提", None, None), ("阿卜杜拉买买提", None, None), ("Ann Lee", None, None), ("王kun", None, None),
        ("王", None, None), ("张 伟", None, None), (None, None, None),
    ],
)  # fmt: skip
def test_names_are_taken_apart(name: str | None, surname: str | None, given: str | None) -> None:
    assert (told("surname", name), told("given_name", name)) == (surname, given)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("陈方安生", ["陈", "方"]), ("張楊子涵", ["張", "楊"]), ("王李氏", ["王", "李"]), ("张伟", ["张"]),
     ("欧阳娜娜", ["欧阳"]), ("爱新觉罗溥仪", ["爱新觉罗"]), ("阿依古丽", ["阿"]), ("Ann", None), (None, None)],
)  # fmt: skip
def test_two_surnames(name: str | None, expected: list[str] | None) -> None:
    assert told("surnames", name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("吕布", "lyu bu"), ("張飛", "zhang fei"), ("单于夫罗", "chan yu fu luo"), ("單雄信", "shan xiong xin"),
        ("阿卜杜拉·买买提", "a bu du la mai mai ti"), ("王?", "wang ?"), ("王𬭎", "wang hong"), ("Ann Lee", "ann lee"),
        ("任盈盈", "ren ying ying"), ("王乐", "wang le"), ("李查", "li cha"), ("曾子", "zeng zi"), (None, None),
    ],
)  # fmt: skip
def test_pinyin(name: str | None, expected: str | None) -> None:
    assert told("pinyin", name) == expected


def test_names_typed_by_ear_share_a_key() -> None:
    assert set(told("pinyin_readings", "覃小明")) & set(told("pinyin_readings", "谭晓鸣"))
    assert set(told("pinyin_readings", "覃小明")) & set(told("pinyin_readings", "秦小铭"))
    assert not set(told("pinyin_readings", "单小明")) & set(told("pinyin_readings", "丹小明"))
