"""Looking up in a finished run: entities by text, by id, by record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from engine.errors import StoreError
from engine.settings import Project, Subject
from engine.store import Run
from engine.values import KINDS


class Mention(NamedTuple):
    """One mention of a subject in a record, and the entity that it belongs to."""

    subject: str
    entity_id: str
    source: str
    record_id: str
    role: str

    def key(self) -> dict[str, str]:
        """Return the record key, by column."""
        return {"source": self.source, "record_id": self.record_id, "role": self.role}


def find_entities(
    run: Run, project: Project, text: str, *, subjects: Iterable[str], attribute: str | None = None, limit: int
) -> dict[str, list[dict[str, Any]]]:
    """Return, per subject, the entities that bear `text` in a value or as the id of a record, with their profiles.

    Values are compared in the `match` form of their kind, so that `ＷＡＮＧ` finds `wang`. Ordered by entity_id;
    at most `limit` a subject. Cost: one scan of `attribute_values`.
    """
    found = {}
    for subject in subjects:
        values = run.scan("attribute_values", subject=subject)
        hits = values.filter(_bears(project.subjects[subject], text, attribute)).select("entity_id")
        if attribute is None:
            records = run.scan("record_entity", subject=subject).filter(pl.col("record_id") == text)
            hits = pl.concat([hits, records.select("entity_id")])
        ids = hits.unique().sort("entity_id").head(limit)
        entities = run.scan("entities", subject=subject).join(ids, on="entity_id", how="semi")
        profiles = run.scan("profiles", subject=subject).join(ids, on="entity_id", how="semi")
        found[subject] = with_profiles(
            entities.sort("entity_id").collect(), profiles.collect(), project.subjects[subject]
        )
    return {subject: rows for subject, rows in found.items() if rows}


def _bears(subject: Subject, text: str, attribute: str | None) -> pl.Expr:
    """Return whether a row of `attribute_values` bears the text, folded as the attribute's kind is for matching."""
    by_kind: dict[str, list[str]] = {}
    for name, setting in subject.attributes.items():
        if attribute in {None, name}:
            by_kind.setdefault(setting.kind, []).append(name)
    tests = []
    for kind_name, names in by_kind.items():
        kind = KINDS[kind_name]
        folded = pl.DataFrame({"text": [text]}).select(kind.match(kind.clean(pl.col("text")))).item()
        if folded:
            value = kind.match(pl.col("value")).str.contains(folded, literal=True)
            tests.append(pl.col("attribute").is_in(names) & value)
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


def resolve(run: Run, reference: str, *, subjects: Iterable[str], rejects: bool = False) -> list[Mention]:
    """Return the mentions that `reference` names: `source:record_id`, `source:record_id:role` or an entity id.

    A record names several mentions when its rows mention several subjects or roles; an entity id names its founding
    record. The principal (role '') comes first. With `rejects`, a quarantined row counts as a mention of every
    subject, in no entity.

    Raises:
        StoreError: nothing in the run bears that name.
    """
    names = list(subjects)
    source, _, rest = reference.partition(":")
    record, _, role = rest.rpartition(":")
    for subject in names:
        entity = run.scan("entities", subject=subject).filter(pl.col("entity_id") == reference).collect()
        for row in entity.iter_rows(named=True):
            return [Mention(subject, reference, row["founding_source"], row["founding_record"], row["founding_role"])]
    whole = (pl.col("source") == source) & (pl.col("record_id") == rest)
    parted = (pl.col("source") == source) & (pl.col("record_id") == record) & (pl.col("role") == role)
    for test in (whole, parted) if rest else ():
        found = [mention for subject in names for mention in _mentions(run, subject, test)]
        if found:
            return sorted(found, key=lambda mention: (mention.role, names.index(mention.subject)))
    quarantined = (pl.col("source") == source) & (pl.col("record_id") == rest)
    if rejects and run.scan("rejects").filter(quarantined).collect().height:
        return [Mention(subject, "", source, rest, "") for subject in names]
    raise StoreError(
        f"no entity or record '{reference}' in run {run.run_id} (subjects: {', '.join(names)})",
        hint="a record is written source:record_id, such as civil:1017; `lifetree find PROJECT TEXT` looks for values",
    )


def _mentions(run: Run, subject: str, test: pl.Expr) -> list[Mention]:
    rows = run.scan("record_entity", subject=subject).filter(test).sort("source", "record_id", "role").collect()
    return [
        Mention(subject, row["entity_id"], row["source"], row["record_id"], row["role"])
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
