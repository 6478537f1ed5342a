"""Numbers of persons and firms: explained, told apart, and every slip of one digit or two neighbours seen.

Numbers are specimens of the standards or invented with division 330199 or 39xxxx, which no list holds.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from engine.values import KINDS
from engine.values.areas import locate
from engine.values.check_characters import CREDIT_ALPHABET, credit_check, organisation_check, registration_check
from engine.values.credit_code_explanation import (
    explain_organisation_code,
    explain_registration_number,
    explain_uscc,
)
from engine.values.credit_codes import is_uscc
from engine.values.divisions import Divisions
from engine.values.explanation import EXPLANATION, FLAGS, REASONS
from engine.values.number_schemes import EXPLAINED, SCHEMES, context_of, explain_numbers, resolve_kinds
from engine.values.resident_explanation import explain_resident_id
from engine.values.residents import check_character, is_resident_id
from engine.values.travel_explanation import explain_foreign_permanent, explain_passport, explain_travel_permit

TODAY = date(2024, 12, 31)
OPEN = 9999
SPANS = [
    ("390000", "某省", None, 1981, OPEN),
    ("390100", "某市", "390000", 1981, OPEN),
    ("390103", "旧区", "390100", 1981, 2010),
    ("390112", "新区", "390100", 1997, OPEN),
    ("390113", "今区", "390100", 2021, OPEN),
    ("390105", "常区", "390100", 1981, OPEN),
]
INVENTED = Divisions(
    pl.DataFrame(
        [(*span, "") for span in SPANS],
        schema=["code", "name", "parent", "valid_from", "valid_to", "successors"],
        schema_overrides={"valid_from": pl.Int32, "valid_to": pl.Int32},
        orient="row",
    ),
    pl.DataFrame,
)


def citizen(seventeen: str) -> str:
    """Return the number with its check character: weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2 of GB 11643."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return seventeen + "10X98765432"[sum(int(a) * b for a, b in zip(seventeen, weights, strict=True)) % 11]


def wrong(number: str) -> str:
    return number[:17] + ("1" if number[17] != "1" else "2")


