"""Mappings of events, ties, spells and counts: every fault at once, with its place and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ConfigurationError
from engine.settings import load_project
from lifetree.build import CHECKS

GOOD = """
[[source]]
name = "market"
files = "market.csv"
[[source.mention]]
subject = "firm"
fields = { name = "name" }
[[source.mention]]
subject = "person"
role = "head"
fields = { name = "head" }
[[source.mention]]
subject = "person"
fields = { name = "clerk" }
[[source.event]]
code = "MED.VIS"
role = "head"
other = ""
other_subject = "person"
date = { columns = ["year", "month"], join = "-" }
payload = ["ward"]
when = "kind = '1' and year(seen) > '2000'"
[[source.relation]]
type = "SPOUSE_OF"
from = "head"
to = ""
to_subject = "person"
valid_from = "since"
[[source.spell]]
kind = "declared"
role = "head"
place = "division"
from = "since"
to = "until"

[[count]]
definition = "HUKOU"
as_of = "2024-12-31"
[[claim]]
source = "market"
definition = "SY"
as_of = 2024-12-31
persons = 3

[subject.person]
attributes = { name = "name" }
blocking = ["name"]
comparison = [{ attribute = "name" }]
[subject.firm]
attributes = { name = "name" }
blocking = ["name"]
comparison = [{ attribute = "name" }]
"""


def write(folder: Path, text: str) -> Path:
    (folder / "lifetree.toml").write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_project(folder, checks=CHECKS)
    return caught.value.faults


def test_a_source_reads_the_columns_of_all_its_mappings(tmp_path: Path) -> None:
    (source,) = load_project(write(tmp_path, GOOD), checks=CHECKS).sources

    assert source.columns() == (
        "name", "head", "clerk", "year", "month", "ward", "kind", "seen", "since", "until", "division",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(("MED.VIS", "MED.VIT"), "source market: 'MED.VIT' is no event of person; did you mean 'MED.VIS'?", id="unknown code"),
        pytest.param(('role = "head"\nother', 'role = "haed"\nother'), "source market: event MED.VIS: no mention bears the role 'haed'; did you mean 'head'?", id="unknown role"),
        pytest.param(('other_subject = "person"\n', ""), "event MED.VIS: mentions of firm and person bear the role ''; say which subject", id="ambiguous role"),
        pytest.param(('other_subject = "person"\n', 'other_subject = "house"\n'), "no mention of subject 'house' bears the role ''", id="subject that does not bear the role"),
        pytest.param(("kind = '1'", "kind == "), "event MED.VIS: when: ", id="when that is no expression"),
        pytest.param(("kind = '1' and year(seen) > '2000'", "upper(kind)"), "'upper(kind)' is neither true nor false; got String", id="when that is no question"),
        pytest.param(("year(seen)", "yaer(seen)"), "when: unknown function 'yaer' in", id="unknown function"),
        pytest.param(("SPOUSE_OF", "SPOUSE"), "unknown relation 'SPOUSE'; did you mean 'SPOUSE_OF'?", id="unknown relation"),
        pytest.param(('to_subject = "person"\nvalid_from', 'to_subject = "firm"\nvalid_from'), "SPOUSE_OF: 'to' is a firm; expected person", id="relation of other subjects"),
        pytest.param(('place = "division"\n', ""), "spell declared: 'place' is missing", id="spell without place"),
        pytest.param(('kind = "declared"', 'kind = "declard"'), "spell.1.kind", id="unknown kind of spell"),
        pytest.param(('definition = "HUKOU"', 'definition = "HUKUO"'), "count: unknown definition 'HUKUO'; did you mean 'HUKOU'?", id="unknown definition"),
        pytest.param(('definition = "HUKOU"', 'definition = "LD"'), "count: definition 'LD' cannot be counted; countable: HUKOU, CZ_CENSUS", id="definition that is only listed"),
        pytest.param(('source = "market"\ndef', 'source = "markte"\ndef'), "claim 1: unknown source 'markte'; did you mean 'market'?", id="claim of an unknown source"),
        pytest.param(('"2024-12-31"', '"2024-13-31"'), "count.1.as_of", id="no date"),
        pytest.param(('payload = ["ward"]', 'paylod = ["ward"]'), "unknown key 'paylod'; did you mean 'payload'?", id="unknown key"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert GOOD.replace(*change) != GOOD

    found = faults(write(tmp_path, GOOD.replace(*change, 1)))

    assert any(told in fault for fault in found), found


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("MED.VIS", "MED.VIT").replace("SPOUSE_OF", "SPOUSE").replace('"HUKOU"', '"HUKUO"')

    assert len(faults(write(tmp_path, text))) == 3
