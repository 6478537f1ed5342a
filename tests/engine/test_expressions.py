"""The expression language: what it takes, and what it says of what it does not take."""

from __future__ import annotations

import polars as pl
import pytest

from engine.errors import ConfigurationError
from engine.expressions import compile_expression, values_in

PEOPLE = pl.DataFrame({"name": ["Ann Lee", None, "Bo"], "born": ["1980-02-03", "1999", None]})


def values(text: str) -> list[object]:
    compiled = compile_expression(text, columns=PEOPLE.columns)
    return compiled.append_to(PEOPLE, name="x")["x"].to_list()


def test_sql_and_registered_functions_nest() -> None:
    assert values("concat_ws('-', upper(initial(name)), year(born))") == ["A-1980", "1999", "B"]
    assert values("case when year(born) = '1980' then lower(name) end") == ["ann lee", None, None]


def test_calls_of_several_expressions_that_differ_in_a_mark_alone_are_told_apart() -> None:
    marked = pl.DataFrame({"name": ['a"b`c']})
    texts = ["standard_characters(replace(name, '\"', ''))", "standard_characters(replace(name, '`', ''))"]

    told = values_in([compile_expression(text, columns=marked.columns) for text in texts], marked)

    assert [one.item() for one in told] == ["ab`c", 'a"bc']


def test_a_function_name_inside_a_text_is_text() -> None:
    assert values("concat(name, ' year(born)')") == ["Ann Lee year(born)", " year(born)", "Bo year(born)"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nme", "unknown column 'nme' in 'nme'; did you mean 'name'?"),
        ("yeer(born)", "unknown function 'yeer' in 'yeer(born)'; did you mean 'year'?"),
        ("year(brn)", "unknown column 'brn'"),
        ("substr(name,,", "is not an expression"),
        ("year(born", "is not closed"),
        ("read_csv('x')", "unknown function 'read_csv'"),
    ],
)
def test_what_it_does_not_take_is_named(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        compile_expression(text, columns=PEOPLE.columns)

    assert told in str(caught.value)


def test_the_columns_that_it_reads_are_known() -> None:
    assert compile_expression("concat(year(born), name)", columns=PEOPLE.columns).columns == ("born", "name")