def organisation(eight: str) -> str:
    values = [int(letter, 36) for letter in eight]
    total = sum(a * b for a, b in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return eight + "0123456789X"[(11 - total % 11) % 11]


def credit(first: str, eight: str) -> str:
    text = first + organisation(eight)
    total = sum(CREDIT_ALPHABET.index(letter) * 3**place for place, letter in enumerate(text))
    return text + CREDIT_ALPHABET[(31 - total % 31) % 31]


def resident(text: str | None) -> dict[str, Any]:
    texts = pl.Series([text], dtype=pl.String)
    return explain_resident_id(texts, as_of=TODAY, divisions=INVENTED).row(0, named=True)


def told(text: str, **settings: Any) -> dict[str, Any]:
    return explain_numbers(pl.Series([text]), as_of=TODAY, divisions=INVENTED, **settings).row(0, named=True)


ORDINARY = citizen("39010519850607100")
ENDS_IN_X = "33019919840203997X"

EDGE_CASES = [
    ("ordinary", ORDINARY, True, None, "citizen_18", []),
    ("X in upper case", ENDS_IN_X, True, None, "citizen_18", ["unknown_area"]),
    ("x in lower case", ENDS_IN_X.lower(), True, None, "citizen_18", ["unknown_area"]),
    ("29 February 2000", citizen("39010520000229001"), True, None, "citizen_18", []),
    ("15 digits", "390105850607001", True, None, "citizen_15", []),
    ("abolished division, born before", citizen("39010319800101001"), True, None, "citizen_18", []),
    ("abolished division, born after", citizen("39010320150101001"), True, None, "citizen_18", ["not_then"]),
    ("division made after the birth", citizen("39011219900101001"), True, None, "citizen_18", ["late_registration"]),
    ("division of 2021", citizen("39011320220101001"), True, None, "citizen_18", []),
    ("Hong Kong", "810000199408230021", True, None, "hk_residence_permit", []),
    ("Macau", citizen("82000019940823002"), True, None, "macau_residence_permit", []),
    ("Taiwan", "830000199201300022", True, None, "taiwan_residence_permit", []),
    ("foreigner, 2023", citizen("93984019850607001"), True, None, "foreign_permanent_2023", []),
    ("30 February", citizen("39010519850230001"), False, "birth_date", "citizen_18", []),
    ("born in 2099", citizen("39010520990101001"), False, "birth_in_future", "citizen_18", []),
    ("wrong check digit", wrong(ORDINARY), False, "check_character", "citizen_18", []),
    ("unknown area", citizen("99999919850607001"), True, None, "foreign_permanent_2023", ["unknown_area"]),
    ("full width", "３９０１０５８５０６０７００１", True, None, "citizen_15", []),
    ("29 February 1900", citizen("39010519000229001"), False, "birth_date", "citizen_18", []),
    ("a digit too few", ORDINARY[:17], False, "length", None, []),
    ("X inside", ORDINARY[:8] + "X" + ORDINARY[9:], False, "form", None, []),
    ("centenarian", "390105840203997", True, None, "citizen_15_centenarian", ["age_over_120"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "valid", "reason", "scheme", "flags"),
    [case[1:] for case in EDGE_CASES],
    ids=[case[0] for case in EDGE_CASES],
)
def test_edge_cases_of_citizen_numbers(
    text: str, valid: bool, reason: str | None, scheme: str | None, flags: list[str]
) -> None:
    row = resident(text)
    assert (row["valid"], row["reason"], row["scheme"], row["flags"]) == (valid, reason, scheme, flags)


def test_the_table_of_edge_cases_is_whole() -> None:
    assert len(EDGE_CASES) == 22


@pytest.mark.parametrize(
    ("code", "year", "name", "sign"),
    [
        ("110103", 1980, "北京市崇文区", None),
        ("110103", 2015, "北京市崇文区", "not_then"),
        ("110112", 1990, "北京市通州区", "late_registration"),
        ("110112", 2000, "北京市通州区", None),
        ("330113", 2022, "浙江省杭州市临平区", None),
        ("330113", 1950, "浙江省杭州市临平区", "late_registration"),
        ("330199", 1950, "浙江省杭州市", "unknown_area"),
        ("999999", 2000, None, "unknown_area"),
        ("110103", None, "北京市崇文区", None),
        (None, 2000, None, None),
    ],
)
def test_the_shipped_divisions_know_when_a_code_was_in_force(
    code: str | None, year: int | None, name: str | None, sign: str | None
) -> None:
    place = locate(pl.Series([code], dtype=pl.String), pl.Series([year], dtype=pl.Int64))
    assert place.row(0) == (name, sign)


def test_whoever_was_born_before_the_first_numbers_bears_a_division_of_the_first_numbers() -> None:
    spans = pl.concat([INVENTED.spans, INVENTED.spans.head(1).with_columns(code=pl.lit("390106"), valid_from=1983)])
    table = Divisions(spans.cast(INVENTED.spans.schema), pl.DataFrame)
    found = locate(pl.Series(["390106", "390106", "390112"]), pl.Series([1930, 1983, 1930]), divisions=table)
    assert found["sign"].to_list() == [None, None, "late_registration"]


@pytest.mark.parametrize(
    ("text", "number", "birth", "sex"),
    [
        ("11010519491231002X", "11010519491231002X", date(1949, 12, 31), "female"),
        ("440524188001010014", "440524188001010014", date(1880, 1, 1), "male"),
        ("440308199901101512", "440308199901101512", date(1999, 1, 10), "male"),
        ("810000199408230021", "810000199408230021", date(1994, 8, 23), "female"),
        ("830000199201300022", "830000199201300022", date(1992, 1, 30), "female"),
        ("610104620927690", "610104196209276908", date(1962, 9, 27), "female"),
        ("330199840203997", "330199188402039970", date(1884, 2, 3), "male"),
    ],
)
def test_published_citizen_numbers(text: str, number: str, birth: date, sex: str) -> None:
    row = explain_resident_id(pl.Series([text]), as_of=TODAY).row(0, named=True)
    assert (row["valid"], row["number"], row["birth_date"], row["sex"]) == (True, number, birth, sex)


def test_the_check_that_would_fit_is_told() -> None:
    row = resident(wrong(ORDINARY))
    assert (row["expected"], row["birth_date"], row["area_name"]) == (ORDINARY[17], date(1985, 6, 7), "某省某市常区")
    assert resident(ORDINARY)["expected"] is None


def test_a_permit_tells_where_from_and_a_foreigner_the_province_and_country() -> None:
    permits = [resident(text)["area_name"] for text in ("810000199408230021", "830000199201300022")]
    assert permits == ["香港特别行政区", "台湾省"]
    foreigner = resident(citizen("93984019850607001"))
    assert (foreigner["area"], foreigner["area_name"], foreigner["country"]) == ("390000", "某省", "840")


def test_nothing_given_has_no_verdict() -> None:
    rows = [resident(None), resident("  "), explain_numbers(pl.Series([None]), as_of=TODAY).row(0, named=True)]
    assert [(row["valid"], row["reason"], row["flags"]) for row in rows] == [(None, None, [])] * 3


def test_the_day_of_today_is_the_last_day_of_birth() -> None:
    texts = pl.Series([citizen("39010520241231001"), citizen("39010520250101001")])
    assert explain_resident_id(texts, as_of=TODAY, divisions=INVENTED)["valid"].to_list() == [True, False]


def test_an_explanation_agrees_with_the_kind_on_everything_but_the_future() -> None:
    numbers = [case[1] for case in EDGE_CASES] + ["", "x", "0" * 18, "39010519850607", "ABC330199123456"]
    texts = pl.DataFrame({"x": numbers})
    kept = texts.select(KINDS["resident_id"].clean(pl.col("x")))
    valid = explain_resident_id(texts["x"], as_of=date(2099, 12, 31), divisions=INVENTED)["valid"]
    assert valid.to_list() == kept.select(is_resident_id(pl.col("x")))["x"].to_list()


CREDIT_CASES = [
    ("published", "91110000600037341L", True, None, None),
    ("worked example of the standard, put right", "91350100M000100Y43", True, None, None),
    ("worked example as printed", "91350100M000100Y4Z", False, "form", None),
    ("wrong check", credit("91330199", "MA000001")[:17] + "0", False, "check_character", credit("91330199", "MA000001")[17]),
    ("lower case and blanks", "9135 0100 m000100y 43", True, None, None),
    ("O for 0", "9135O100M000100Y43", True, None, None),
    ("military, A", credit("A1330199", "MA000001"), True, None, None),
    ("rural collective, N", credit("N2330199", "MA000001"), True, None, None),
    ("others, Y", credit("Y1330199", "MA000001"), True, None, None),
    ("organisation code that ends in X", credit("91330199", "D2143569"), True, None, None),
    ("S, not in the alphabet", "S1350100M000100Y43", False, "form", None),
    ("V, not in the alphabet", "91350100V000100Y43", False, "form", None),
    ("letter in the division", "913A0100M000100Y43", False, "form", None),
    ("a character too few", "91350100M000100Y4", False, "length", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "valid", "reason", "expected"), [case[1:] for case in CREDIT_CASES], ids=[case[0] for case in CREDIT_CASES]
)
def test_edge_cases_of_credit_codes(text: str, valid: bool, reason: str | None, expected: str | None) -> None:
    row = explain_uscc(pl.Series([text])).row(0, named=True)
    assert (row["valid"], row["reason"], row["expected"]) == (valid, reason, expected)
    kept = pl.DataFrame({"x": [text]}).select(KINDS["uscc"].clean(pl.col("x")))
    assert kept.select(is_uscc(pl.col("x"))).item() == valid


def test_a_wrong_organisation_code_inside_a_right_credit_code_is_seen() -> None:
    first = "91330199" + "600037342"
    total = sum(CREDIT_ALPHABET.index(letter) * 3**place for place, letter in enumerate(first))
    row = explain_uscc(pl.Series([first + CREDIT_ALPHABET[(31 - total % 31) % 31]])).row(0, named=True)
    assert (row["valid"], row["reason"], row["expected"]) == (False, "organisation_code", "1")


@pytest.mark.parametrize(
    ("first", "registrar", "category"),
    [
        ("11", "机构编制", "机关"), ("12", "机构编制", "事业单位"), ("51", "民政", "社会团体"), ("91", "市场监管", "企业"),
        ("92", "市场监管", "个体工商户"), ("A1", "中央军委改革和编制办公室", "军队事业单位"),
        ("N2", "农业农村", "村级集体经济组织"), ("Y1", "其他", "不再划分"),
    ],
)  # fmt: skip
def test_a_credit_code_tells_registrar_category_division_and_organisation_code(
    first: str, registrar: str, category: str
) -> None:
    row = explain_uscc(pl.Series([credit(f"{first}390112", "MA000001")]), divisions=INVENTED).row(0, named=True)
    assert (row["registrar"], row["category"], row["area_name"]) == (registrar, category, "某省某市新区")
    assert row["organisation_code"] == organisation("MA000001")
    assert row["flags"] == []


def test_an_unknown_category_and_division_are_notes() -> None:
    row = explain_uscc(pl.Series([credit("95330199", "MA000001")]), divisions=INVENTED).row(0, named=True)
    assert (row["valid"], row["flags"]) == (True, ["unknown_area", "unknown_category"])


@pytest.mark.parametrize(
    ("text", "valid", "reason", "expected"),
    [
        ("D2143569-X", True, None, None), ("60003734-1", True, None, None), ("M000100Y-4", True, None, None),
        ("60003734-2", False, "check_character", "1"), ("6000373-1", False, "length", None),
        ("60003734-A", False, "form", None),
    ],
)  # fmt: skip
def test_organisation_codes(text: str, valid: bool, reason: str | None, expected: str | None) -> None:
    row = explain_organisation_code(pl.Series([text])).row(0, named=True)
    assert (row["valid"], row["reason"], row["expected"]) == (valid, reason, expected)


@pytest.mark.parametrize(
    ("text", "valid", "reason", "scheme", "category"),
    [
        ("110108000000016", True, None, "registration_15", "内资"),
        ("110108000000017", False, "check_character", "registration_15", "内资"),
        ("39010040000001" + registration_check(pl.Series(["39010040000001"]))[0], True, None, "registration_15", "外资"),
        ("39010060000001" + registration_check(pl.Series(["39010060000001"]))[0], True, None, "registration_15", "个体工商户"),
        ("3301991000001", True, None, "registration_13", None),
        ("企独沪总字第000001号", True, None, "registration_words", None),
        ("33019910000012", False, "length", None, None),
        ("33019910000A1", False, "form", None, None),
    ],
)  # fmt: skip
def test_registration_numbers(
    text: str, valid: bool, reason: str | None, scheme: str | None, category: str | None
) -> None:
    row = explain_registration_number(pl.Series([text])).row(0, named=True)
    assert (row["valid"], row["reason"], row["scheme"], row["category"]) == (valid, reason, scheme, category)


@pytest.mark.parametrize(
    ("text", "scheme", "holder", "issue"),
    [
        ("H1234567800", "hk_travel_permit", "H12345678", "00"),
        ("h12345678(01)", "hk_travel_permit", "H12345678", "01"),
        ("H12345678", "hk_travel_permit", "H12345678", None),
        ("M１２３４５６７８０２", "macau_travel_permit", "M12345678", "02"),
        ("M1234567O", "macau_travel_permit", "M12345670", None),
        ("12345678", "taiwan_travel_permit", "12345678", None),
        ("1234567801", "taiwan_travel_permit", "12345678", "01"),
        ("1234567801(B)", "taiwan_travel_permit", "12345678", "01"),
    ],
)
def test_a_travel_permit_keeps_its_holder_when_renewed(text: str, scheme: str, holder: str, issue: str | None) -> None:
    row = explain_travel_permit(pl.Series([text])).row(0, named=True)
    assert (row["valid"], row["scheme"], row["holder"], row["issue"]) == (True, scheme, holder, issue)
    kind = KINDS["travel_permit"]
    matched = pl.DataFrame({"x": [text]}).select(kind.clean(pl.col("x"))).select(kind.match(pl.col("x"))).item()
    assert matched == holder


@pytest.mark.parametrize(
    ("text", "reason"), [("H1234567", "length"), ("T12345678", "length"), ("H1234A678", "form"), ("1234567A", "form")]
)
def test_a_faulty_travel_permit(text: str, reason: str) -> None:
    row = explain_travel_permit(pl.Series([text])).row(0, named=True)
    assert (row["valid"], row["reason"], row["scheme"]) == (False, reason, None)


@pytest.mark.parametrize(
    ("text", "scheme", "country"),
    [
        ("e1234 5678", "passport_cn_ordinary", "CHN"), ("EA1234567", "passport_cn_ordinary", "CHN"),
        ("EI1234567", "passport", None), ("G12345678", "passport_cn_ordinary", "CHN"),
        ("141234567", "passport_cn_ordinary", "CHN"), ("DE1234567", "passport_cn_diplomatic", "CHN"),
        ("SE1234567", "passport_cn_service", "CHN"), ("PE1234567", "passport_cn_public_affairs", "CHN"),
        ("K12345678", "passport_hk", "CHN"), ("MA1234567", "passport_macau", "CHN"), ("L898902C3", "passport", None),
        ("AB12345<<", "passport", None),
    ],
)  # fmt: skip
def test_passports(text: str, scheme: str, country: str | None) -> None:
    row = explain_passport(pl.Series([text])).row(0, named=True)
    assert (row["valid"], row["scheme"], row["country"]) == (True, scheme, country)


@pytest.mark.parametrize(("text", "reason"), [("E1234567890", "length"), ("ABCDEFG", "form"), ("E1234/678", "form")])
def test_a_faulty_passport(text: str, reason: str) -> None:
    row = explain_passport(pl.Series([text])).row(0, named=True)
    assert (row["valid"], row["reason"], row["scheme"]) == (False, reason, None)


def test_both_forms_of_foreign_permanent_residence() -> None:
    new = citizen("93984019850607001")
    texts = pl.Series(["can330199123456", new, wrong(new), ORDINARY, "CAN33019912345", None])
    rows = explain_foreign_permanent(texts, as_of=TODAY, divisions=INVENTED)
    assert rows["valid"].to_list() == [True, True, False, False, False, None]
    assert rows["reason"].to_list() == [None, None, "check_character", "form", "length", None]
    assert rows["country"].to_list() == ["CAN", "840", "840", None, None, None]
    assert rows["birth_date"].to_list() == [None, date(1985, 6, 7), date(1985, 6, 7), None, None, None]
    kind = KINDS["foreign_permanent"]
    assert kind.valid is not None
    kept = texts.to_frame("x").select(kind.clean(pl.col("x")))
    assert kept.select(kind.valid(pl.col("x")))["x"].to_list() == rows["valid"].to_list()


@pytest.mark.parametrize("kind", ["travel_permit", "passport", "foreign_permanent"])
def test_the_new_kinds_are_idempotent(kind: str) -> None:
    texts = [
        "h12345678(01)",
        "O12345678",
        "(H1234567O)",
        "oil12O45678901l",
        "9O",
        "<<",
        "()",
        "[x]",
        None,
        "H1234567801",
    ]
    one = KINDS[kind]
    kept = pl.DataFrame({"x": texts}).select(one.clean(pl.col("x")))
    matched = kept.select(one.match(pl.col("x")))
    assert kept.equals(kept.select(one.clean(pl.col("x"))))
    assert matched.equals(matched.select(one.match(pl.col("x"))))


def ambiguous_fifteen() -> str:
    """Return an invented citizen number of 15 digits that has the check of a registration number."""
    bodies = pl.Series([f"39010585060{day}0{tens}" for day in range(1, 8) for tens in range(2)])
    return next(body + registration_check(pl.Series([body]))[0] for body in bodies)


def ambiguous_nine() -> str:
    """Return digits from 9 that are a foreign permanent residence number and a credit code, by trying sequences."""
    for step in range(100_000):
        text = citizen(f"91390{step % 10}" + f"19{step // 10 % 100:02d}0607" + f"{step // 1000:03d}")
        if text.isdigit() and pl.DataFrame({"x": [text]}).select(is_uscc(pl.col("x"))).item():
            return text
    raise AssertionError


def test_the_column_decides_between_two_kinds_and_without_it_the_number_is_ambiguous() -> None:
    fifteen = ambiguous_fifteen()
    bare, persons, firms = told(fifteen), told(fifteen, context="person"), told(fifteen, context="organisation")
    assert [row["kind"] for row in (bare, persons, firms)] == ["resident_id", "resident_id", "registration_number"]
    assert ["ambiguous_id_type" in row["flags"] for row in (bare, persons, firms)] == [True, False, False]


def test_a_credit_code_of_digits_from_9_and_a_foreign_permanent_residence_number() -> None:
    number = ambiguous_nine()
    bare, persons, firms = told(number), told(number, context="person"), told(number, context="organisation")
    assert [row["kind"] for row in (bare, persons, firms)] == ["uscc", "foreign_permanent", "uscc"]
    assert [row["valid"] for row in (bare, persons, firms)] == [True, True, True]
    assert ["ambiguous_id_type" in row["flags"] for row in (bare, persons, firms)] == [True, False, False]


def test_numbers_from_9_with_one_check_are_never_taken_for_the_other() -> None:
    foreign = citizen("93984019850607001")
    digits = next(code for code in (credit("91330199", f"3000000{end}") for end in range(10)) if code.isdigit())
    assert [told(foreign)["kind"], told(digits)["kind"]] == ["foreign_permanent", "uscc"]
    assert [told(foreign)["flags"], told(digits, context="organisation")["kind"]] == [[], "uscc"]


@pytest.mark.parametrize(
    ("text", "context", "kind", "reason", "flags"),
    [
        (wrong(ORDINARY), None, "resident_id", "check_character", []),
        (wrong(ORDINARY), "person", "resident_id", "check_character", []),
        (ORDINARY, "organisation", "resident_id", None, ["context_disagrees"]),
        ("91110000600037341L", "person", "uscc", None, ["context_disagrees"]),
        ("110108000000016", "person", "registration_number", None, ["context_disagrees"]),
        ("91110000600037342L", "organisation", "uscc", "check_character", []),
        ("H12345678", None, "travel_permit", None, ["ambiguous_id_type"]),
        ("H1234567800", None, "travel_permit", None, []),
        ("CAN330199123456", None, "foreign_permanent", None, []),
        ("3301991000001", None, "registration_number", None, []),
        ("D2143569X", None, "organisation_code", None, []),
        ("1234", None, None, "no_scheme", []),
        ("1234", "person", "resident_id", "length", []),
        ("1234", "organisation", "uscc", "length", []),
        (citizen("39010520990101001"), "person", "resident_id", "birth_in_future", []),
    ],
)
def test_the_kind_of_a_bare_number(
    text: str, context: Any, kind: str | None, reason: str | None, flags: list[str]
) -> None:
    row = told(text, context=context)
    own = [flag for flag in row["flags"] if flag in {"ambiguous_id_type", "context_disagrees"}]
    assert (row["kind"], row["reason"], own) == (kind, reason, flags)


@pytest.mark.parametrize(
    ("title", "context"),
    [
        ("身份证号", "person"), ("公民身份号码", "person"), ("法定代表人身份证号", "person"), ("ID_NO", "person"),
        ("travel_permit", "person"), ("统一社会信用代码", "organisation"), ("企业注册号", "organisation"),
        ("uscc", "organisation"), ("registration_number", "organisation"), ("号码", None), ("number", None),
    ],
)  # fmt: skip
def test_the_title_of_a_column_tells_whose_number_it_is(title: str, context: str | None) -> None:
    assert context_of(title) == context


def test_explanations_keep_order_and_columns_and_every_word_is_told() -> None:
    texts = [case[1] for case in EDGE_CASES + CREDIT_CASES] + [None, "?", "H1234567800", "E12345678", "D2143569X"]
    rows = explain_numbers(pl.Series(texts, dtype=pl.String), as_of=TODAY, divisions=INVENTED)
    assert rows["given"].to_list() == texts
    assert dict(rows.schema) == EXPLANATION
    assert set(rows["reason"].drop_nulls()) <= set(REASONS)
    assert set(rows["scheme"].drop_nulls()) <= set(SCHEMES)
    assert set(rows["flags"].explode().drop_nulls()) <= set(FLAGS)
    alone = [told(text)["kind"] if text else None for text in texts]
    assert rows["kind"].to_list() == alone


@pytest.mark.parametrize("kind", EXPLAINED)
def test_no_text_makes_an_explanation_fail(kind: str) -> None:
    texts = pl.Series(["", " ", "é" * 18, "١" * 18, "王" * 15, "9" * 18, "0" * 15, "\x00", "A" * 200, None])
    rows = explain_numbers(texts, as_of=TODAY, kind=kind)
    assert rows["given"].to_list() == texts.to_list()
    assert resolve_kinds(pl.Series([], dtype=pl.String), as_of=TODAY).is_empty()
    assert explain_numbers(pl.Series([], dtype=pl.String), as_of=TODAY, kind=kind).is_empty()


GENERATED = 10_000


def letters(texts: pl.Series) -> np.ndarray:
    """Return the octets of texts of one length as a matrix."""
    width = len(texts[0])
    return texts.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, width)).to_numpy().copy()


