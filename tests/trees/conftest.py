"""A town of hand-written rows, built once: its registers tell events, relations and residences."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from engine.settings import Project, load_project
from engine.store import Run, open_live
from lifetree.build import CHECKS, build

PROJECT = """
[[count]]
definition = "CZ_CENSUS"
as_of = "2024-12-31"
area = ["330199"]

[[claim]]
source = "hukou"
definition = "HUKOU"
as_of = "2024-12-31"
area = ["330199"]
persons = 50

[subject.person]
attributes = { name = "name", born = "date", id_no = "resident_id" }
sufficient = [["id_no"]]
identifier = [{ attribute = "id_no", contradicted_by = ["name", "born"] }]
blocking = [["name", "born"], ["id_no"]]
comparison = [{ attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }]
model = { threshold = 8 }

[subject.legal_entity]
attributes = { name = "organisation", uscc = "text" }
sufficient = [["uscc"]]
identifier = [{ attribute = "uscc" }]
blocking = [["name"], ["uscc"]]
comparison = [{ attribute = "name", kind = "text" }]
model = { threshold = 8 }
"""
SOURCES = {
    "hukou": """
key = "no"
recorded_at = "changed"
mention = [{ subject = "person", business_key = "no", fields = { name = "name", id_no = "id" } }]
spell = [{ kind = "hukou", place = "division", from = "since" }]
""",
    "permits": """
key = "no"
recorded_at = "since"
mention = [{ subject = "person", business_key = "id", fields = { name = "name", id_no = "id" } }]
spell = [{ kind = "declared", place = "division", from = "since", to = "until" }]
event = [{ code = "RES.PERM", date = "since", place = "division", number = "no" }]
""",
    "clinic": """
recorded_at = "day"
mention = [{ subject = "person", business_key = "id", fields = { name = "name", id_no = "id" } }]
event = [{ code = "MED.VIS", date = "day", amount = "cost", payload = { ward = "dept" }, when = "kind = 'visit'" }]
""",
    "pensions": """
mention = [{ subject = "person", business_key = "id", fields = { name = "name", id_no = "id" } }]
event = [{ code = "RET.PAY", date = { columns = "month", date_format = "%Y%m" }, amount = "sum" }]
""",
    "funerals": """
key = "no"
mention = [{ subject = "person", fields = { name = "name", id_no = "id" } }]
event = [{ code = "DTH.CREM", date = "day", number = "no" }]
""",
    "marriages": """
key = "no"
mention = [
  { subject = "person", role = "man", fields = { name = "man", id_no = "man_id" } },
  { subject = "person", role = "woman", fields = { name = "woman", id_no = "woman_id" } },
]
event = [
  { code = "MAR.REG", role = "man", other = "woman", date = "day", when = "kind = '1'" },
  { code = "MAR.REG", role = "woman", other = "man", date = "day", when = "kind = '1'" },
  { code = "MAR.DIV", role = "man", other = "woman", date = "day", when = "kind = '2'" },
]
relation = [
  { type = "SPOUSE_OF", from = "man", to = "woman", valid_from = "day", when = "kind = '1'" },
  { type = "SPOUSE_OF", from = "woman", to = "man", valid_to = "day", when = "kind = '2'" },
]
""",
    "market": """
