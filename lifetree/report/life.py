"""The tree of one entity: its profile, what happened to it by phase of life, where it lived, and to whom it is tied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from engine.settings import Project
from engine.store import Run
from lifetree.lookup import Mention, spelt
from lifetree.report.timeline import timeline
from lifetree.report.words import Words, attribute_words, listed, source_words, word
from lifetree.tree import tree
from trees.events import BRANCHES, event_types
from trees.relations import RelationType, relation_types

NAMING = frozenset(("name", "organisation", "building_address"))
"""The kinds of value that an entity is called by."""

LISTED = 4
"""Events of one type that are listed singly; more are told in one line."""


def telling_entity(run: Run, subject: str) -> str | None:
    """Return the whole entity with most types of event, then most sources, then most records, then the smallest id."""
    entities = run.scan("entities", subject=subject).filter(pl.col("state") == "whole")
    ranked = entities.select("entity_id", "records", sources=pl.col("sources").list.len(), types=pl.lit(0))
    if f"{subject}/events" in run.manifest["tables"]:
        events = run.scan("events", subject=subject).group_by("entity_id").agg(types=pl.col("event_type").n_unique())
        ranked = ranked.drop("types").join(events, on="entity_id", how="left")
    order = ["types", "sources", "records", "entity_id"]
    best = ranked.sort(order, descending=[True, True, True, False], nulls_last=True).head(1).collect()
    return None if best.is_empty() else str(best["entity_id"].item())


def entity_content(run: Run, project: Project, subject: str, entity: str, *, until: str) -> dict[str, Any]:
    """Return what the report shows of one entity; marks of what is open reach the day `until`."""
    own = pl.col("entity_id") == entity
    head = run.scan("entities", subject=subject).filter(own).collect().row(0, named=True)
    profile = run.scan("profiles", subject=subject).filter(own).collect().to_dicts()
    titles = source_words(project)
    by_attribute = {row["attribute"]: row for row in profile}
    grown = tree(run, Mention(subject, entity, head["founding_source"], head["founding_record"], head["founding_role"]))
    events, spells = (sorted(grown[name], key=_when) for name in ("events", "spells"))
    branches = _branches(events, subject, titles)
    return {
        "subject": subject,
        "entity_id": entity,
        "records": head["records"],
        "sources": listed(titles[name] for name in head["sources"]),
        "profile": [
            {
                **by_attribute[name],
                "title": attribute_words(name, setting.title),
                "from": spelt(by_attribute[name]),
            }
            for name, setting in project.subjects[subject].attributes.items()
            if name in by_attribute
        ],
        "branches": branches,
        "spells": [{**row, "title": word("spell", row["kind"])} for row in spells],
        "relations": _relations(run, project, subject, entity, sorted(grown["relations"], key=_when)),
        "timeline": timeline([*_homes(spells), *_lanes(branches)], until=until),
    }


def _when(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["valid_from"] or "9", row.get("event_type") or row.get("kind") or row["relation_type"]


def _branches(events: list[dict[str, Any]], subject: str, titles: Mapping[str, Words]) -> list[dict[str, Any]]:
    """Return the branches that have events, in the order of life, each with the lines of its list."""
    types = event_types().get(subject, {})
    branches: dict[str, dict[str, Any]] = {
        name: {"title": word("branch", name), "lines": [], "events": []} for name in BRANCHES.get(subject, ())
    }
    for code, kind in types.items():
        own = [event for event in events if event["event_type"] == code]
        branch = branches[kind.branch]
        title = Words(kind.title, kind.title_en)
        told = [{**event, "lasting": False, "told": _told(title, event, titles)} for event in own]
        branch["events"] += told
        branch["lines"] += (
            [_line(title, told, titles)] if len(told) > LISTED else [_line(title, [e], titles) for e in told]
        )
    for branch in branches.values():
        branch["lines"].sort(key=lambda line: (line["first"] or "9", line["title"]))
    return [branch for branch in branches.values() if branch["events"]]


def _line(title: Words, events: list[dict[str, Any]], titles: Mapping[str, Words]) -> dict[str, Any]:
    days = [event["valid_from"] for event in events if event["valid_from"]]
    return {
        "title": title,
        "times": len(events),
        "first": min(days, default=None),
        "last": max(days, default=None),
        "number": events[0]["number"] if len(events) == 1 else None,
        "sources": listed(titles[name] for name in sorted({name for event in events for name in event["sources"]})),
        "witnesses": sum(event["witnesses"] for event in events),
    }


def _told(title: Words, event: Mapping[str, Any], titles: Mapping[str, Words]) -> Words:
    day = event["valid_from"] or ""
    sources = listed(titles[name] for name in event["sources"])
    return Words(f"{day} {title.zh}（{sources.zh}）", f"{day} {title.en} ({sources.en})")


def _lanes(branches: Iterable[Mapping[str, Any]]) -> list[tuple[Words, list[dict[str, Any]]]]:
    return [(branch["title"], branch["events"]) for branch in branches]


def _homes(spells: Iterable[Mapping[str, Any]]) -> list[tuple[Words, list[dict[str, Any]]]]:
    lanes: dict[str, list[dict[str, Any]]] = {}
    for spell in spells:
        kind = word("spell", spell["kind"])
        told = Words(
            *(f"{spell['valid_from'] or '…'} – {spell['valid_to'] or '…'} {one} {spell['place']}" for one in kind)
        )
        lanes.setdefault(spell["kind"], []).append({**spell, "lasting": True, "told": told})
    return [(word("spell", kind), rows) for kind, rows in sorted(lanes.items(), key=lambda lane: lane[0] != "hukou")]


def _relations(run: Run, project: Project, subject: str, entity: str, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the ties of the entity, read from its own side, with the name of the other end."""
    types, ties = relation_types(), []
    for row in rows:
        outward = row["subject_from"] == subject and row["entity_from"] == entity
        title = _tie(types[row["relation_type"]], outward=outward)
        end = "to" if outward else "from"
        ties.append({**row, "title": title, "other_subject": row[f"subject_{end}"], "other": row[f"entity_{end}"]})
    names = {name: _names(run, project, name, ties) for name in {tie["other_subject"] for tie in ties}}
    return [{**tie, "name": names[tie["other_subject"]].get(tie["other"])} for tie in ties]


def _tie(kind: RelationType, *, outward: bool) -> Words:
    """Return what stands before the other end; in Chinese an arrow says who is whose."""
    if kind.symmetric:
        return Words(kind.title, kind.title_en)
    if outward:
        return Words(f"—{kind.title}→", kind.title_en)
    return Words(f"←{kind.title}—", kind.inverse_en or kind.title_en)


def _names(run: Run, project: Project, subject: str, ties: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    naming = [name for name, one in project.subjects[subject].attributes.items() if one.kind in NAMING]
    asked = [tie["other"] for tie in ties if tie["other_subject"] == subject]
    if not naming:
        return {}
    found = run.scan("profiles", subject=subject).filter(
        (pl.col("attribute") == naming[0]) & pl.col("entity_id").is_in(asked)
    )
    return dict(found.select("entity_id", "value").collect().rows())
