"""The report of a small town: what it says, in both languages, and that it needs nothing beside itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from engine.settings import RuleChanges, load_project
from engine.store import open_live
from lifetree.build import CHECKS, build
from lifetree.counting import count
from lifetree.evaluation import evaluate_run
from lifetree.report import Outcome, render, report_content
from lifetree.report.timeline import timeline
from lifetree.report.waterfall import waterfall
from lifetree.report.words import Words, dictionary

PROJECT = """
name = "town"

[[count]]
definition = "HUKOU"
as_of = "2024-12-31"
area = ["330199"]

[subject.person]
attributes = { name = "name", id_no = "resident_id", phone = "phone" }
identifier = [{ attribute = "id_no" }]
blocking = ["id_no", "name"]
comparison = [{ attribute = "name" }, { attribute = "phone" }]

[subject.legal_entity]
attributes = { name = "organisation", uscc = "text" }
identifier = [{ attribute = "uscc" }]
blocking = ["uscc", "name"]
comparison = [{ attribute = "name" }]
"""
SOURCES = {
    "police": """
title = "户籍登记"
key = "no"
mention = [{ subject = "person", business_key = "no", fields = { name = "name", id_no = "id" } }]
spell = [{ kind = "hukou", place = "division", from = "since" }]
""",
    "clinic": """
title = "就诊登记"
mention = [{ subject = "person", fields = { name = "name", id_no = "id", phone = "phone" } }]
event = [{ code = "MED.VIS", date = "day" }]
""",
    "market": """
title = "市场主体登记"
key = "no"
mention = [
  { subject = "legal_entity", fields = { name = "firm", uscc = "no" } },
  { subject = "person", role = "head", fields = { name = "head", id_no = "head_id" } },
]
event = [{ code = "EST", date = "since" }]
relation = [{ type = "LEGAL_REP_OF", from = "head", to = "", from_subject = "person", to_subject = "legal_entity", valid_from = "since" }]
""",
}
WANG, LI = "330199198001010017", "330199198202020027"
ROWS = {
    "police": f"""no,name,id,division,since
1,王芳,{WANG},330199001,2001-05-01
2,王芳,{WANG},330199002,2010-05-01
3,李伟,{LI},330199001,2002-05-01
""",
    "clinic": f"""name,id,phone,day
王芳,{WANG},19900000001,2020-03-01
王芳,{WANG},19900000001,2021-03-01
<script>alert(1)</script>,,１９９００００００２,2022-03-01
""",
    "market": f"""no,firm,head,head_id,since
F1,甲乙丙食品有限公司,王芳,{WANG},2015-06-01
""",
}
TRUTH = """source,record_id,role,subject,entity_id
police,1,,person,w
police,2,,person,w
police,3,,person,l
market,F1,head,person,w
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("town")
    (folder / "sources").mkdir()
    (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    for name, text in SOURCES.items():
        (folder / "sources" / f"{name}.toml").write_text(f'files = "{name}.csv"\n{text}', encoding="utf-8")
        (folder / f"{name}.csv").write_text(ROWS[name], encoding="utf-8")
    (folder / "truth.csv").write_text(TRUTH, encoding="utf-8")
    project = load_project(folder, checks=CHECKS)
    summary = build(project)
    run = open_live(project)
    figures = evaluate_run(run, project, folder / "truth.csv", subjects=["person"])
    counts = [count(run, project, one) for one in project.counts]
    return render(report_content(run, project, Outcome(summary, counts, {"HUKOU": 2}, figures, folder / "truth.csv")))


class _Outside(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [f"{tag} {name}={value}" for name, value in attrs if name in {"src", "href", "srcset"}]
        if tag not in {"meta", "input", "br", "link", "img"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A drawing's closed mark opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def text_of(page: str, language: str) -> str:
    """Return what a reader of one language sees, tags taken out."""
    other = {"zh": "en", "en": "zh"}[language]
    seen = re.sub(rf'<(span|text) lang="{other}".*?</\1>', "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|script)>.*?</\1>", "", seen)))


def test_the_page_refers_to_nothing_outside_itself(page: str) -> None:
    parser = _Outside()
    parser.feed(page)
    assert [one for one in parser.references if not re.fullmatch(r"a href=#[\w-]+", one)] == []
    assert "url(" not in page
    assert "@import" not in page
    assert parser.open == []


def test_every_link_in_the_page_has_its_section(page: str) -> None:
    assert set(re.findall(r'href="#([\w-]+)"', page)) <= set(re.findall(r'id="([\w-]+)"', page))


def test_values_are_shown_and_never_run(page: str) -> None:
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ["户籍人口", "数据质量", "一个人的生命树", "就医结算", "法定代表人", "一家法人的生命树", "与真实情况对照"]),
        ("en", ["registered population", "Data quality", "A person's tree", "medical visit settled",
                "legal representative of", "A legal entity's tree", "Accuracy against the truth"]),
    ],
)  # fmt: skip
def test_each_language_tells_the_whole_report(page: str, language: str, said: list[str]) -> None:
    seen = text_of(page, language)
    assert [words for words in said if words not in seen.replace("&#39;", "'")] == []


