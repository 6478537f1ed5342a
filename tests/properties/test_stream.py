"""However rows are split into files and in whatever order these come, the stream's tables are those of one pass."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.accounting import account
from engine.io.ingest import ingest_file
from engine.settings import load_project
from engine.store import writing
from engine.stream.inbox import look, prepare
from engine.stream.manifest import stream_folder
from engine.stream.taking import take
from lifetree.build import CHECKS
from lifetree.stream import TABLES, cleaner, file_names, open_stream, read_stream

PROJECT = """
[[source]]
name = "keyed"
files = "keyed*.jsonl"
key = "no"
op = "op"
mode = { "*-delta-*" = "delta", "*-replace-*" = "replace" }
recorded_at = "told"
delivered_at = { "*-0.jsonl" = "2024-01-01", "*-1.jsonl" = "2024-02-01", "*" = "2024-03-01" }
[[source.mention]]
subject = "person"
fields = { surname = "surname", birth = "birth" }
[[source.mention]]
subject = "person"
role = "mother"
fields = { surname = "mother" }
[[source.event]]
code = "BIR.CERT"
role = ""
date = "birth"

[[source]]
name = "keyless"
files = "keyless*.jsonl"
mode = { "*-replace-*" = "replace" }
delivered_at = { "*-0.jsonl" = "2024-01-01", "*-1.jsonl" = "2024-02-01", "*" = "2024-03-01" }
[[source.mention]]
subject = "person"
fields = { surname = "surname" }

[subject.person]
attributes = { surname = "name", birth = "date" }
blocking = ["surname"]
comparison = [{ attribute = "surname" }]
"""

KEYED = st.fixed_dictionaries(
    {
        "no": st.sampled_from(["1", "2", "3", "4", ""]),
        "surname": st.sampled_from(["Abel", "Birch", ""]),
        "mother": st.sampled_from(["Corr", ""]),
        "birth": st.sampled_from(["2001-02-03", "2001/2/3", "never", ""]),
        "told": st.sampled_from(["2023-05-01", "2023-06-01T08:00:00", "??", ""]),
        "op": st.sampled_from(["U", "d", "?", ""]),
    }
)
KEYLESS = st.fixed_dictionaries({"surname": st.sampled_from(["Abel", "Birch", "Corr", ""])})
MODES = st.sampled_from(["append", "append", "delta", "replace"])
FILES = st.one_of(
    st.tuples(st.just("keyed"), st.lists(KEYED, max_size=6), st.integers(0, 2), MODES),
    st.tuples(st.just("keyless"), st.lists(KEYLESS, max_size=6), st.integers(0, 2), MODES),
)


@settings(max_examples=15)
@given(
    files=st.lists(FILES, min_size=1, max_size=6),
    looks=st.lists(st.integers(0, 2), min_size=6, max_size=6),
    batch_rows=st.sampled_from([2, 5, 100]),
)
def test_a_stream_equals_one_cleansing(
    files: list[tuple[str, list[dict[str, str]], int, str]], looks: list[int], batch_rows: int
) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
        project = load_project(folder, checks=CHECKS)
        inbox, store = folder / "inbox", stream_folder(project)
        prepare(inbox, [])
        for turn in range(3):
            with writing(store):
                stream = open_stream(project, inbox, store, lambda _: None)
                for number, (source, rows, day, mode) in enumerate(files):
                    if looks[number] == turn:
                        place = inbox / source / f"file{number}-{mode}-{day}.jsonl"
                        place.parent.mkdir(exist_ok=True)
                        lines = "".join(
                            json.dumps({k: v for k, v in row.items() if v or k in ("no", "op")}) + "\n" for row in rows
                        )
                        place.write_text(lines or '{"op":1\n', encoding="utf-8")
                take(stream, look(inbox, file_names(project)), batch_rows=batch_rows)

        _assert_equal(folder)
    finally:
        shutil.rmtree(folder)


def _assert_equal(folder: Path) -> None:
    """Compare the stream with one cleansing of each source over all files that were kept."""
    project = load_project(folder, checks=CHECKS)
    made: dict[str, list[pl.DataFrame]] = {}
    sources = []
    for source in project.sources:
        kept = sorted((folder / "inbox" / "done" / source.name).glob("*/*"))
        chunks = [one for file in kept for one in ingest_file(source, file, project_folder=folder)]
        if not chunks:
            continue
        sources.append(source.name)
        rows = pl.concat([one.rows for one in chunks])
        replacing = [source.delivery_of(file) or "" for file in kept if source.mode_of(file) == "replace"]
        for name, frame in cleaner(project)(rows, source=source, replaced=max(replacing, default=None)).items():
            made.setdefault(name, []).append(frame)
        unread = pl.concat([one.rejects for one in chunks])
        made.setdefault("rejects", []).append(unread)
        made.setdefault("unread", []).append(unread)
    if not made:
        return
    fates = account(pl.concat(made.pop("accounts")), pl.concat(made.pop("unread")), sources=tuple(sources)).accounts
    assert_frame_equal(read_stream(project, "accounts"), fates)
    for name, frames in made.items():
        table, _, subject = name.partition(".")
        attributes = project.subjects[subject].attributes if subject else ()
        expected = TABLES[table].conform(pl.concat(frames), attributes)
        assert_frame_equal(read_stream(project, table, subject or None), expected)