def as_texts(octets: np.ndarray) -> pl.Series:
    return pl.Series(np.ascontiguousarray(octets).view(f"S{octets.shape[1]}").ravel()).cast(pl.String)


def citizens() -> pl.Series:
    """Return 10,000 numbers of division 330199 whose births run over 40,000 days and whose sequences are mixed."""
    step = pl.int_range(GENERATED, eager=True)
    born = (pl.lit(date(1910, 1, 1)) + pl.duration(days=step * 4 + step % 3)).dt.strftime("%Y%m%d")
    body = pl.select("330199" + born + (step * 7919 % 1000).cast(pl.String).str.zfill(3)).to_series()
    return body + body.to_frame("x").select(check_character(pl.col("x")))["x"]


def credit_codes() -> pl.Series:
    """Return 10,000 codes of division 330199 with mixed letters in the organisation code."""
    step = np.arange(GENERATED)[:, None] * np.sqrt([2, 3, 5, 7, 11, 13, 17, 19]) % 1
    alphabet = np.frombuffer(CREDIT_ALPHABET.encode(), dtype=np.uint8)
    eight = as_texts(alphabet[(step * 31).astype(int)])
    first = pl.Series(["91", "92", "12", "51", "N2"] * (GENERATED // 5))
    body = first + "330199" + eight + organisation_check(eight)
    return body + credit_check(body)


def substitutions(texts: pl.Series, place: int, alphabet: str) -> pl.Series:
    """Return every text with each other character of the alphabet at a place."""
    octets = letters(texts)
    changed = []
    for letter in alphabet.encode():
        other = octets[octets[:, place] != letter]
        other[:, place] = letter
        changed.append(other)
    return as_texts(np.concatenate(changed))


def transpositions(texts: pl.Series, place: int) -> pl.Series:
    """Return the texts with two different neighbours exchanged."""
    octets = letters(texts)
    octets = octets[octets[:, place] != octets[:, place + 1]]
    octets[:, [place, place + 1]] = octets[:, [place + 1, place]]
    return as_texts(octets)


def missed(texts: pl.Series, valid: Any) -> int:
    return int(texts.to_frame("x").select(valid(pl.col("x")).sum()).item())


def test_every_slip_in_10_000_citizen_numbers_is_seen() -> None:
    numbers = citizens()
    assert (numbers.n_unique(), missed(numbers, is_resident_id)) == (GENERATED, GENERATED)
    for place in range(18):
        slips = substitutions(numbers, place, "0123456789X" if place == 17 else "0123456789")
        assert len(slips) == GENERATED * (10 if place == 17 else 9)
        assert missed(slips, is_resident_id) == 0
    assert sum(missed(transpositions(numbers, place), is_resident_id) for place in range(17)) == 0


def test_the_check_of_citizen_numbers_alone_sees_every_slip() -> None:
    numbers = citizens()
    slips = [transpositions(numbers, place) for place in range(16)]
    slips += [substitutions(numbers, place, "0123456789") for place in range(17)]
    for texts in slips:
        check = texts.to_frame("x").select(check_character(pl.col("x")))["x"]
        assert (check == texts.str.slice(17)).sum() == 0


def test_every_slip_in_10_000_credit_codes_is_seen_and_by_the_check_alone() -> None:
    codes = credit_codes()
    assert (codes.n_unique(), missed(codes, is_uscc)) == (GENERATED, GENERATED)
    for place in range(18):
        digits = "0123456789" if 2 <= place < 8 else CREDIT_ALPHABET
        for slips in [substitutions(codes, place, digits), *([transpositions(codes, place)] if place < 17 else [])]:
            assert (credit_check(slips) == slips.str.slice(17)).sum() == 0
    digit_slips = pl.concat([substitutions(codes, place, "0123456789") for place in range(18)])
    assert missed(digit_slips, is_uscc) == 0
    assert missed(pl.concat([transpositions(codes, place) for place in range(17)]), is_uscc) == 0


def test_what_the_other_checks_cannot_see_is_counted() -> None:
    bodies = pl.Series([f"39{step * 618_033_988_749 % 10**12:012d}" for step in range(GENERATED)])
    numbers = bodies + registration_check(bodies)
    single = pl.concat([substitutions(numbers, place, "0123456789") for place in range(15)])
    swapped = pl.concat([transpositions(numbers, place) for place in range(14)])
    assert (registration_check(single) == single.str.slice(14)).sum() == 0
    share = (registration_check(swapped) == swapped.str.slice(14)).mean()
    assert isinstance(share, float)
    assert 0.015 < share < 0.035
    pairs = pl.Series(["00000001", "B0000001", "M0000001"])
    assert organisation_check(pairs).n_unique() == 1