key = "uscc"
mention = [
  { subject = "legal_entity", fields = { name = "firm", uscc = "uscc" } },
  { subject = "person", role = "representative", fields = { name = "head", id_no = "head_id" } },
]
event = [{ code = "EST", date = "founded" }]
relation = [{ type = "LEGAL_REP_OF", from = "representative", to = "", valid_from = "founded", payload = ["capital"] }]
""",
}


def number(seed: int, born: str = "19620927") -> str:
    """Return an invented citizen number of division 330199 with its check character."""
    digits = f"330199{born}{seed:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(a) * b for a, b in zip(digits, weights, strict=True)) % 11]


NATIVES = [
    (f"n{i}", f"Family{chr(97 + i % 26)} {chr(97 + i % 7)}", number(100 + i, f"19{60 + i % 40}0101")) for i in range(30)
]
MIGRANT = ("Mo Migrant", number(1))
PENSIONER = ("Don Dead", number(3, "19400512"))
ANN, BOB = ("Ann Lee", number(2)), ("Bob Ray", number(5))

ROWS = {
    "hukou": ["no,name,id,division,since,changed"]
    + [f"{no},{name},{id_no},330199001,1990-01-01,2020-01-01" for no, name, id_no in NATIVES]
    + [
        f"m,{MIGRANT[0]},{MIGRANT[1]},330199009,1990-01-01,2020-01-01",
        f"d,{PENSIONER[0]},{PENSIONER[1]},330199001,1990-01-01,2020-01-01",
        f"a,{ANN[0]},{ANN[1]},330199001,1990-01-01,2020-01-01",
        f"b,{BOB[0]},{BOB[1]},330199001,1990-01-01,2020-01-01",
    ],
    "permits": [
        "no,name,id,division,since,until",
        f"p1,{MIGRANT[0]},{MIGRANT[1]},330199002,2024-01-01,2024-05-01",
        f"p2,{MIGRANT[0]},{MIGRANT[1]},330199003,2024-05-01,2024-09-01",
        f"p3,{MIGRANT[0]},{MIGRANT[1]},330199004,2024-09-01,9999-12-31",
    ],
    "clinic": ["name,id,day,cost,kind,dept"]
    + [f"{name},{id_no},2024-06-0{1 + place % 9},12.50,visit,eyes" for place, (_, name, id_no) in enumerate(NATIVES)]
    + [
        f"{PENSIONER[0]},{PENSIONER[1]},2023-05-02,80,visit,heart",
        f"{ANN[0]},{ANN[1]},2024-02-03,80,visit,heart",
        f"{ANN[0]},{ANN[1]},2024-02-04,80,refund,heart",
        f"{BOB[0]},{BOB[1]},2020-02-03,80,visit,heart",
    ],
    "pensions": ["name,id,month,sum"]
    + [f"{PENSIONER[0]},{PENSIONER[1]},2023{month:02d},3000" for month in range(1, 13)],
    "funerals": ["no,name,id,day", f"f1,{PENSIONER[0]},{PENSIONER[1]},2023-03-10"],
    "marriages": [
        "no,man,man_id,woman,woman_id,day,kind",
        f"w1,{BOB[0]},{BOB[1]},{ANN[0]},{ANN[1]},2010-05-01,1",
        f"w2,{BOB[0]},{BOB[1]},{ANN[0]},{ANN[1]},2015-06-01,2",
        f"w3,{BOB[0]},{BOB[1]},{ANN[0]},{ANN[1]},2018-07-01,1",
    ],
    "market": [
        "uscc,firm,head,head_id,founded,capital",
        f"91330199000000001X,Ray Works,{BOB[0]},{BOB[1]},2012-03-04,100",
        *(f"9133019900000{i:04d}X,Firm {chr(97 + i)},{ANN[0]},{ANN[1]},2001-01-01,5" for i in range(20, 26)),
    ],
}


class Town(NamedTuple):
    """The project, and what a build made of it."""

    project: Project
    run: Run

    def entity(self, source: str, record: str, *, role: str = "", subject: str = "person") -> str:
        """Return the entity of a mention."""
        mentioned = (pl.col("source") == source) & (pl.col("record_id") == record) & (pl.col("role") == role)
        records = self.run.scan("record_entity", subject=subject).filter(mentioned)
        return str(records.select("entity_id").collect().item())


def write(folder: Path) -> Path:
    """Write the project and its files."""
    (folder / "sources").mkdir(parents=True)
    (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    for name, rows in ROWS.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        text = f'files = "{name}.csv"\ndelivered_at = "2025-01-01"\n{SOURCES[name]}'
        (folder / "sources" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    project = load_project(write(tmp_path_factory.mktemp("town") / "town"), checks=CHECKS)
    build(project, buckets=3)
    return Town(project, open_live(project))