def test_the_count_stands_beside_its_truth_and_each_bridge_sums(page: str) -> None:
    seen = text_of(page, "en")
    assert "2 agreed 2 truth 0.00 % difference" in seen
    assert "户籍登记" not in seen
    assert "police 3 0 0 0 −1 0 0 0 0 0 0 2 ✓" in seen
    assert "✗" not in page


def test_a_person_is_drawn_with_name_residence_visits_and_firm(page: str) -> None:
    tree = page[page.index('id="tree-person"') : page.index('id="tree-legal_entity"')]
    seen = text_of(tree, "en")
    assert "王芳" in seen
    assert "330199002" in seen
    assert "甲乙丙食品有限公司" in seen
    assert "2020-03-01 medical visit settled (clinic)" in seen
    assert "<svg" in tree


def test_phantoms_stand_at_the_source_that_founds_them(page: str) -> None:
    assert "entities − phantoms + merged + without = true entities : 2 − 0 + 0 + 0 = 2" in text_of(page, "en")


def test_findings_are_told_by_department_and_every_row_is_accounted_for(page: str) -> None:
    section = text_of(page[page.index('id="quality"') : page.index('id="tree-person"')], "en")
    assert "clinic" in section
    assert "character form 1" in section
    assert "Total 7 7 0 0 0" in section


def test_a_project_without_counts_truth_or_events_says_so(tmp_path: Path) -> None:
    bare = PROJECT.replace(PROJECT[PROJECT.index("[[count]]") : PROJECT.index("[subject.person]")], "")
    source = '[[source]]\nname = "police"\nfiles = "police.csv"\nkey = "no"\n'
    source += 'mention = [{ subject = "person", fields = { name = "name", id_no = "id" } }]\n'
    (tmp_path / "lifetree.toml").write_text(bare[: bare.index("[subject.legal_entity]")] + source, encoding="utf-8")
    (tmp_path / "police.csv").write_text(ROWS["police"], encoding="utf-8")
    project = load_project(tmp_path, checks=CHECKS)
    project = project.model_copy(update={"rules": RuleChanges(off=("N6", "U5"))})
    summary = build(project)
    seen = text_of(render(report_content(open_live(project), project, Outcome(summary))), "en")
    for words in ("asks for no count", "no truth to hold", "No source tells of events", "No findings"):
        assert words in seen


def test_a_waterfall_runs_from_the_claim_to_the_agreed_figure() -> None:
    steps = [
        {"step": "duplicates", "persons": -4},
        {"step": "dead", "persons": 0},
        {"step": "found_elsewhere", "persons": 2},
    ]
    bars = waterfall({"claimed": 10, "steps": steps, "agreed": 8})
    assert [bar.key for bar in bars] == ["claimed", "duplicates", "found_elsewhere", "agreed"]
    start, down, up, end = bars
    assert start.x == pytest.approx(down.x + down.width)
    assert up.x == pytest.approx(down.x)
    assert end.x == pytest.approx(up.x + up.width)


def test_a_timeline_spans_from_the_first_day_to_the_day_of_the_count() -> None:
    told = Words("", "")
    dot = {"valid_from": "2000-07", "valid_to": None, "lasting": False, "told": told}
    bar = {"valid_from": "2010", "valid_to": None, "lasting": True, "told": told}
    drawing = timeline([(told, [dot, dot]), (told, [bar]), (told, [])], until="2019-12-31")
    assert drawing is not None
    assert [len(lane.marks) for lane in drawing.lanes] == [1, 1]
    assert drawing.years[0] == (2000, 0.0)
    [[point], [home]] = (lane.marks for lane in drawing.lanes)
    assert point.width == 0
    assert home.x + home.width == pytest.approx(860, abs=1)


def test_a_life_without_dates_has_no_timeline() -> None:
    row = {"valid_from": None, "valid_to": None, "lasting": False, "told": Words("", "")}
    assert timeline([(Words("", ""), [row])], until="2020-01-01") is None


def test_every_word_stands_in_both_languages() -> None:
    pairs = [(section, key, words) for section, entries in dictionary().items() for key, words in entries.items()]
    assert [(section, key) for section, key, words in pairs if not (words.zh and words.en)] == []
    assert [key for section, key, words in pairs if not words.en.isascii() and key not in {"bcubed", "identity"}] == []


PROBE = """<script>
const shown = (language) => [...document.querySelectorAll(`[lang=${language}]`)].filter(
  (one) => one !== document.documentElement && one.getClientRects().length).length;
const told = [];
for (const language of ["zh", "en"]) {
  document.getElementById("choose-" + language).checked = true;
  told.push(shown("zh") > 0, shown("en") > 0);
}
const drawn = [...document.querySelectorAll("svg")].filter((one) => one.getBoundingClientRect().height > 20).length;
told.push(drawn > 1, document.documentElement.scrollWidth <= window.innerWidth);
document.title = "probe " + told.join(" ");
</script></body>"""


def test_a_browser_shows_one_language_at_a_time_and_every_drawing(page: str, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no chromium on this machine; the page's text is tested without one")
    file = tmp_path / "report.html"
    file.write_text(page.replace("</body>", PROBE), encoding="utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1200,900",
        f"--user-data-dir={tmp_path}/user",
    ]
    shown = subprocess.run(
        [browser, *flags, "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert "<title>probe true false false true true true</title>" in shown
