"""Looking up in a finished run: entities by text, by id, by record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from engine.errors import StoreError
from engine.settings import Project, Subject
from engine.spelling import nearest
from engine.store import Run
from engine.tables import RECORD_KEY
from engine.values import KINDS
from lifetree.rows import mentions_of


class Mention(NamedTuple):
    """One mention of a subject in a record, and the entity that it belongs to: "" where it is unresolved."""

    subject: str
    entity_id: str
    source: str
    record_id: str
    role: str

    def key(self) -> dict[str, str]:
        """Return the record key, by column."""
        return {"source": self.source, "record_id": self.record_id, "role": self.role}


class Found(NamedTuple):
    """The first entities of a subject that bear a text, with their profiles, and how many there are."""

    rows: list[dict[str, Any]]
    total: int


def find_entities(
    run: Run, project: Project, text: str, *, subjects: Iterable[str], attribute: str | None = None, limit: int
) -> dict[str, Found]:
    """Return, per subject, the entities that bear `text` in a value or that it names as a record (see `resolve`).

    Values are compared in the `match` form of their kind, so that `ＷＡＮＧ` finds `wang`. The entity of a record comes
    first, then those with the whole value, then those with a part of one, each ordered by entity_id; at most `limit` a
    subject. A subject without any is left out; `source:record_id` of a source of the project is no value. Cost: one
    scan of `attribute_values`.
    """
    found = {}
    for subject in subjects:
        hits = pl.concat(_hits(run, project, text, subject=subject, attribute=attribute))
        ids = hits.group_by("entity_id").agg(pl.col("rank").min()).sort("rank", "entity_id").collect()
        first = ids.head(limit).lazy()
        entities = first.join(run.scan("entities", subject=subject), on="entity_id").sort("rank", "entity_id")
        profiles = run.scan("profiles", subject=subject).join(first, on="entity_id", how="semi")
        rows = with_profiles(entities.collect(), profiles.collect(), project.subjects[subject])
        found[subject] = Found(rows, ids.height)
    return {subject: one for subject, one in found.items() if one.rows}


def _hits(run: Run, project: Project, text: str, *, subject: str, attribute: str | None) -> list[pl.LazyFrame]:
    """Return entity_id and rank: 0 the text names a record or it, 1 it is a whole value, 2 it is part of one."""
    source, _, record_id = text.partition(":")
    hits = []
    if attribute is None:
        named = pl.any_horizontal(pl.col("record_id", "entity_id") == text, *_named(text))
        hits.append(_owned(run, subject, named).select("entity_id", rank=pl.lit(0)))
        if record_id and source in {one.name for one in project.sources}:
            return hits
    values = run.scan("attribute_values", subject=subject)
    tests = [_bears(project.subjects[subject], text, attribute, whole=whole) for whole in (True, False)]
    return [
        *hits,
        *(values.filter(test).select("entity_id", rank=pl.lit(rank)) for rank, test in enumerate(tests, start=1)),
    ]


def _owned(run: Run, subject: str, test: pl.Expr) -> pl.LazyFrame:
    return run.scan("record_entity", subject=subject).filter(test).drop_nulls("entity_id")


def _bears(subject: Subject, text: str, attribute: str | None, *, whole: bool) -> pl.Expr:
    """Return whether a value of `attribute_values` is the text, or holds it, folded as its kind is for matching."""
    by_kind: dict[str, list[str]] = {}
    for name, setting in subject.attributes.items():
        if attribute in {None, name}:
            by_kind.setdefault(setting.kind, []).append(name)
    tests = []
    for kind_name, names in by_kind.items():
        kind = KINDS[kind_name]
        folded = pl.DataFrame({"text": [text]}).select(kind.match(kind.clean(pl.col("text")))).item()
        if folded:
            value = kind.match(pl.col("value"))
            bears = value == folded if whole else value.str.contains(folded, literal=True)
            tests.append(pl.col("attribute").is_in(names) & bears)
    return pl.any_horizontal(tests) if tests else pl.lit(value=False)


def with_profiles(entities: pl.DataFrame, profiles: pl.DataFrame, subject: Subject) -> list[dict[str, Any]]:
    """Return one row per entity, in their order: entity_id, records, and the surviving value of each attribute."""
    values = {
        (entity, attribute): value
        for entity, attribute, value in profiles.select("entity_id", "attribute", "value").rows()
    }
    return [
        {
            "entity_id": row["entity_id"],
            "records": row["records"],
            **{name: values.get((row["entity_id"], name)) for name in subject.attributes},
        }
        for row in entities.iter_rows(named=True)
    ]


def resolve(
    run: Run, project: Project, reference: str, *, subjects: Iterable[str], rejects: bool = False
) -> list[Mention]:
    """Return the mentions that `reference` names: `source:record_id`, `source:record_id:role` or an entity id.

    A record names several mentions when its rows mention several subjects or roles; an entity id names its founding
    record. The principal (role '') comes first. With `rejects`, a quarantined row counts as a mention of every
    subject, in no entity.

    Raises:
        StoreError: nothing in the run bears that name; where the row was quarantined, its line and the reason are told.
    """
    names = list(subjects)
    for subject in names if ":" not in reference else ():
        entity = run.scan("entities", subject=subject).filter(pl.col("entity_id") == reference).collect()
        for row in entity.iter_rows(named=True):
            return [Mention(subject, reference, row["founding_source"], row["founding_record"], row["founding_role"])]
    for source, record_id, role in _keys(reference):
        found = [mention for subject in names for mention in _mentions(run, subject, source, record_id, role)]
        if found:
            return sorted(found, key=lambda mention: (mention.role, names.index(mention.subject)))
    source, _, rest = reference.partition(":")
    if rejects and set_aside(run, source=source, record_id=rest):
        return [Mention(subject, "", source, rest, "") for subject in names]
    raise _unknown(run, project, reference, names)


def set_aside(run: Run, *, source: str, record_id: str) -> str | None:
    """Return where a row with this key was quarantined and why, in a sentence; None when none was."""
    own = (pl.col("source") == source) & (pl.col("record_id") == record_id)
    rows = run.scan("rejects").filter(own).sort("file", "line").collect()
    if rows.is_empty():
        return None
    first = rows.row(0, named=True)
    place = f"{first['file']}, line {first['line']}" if first["line"] is not None else first["file"]
    return f"{source}:{record_id} was quarantined ({place}): {first['reason']}"


def _keys(reference: str) -> list[tuple[str, str, str | None]]:
    """Return the record keys that a reference can stand for: in any role, then in one."""
    source, _, rest = reference.partition(":")
    record_id, _, role = rest.rpartition(":")
    return [(source, rest, None), (source, record_id, role)] if record_id else [(source, rest, None)] if rest else []


def _named(reference: str) -> list[pl.Expr]:
    """Return the tests of the record keys that a reference can stand for."""
    return [
        pl.all_horizontal(
            pl.col(name) == value for name, value in zip(RECORD_KEY, key, strict=True) if value is not None
        )
        for key in _keys(reference)
    ]


def _unknown(run: Run, project: Project, reference: str, subjects: list[str]) -> StoreError:
    """Return why a reference names nothing: an unknown source, a quarantined row, or no such record."""
    source, colon, rest = reference.partition(":")
    sources = [one.name for one in project.sources]
    if colon and source not in sources:
        told = f"no source '{source}' in the project{nearest(source, sources)}"
        return StoreError(told, hint=_spelling(run, subjects))
    for record_id in (rest, rest.rpartition(":")[0]):
        if row := set_aside(run, source=source, record_id=record_id):
            hint = "`lifetree quality report PROJECT --rows` lists all; correct the row and build again"
            return StoreError(row, hint=hint)
    told = f"no entity or record '{reference}' in run {run.run_id} (subjects: {', '.join(subjects)})"
    return StoreError(told, hint=f"{_spelling(run, subjects)}; `lifetree find PROJECT TEXT` looks for values")


def _spelling(run: Run, subjects: list[str]) -> str:
    """Return how a record is written, by the example of one that is there."""
    rows = [row for subject in subjects for row in _first_record(run, subject)]
    return "a record is written SOURCE:RECORD_ID" + (f", such as {spelt(rows[0])}" if rows else "")


def _first_record(run: Run, subject: str) -> list[dict[str, Any]]:
    principal = run.scan("record_entity", subject=subject).filter(pl.col("role") == "")
    return principal.head(1).collect().to_dicts()


def _mentions(run: Run, subject: str, source: str, record_id: str, role: str | None) -> list[Mention]:
    """Return the mentions of a record, in every role where none is given."""
    found = mentions_of(run, subject, source=source, record_id=record_id)
    rows = (found if role is None else found.filter(pl.col("role") == role)).sort(RECORD_KEY).collect()
    return [
        Mention(subject, row["entity_id"] or "", row["source"], row["record_id"], row["role"])
        for row in rows.iter_rows(named=True)
    ]


def spelt(key: Mapping[str, Any]) -> str:
    """Return a record key as the commands take it.

    >>> spelt({"source": "civil", "record_id": "1", "role": "mother"})
    'civil:1:mother'
    >>> spelt({"source": "civil", "record_id": "1", "role": ""})
    'civil:1'
    """
    return ":".join(part for part in (key["source"], key["record_id"], key["role"]) if part)


def resolved(run: Run, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions that belong to an entity.

    Raises:
        StoreError: none does.
    """
    kept = [mention for mention in mentions if mention.entity_id]
    if kept:
        return kept
    raise StoreError(
        f"{spelt(mentions[0].key())} is unresolved in run {run.run_id}: "
        "in no entity: too little for one, or one of two",
        hint="`founding` of the subject says what makes one; `lifetree explain why-not` says what keeps two apart",
    )


def life(run: Run, mention: Mention) -> dict[str, Any]:
    """Return all that the run knows of the mention's entity.

    Keys: subject, entity_id, state, sources, `profile` (surviving values with rule and origin), `others` (the values
    that did not survive) and `records` (the records, with their cleansed attributes).
    """
    own = pl.col("entity_id") == mention.entity_id
    entity = run.scan("entities", subject=mention.subject).filter(own).collect().row(0, named=True)
    members = run.scan("record_entity", subject=mention.subject).filter(own).drop("entity_id", "signature_id")
    key = ["source", "record_id", "role"]
    records = run.scan("records", subject=mention.subject).join(members, on=key, how="semi").sort(key)
    others = run.scan("attribute_values", subject=mention.subject).filter(own & ~pl.col("survives"))
    profile = run.scan("profiles", subject=mention.subject).filter(own).sort("attribute")
    return {
        "subject": mention.subject,
        "entity_id": mention.entity_id,
        "state": entity["state"],
        "sources": entity["sources"],
        "profile": profile.drop("entity_id").collect().to_dicts(),
        "others": others.sort("attribute", "value").drop("entity_id", "survives").collect().to_dicts(),
        "records": records.drop("raw").collect().to_dicts(),
    }
