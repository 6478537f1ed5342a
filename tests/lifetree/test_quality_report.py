"""The page and the score card of a project with errors, a late source and tickets; the alerts of its build."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from engine.settings import load_project
from engine.store import open_live
from engine.values.cycles import cycle_days, overdue
from lifetree.cli import main
from lifetree.scorecard import INDICATORS, score

PROJECT = """
[[source]]
name = "civil"
title = "户籍登记"
steward = "公安局"
cycle = "每日"
files = "civil.csv"
key = "id"
delivered_at = "2024-01-31"
required = ["name", "card"]
mention = [{ subject = "person", fields = { name = "name", born = "born", card = "card" } }]

[[source]]
name = "school"
steward = "教育局"
cycle = "每学期"
files = "school.csv"
key = "no"
delivered_at = "2024-02-15"
mention = [{ subject = "person", fields = { name = "name", born = "born" } }]

[rules.alerts]
min_rows = 3

[subject.person]
attributes = { name = "name", born = "date", card = "resident_id" }
identifier = [{ attribute = "card" }]
blocking = "born"
comparison = [{ attribute = "name" }, { attribute = "born" }]
"""
CIVIL = [
    "id,name,born,card",
    "1,Wang,1980-01-01,33019919800101001X",
    "2,<script>alert(1)</script>,1981-02-31,",
    "3,Zhao,1982-02-28,",
    ",Nobody,1983-01-01,",
]
SCHOOL = ["no,name,born", "S1,Sun,1990-12-01", "S2,Li,1991-12-01"]
DAY = "2024-03-01"


def run(*arguments: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exc_info)
    return result


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("quality")
    (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "civil.csv").write_text("\n".join(CIVIL) + "\n", encoding="utf-8")
    (folder / "school.csv").write_text("\n".join(SCHOOL) + "\n", encoding="utf-8")
    told = json.loads(run("build", folder, "--format", "json", "--quiet").stdout)
    run("quality", "feedback", folder, "--out", folder / "lists", "--as-of", "2024-02-20")
    return folder, told["notes"]


@pytest.fixture(scope="module")
def page(built: tuple[Path, list[str]]) -> str:
    file = built[0] / "out" / "quality.html"
    assert "written" in run("quality", "report", built[0], "--html", file, "--as-of", DAY).stdout
    return file.read_text(encoding="utf-8")


def text_of(page: str) -> str:
    """Return what a reader of English sees."""
    seen = re.sub(r'<(span) lang="zh".*?</\1>', "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|script)>.*?</\1>", "", seen)))


def test_a_build_alerts_to_errors_quarantined_rows_and_late_sources(built: tuple[Path, list[str]]) -> None:
    alerts = [note for note in built[1] if note.startswith("alert: ")]
    assert len(alerts) == 3
    assert "source civil: 1 in 3 (33.33%) records have an error (limit 5.00%)" in alerts[0]
    assert "source civil: 1 in 4 (25.00%) rows are quarantined (limit 1.00%)" in alerts[1]
    assert alerts[2] == "alert: 1 data sets are overdue on 2024-02-15: civil (公安局, 每日, last 2024-01-31)"


def test_the_report_alerts_as_of_a_day(built: tuple[Path, list[str]]) -> None:
    late = "2 data sets are overdue on 2025-02-01: civil (公安局, 每日, last 2024-01-31), school"
    assert late in run("quality", "report", built[0], "--as-of", "2025-02-01").stderr
    assert "overdue" not in run("quality", "report", built[0], "--as-of", "2024-02-01").stderr


def test_thresholds_are_the_projects_own(built: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built[0], tmp_path / "p"))
    limits = "min_rows = 4\nerror_share = 0.5\nquarantined_share = 0.25\noverdue = 1"
    (folder / "lifetree.toml").write_text(PROJECT.replace("min_rows = 3", limits), encoding="utf-8")
    told = json.loads(run("build", folder, "--format", "json", "--quiet").stdout)
    assert [note for note in told["notes"] if note.startswith("alert: ")] == []


@pytest.mark.parametrize(
    ("delivered", "cycle", "late"),
    [
        ("2024-01-01", "每周", False),
        ("2023-12-31", "每周", True),
        ("2023-12-31T23:00:00Z", "weekly", True),
        ("2023-01-01", "其他", None),
        (None, "每周", None),
        ("in spring", "每周", None),
    ],
)
def test_a_data_set_is_overdue_after_one_and_a_half_cycles(
    delivered: str | None, cycle: str, late: bool | None
) -> None:
    assert overdue(delivered, cycle, "2024-01-11") is late


@pytest.mark.parametrize("word", ["实时", "每日", "每周", "每月", "每季度", "每学期", "每年"])
def test_every_cycle_of_a_catalogue_has_its_days(word: str) -> None:
    assert cycle_days(word)


def test_the_score_card_can_be_recomputed_from_the_tables(built: tuple[Path, list[str]]) -> None:
    rows = json.loads(run("quality", "scorecard", built[0], "--as-of", DAY, "--format", "json").stdout)
    told = {(row["department"], row["indicator"]): (row["numerator"], row["denominator"]) for row in rows}
    run_ = open_live(load_project(built[0]))
    civil = run_.scan("records", subject="person").filter(pl.col("source") == "civil").collect()
    assert told["公安局", "timeliness"] == (0, 1)
    assert told["教育局", "timeliness"] == (1, 1)
    assert told["all", "timeliness"] == (1, 2)
    assert told["公安局", "completeness"] == (civil["name"].count() + civil["card"].count() + 1, 2 * civil.height)
    assert told["教育局", "completeness"] == (4, 4)
    assert told["公安局", "errors"][1] == 4 * 10
    assert told["公安局", "fix_time"] == (0, 1)
    assert told["教育局", "errors"] == (0, 20)
    for row in rows:
        if row["indicator"] and row["score"] is not None:
            assert row["score"] == score(row["indicator"], row["numerator"], row["denominator"])


def test_the_score_card_has_three_levels_six_indicators_and_says_what_has_no_data(
    built: tuple[Path, list[str]],
) -> None:
    rows = json.loads(run("quality", "scorecard", built[0], "-d", "公安局", "--as-of", DAY, "--format", "json").stdout)
    assert [row["indicator"] for row in rows if row["indicator"]] == list(INDICATORS)
    assert len(INDICATORS) == 6
    assert [row["level"] for row in rows if not row["indicator"]] == ["supply", "quality", "use", "whole"]
    silent = {row["indicator"] for row in rows if row["told"] == "no data"}
    assert silent == {"profiles_used", "duplicate_collection", ""}
    scores = {row["level"]: row["score"] for row in rows if not row["indicator"]}
    assert scores["use"] is None
    assert scores["whole"] == (scores["supply"] + scores["quality"]) // 2
    shown = run("quality", "scorecard", built[0], "--as-of", DAY).stdout
    assert "no data" in shown
    assert "100.0 %" in shown


class _Outside(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [f"{tag} {name}={value}" for name, value in attrs if name in {"src", "href", "srcset"}]


def test_the_page_needs_nothing_beside_itself_and_runs_no_value(page: str) -> None:
    parser = _Outside()
    parser.feed(page)
    assert [one for one in parser.references if not re.fullmatch(r"a href=#[\w-]+", one)] == []
    assert set(re.findall(r'href="#([\w-]+)"', page)) <= set(re.findall(r'id="([\w-]+)"', page))
    assert "url(" not in page
    assert "<script>alert(1)" not in page


def test_the_page_tells_departments_rules_time_alerts_and_overdue_sets(page: str) -> None:
    seen = text_of(page)
    assert "公安局 1 4 1" in seen
    assert "2024-01 3 " in seen
    assert "1 data sets are overdue on 2024-03-01" in seen
    assert "公安局 每日 2024-01-31 30 overdue" in seen
    assert "supply: timeliness" in seen
    assert "A1" in seen
    assert "no data" in seen


def test_the_page_takes_no_filter(built: tuple[Path, list[str]], tmp_path: Path) -> None:
    told = run("quality", "report", built[0], "--html", tmp_path / "q.html", "--rule", "A1", code=2)
    assert "leave out --source, --rule and --rows" in told.stderr


PROBE = """<script>
const shown = (language) => [...document.querySelectorAll(`[lang=${language}]`)].filter(
  (one) => one !== document.documentElement && one.getClientRects().length).length;
const told = [];
for (const language of ["zh", "en"]) {
  document.getElementById("choose-" + language).checked = true;
  told.push(shown("zh") > 0, shown("en") > 0);
}
const bars = [...document.querySelectorAll(".bar")].filter((one) => one.getBoundingClientRect().width > 50).length;
told.push(bars > 1, document.documentElement.scrollWidth <= window.innerWidth);
document.title = "probe " + told.join(" ");
</script></body>"""


def test_a_browser_shows_one_language_at_a_time_and_the_bars(page: str, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no chromium on this machine; the page's text is tested without one")
    file = tmp_path / "quality.html"
    file.write_text(page.replace("</body>", PROBE), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,900", f"--user-data-dir={tmp_path}/u"]
    shown = subprocess.run(
        [browser, *flags, "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert "<title>probe true false false true true true</title>" in shown
