"""Where records that shall be purged are to be found, also outside of what lifetree may write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import ConfigurationError, InputError
from engine.io import delivered_sources, shown_name, source_files
from engine.io.purging import Holding, holding
from engine.settings import Project, Source
from engine.settings.shipped import SHIPPED
from engine.spelling import nearest
from engine.store import Run
from engine.store.erasing import holding_runs
from engine.store.purges import Erased, erased_by, key_hash_of, purged_keys
from engine.stream.manifest import named
from lifetree.forgetting import Terms, lists
from matchers.judgements import read_judgements

Keys = Mapping[str, Mapping[str, str]]
"""By source, the hash of the key of each record, and the record as it was written."""

Located = tuple[Source, Path, Holding]

STAYS = "stays as it is: every build leaves it out"
LINES = 5
"""Lines of a file that are told."""


def sought(project: Project, records: Sequence[str]) -> Keys:
    """Return the keys of records that are written `source:record_id`; a role behind names the whole row too.

    Raises:
        InputError: a record is of no source, or is nowhere: in no run, no file, and was never purged.
    """
    candidates = {text: _candidates(project, text) for text in records}
    asked: dict[str, dict[str, str]] = {}
    for text, several in candidates.items():
        for source, key in several:
            asked.setdefault(source, {})[key] = text
    found = _found(project, asked) if asked else set()
    chosen: dict[str, dict[str, str]] = {}
    for text, several in candidates.items():
        hit = next(((source, key) for source, key in several if key in found), None)
        if hit is None:
            raise InputError(
                f"no record '{text}': in no run of the store, and in no file",
                hint="a record is written SOURCE:RECORD_ID; `lifetree find PROJECT TEXT` looks for values",
            )
        chosen.setdefault(hit[0], {})[hit[1]] = text
    return chosen


def _candidates(project: Project, text: str) -> list[tuple[str, str]]:
    """Return source and hash of the keys that a text can stand for: first all of it, then without a role."""
    sources = {one.name: one for one in project.sources}
    name, colon, rest = text.partition(":")
    if name not in sources or not rest:
        told = f"no source '{name}' in the project{nearest(name, sources)}" if colon else f"'{text}' is no record"
        raise InputError(told, hint="a record is written SOURCE:RECORD_ID")
    head, _, role = rest.rpartition(":")
    roles = {one.role for one in sources[name].mentions} - {""}
    texts = [rest, head] if head and role in roles else [rest]
    plain = texts if sources[name].key else [one.rpartition("-")[0] or one for one in texts]
    return [(name, key_hash_of(name, one)) for one in plain]


def _found(project: Project, asked: Keys) -> set[str]:
    """Return the hashes of the keys that are in a run, a file, or were purged before."""
    store = project.path(project.store)
    known = {key for of in purged_keys(store).values() for key in of}
    known |= {key for keys in holding_runs(store, erased_by(project, asked)).values() for key in keys}
    wanted = {name: {key: key for key in of if key not in known} for name, of in asked.items()}
    for _, _, held in _files(project, {name: of for name, of in wanted.items() if of}):
        known |= set(held.purges)
    return known


def located(project: Project, gone: Erased) -> list[Located]:
    """Return the files of sources that hold purged records, and where in them; cost: every such source is read."""
    return list(_files(project, gone.keys))


def texts_of(runs: Iterable[Run], project: Project, places: Iterable[Located]) -> list[str]:
    """Return the rows of purged records that could not be read, as runs have them in quarantine."""
    lines = [(shown_name(file, project.folder), line) for _, file, held in places for line in held.lines]
    wanted = pl.LazyFrame(lines, schema={"file": pl.String, "line": pl.Int64}, orient="row")
    found = (run.scan("rejects").join(wanted, on=["file", "line"], how="semi").select("raw") for run in runs)
    return sorted({text for one in found for text in one.collect()["raw"].drop_nulls()})


def outside(project: Project, gone: Erased, terms: Terms, places: Iterable[Located]) -> Iterator[dict[str, Any]]:
    """Yield what holds purged records and is not lifetree's to write: the project's own files, and backups."""
    store = project.path(project.store).resolve()
    for _, file, held in (one for one in places if store not in one[1].resolve().parents):
        lines = ", ".join(map(str, held.lines.head(LINES))) + (", …" if held.lines.len() > LINES else "")
        yield {"place": named(project, file), "holds": f"{held.lines.len():,} rows (line {lines})", "becomes": STAYS}
    for one in project.sources:
        if one.uri and one.name in gone.keys:
            yield {"place": f"the database of {one.name}", "holds": "is not looked at", "becomes": STAYS}
    if project.judgements and (number := _judged(project, gone)):
        place = named(project, project.path(project.judgements))
        yield {"place": place, "holds": f"{number:,} judgements", "becomes": STAYS}
    for name, subject in project.subjects.items():
        told = subject.model.calibration
        if told and told != SHIPPED and lists(_calibration(project.path(told)), terms.get(name, {})):
            yield {"place": told, "holds": "frequencies of its values", "becomes": "stays as it is: train it anew"}
    yield {
        "place": "backups",
        "holds": "what they held",
        "becomes": "stay as they are: delete them, or purge again after a restore",
    }


def _calibration(file: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read


def _judged(project: Project, gone: Erased) -> int:
    try:
        told = read_judgements(project.path(str(project.judgements)), subjects=project.subjects)
    except ConfigurationError:
        return 0
    about = (gone.names("source_l", "record_l"), gone.names("source_r", "record_r"))
    return told.filter(pl.any_horizontal(about)).height


def _files(project: Project, asked: Keys) -> Iterator[Located]:
    """Yield the files of sources that hold some of the records."""
    for source in (one for one in project.sources if one.name in asked and not one.uri):
        accepted = delivered_sources(source, project)
        for file in source_files(source, project):
            held = holding(accepted.get(file, source), file, asked[source.name])
            if held.lines.len():
                yield source, file, held
