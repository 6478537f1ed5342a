"""One new record against the live run: its entity, what it was compared with and why, as an update would decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from engine.cleanse import Rulebook, project_rulebook
from engine.errors import ConfigurationError
from engine.settings import Project, Subject
from engine.spelling import nearest
from engine.store import Run, open_live
from engine.tables import RECORD_KEY, WEIGHT_SCALE
from lifetree.explanation import known_of
from lifetree.index import Index, open_index
from lifetree.resolving_found import NOWHERE, Found
from lifetree.resolving_names import Registered
from lifetree.resolving_near import Ground
from lifetree.resolving_place import find_place
from lifetree.resolving_rules import Ruled, rule_record
from matchers.explain import Known
from matchers.realtime import Weigher, clean, sign_one, weigher

KEY = (*RECORD_KEY, "business_key")
"""What a record may say of itself beside the subject's attributes."""

REMEMBERED = 200_000
"""Delivered values whose cleansed form is remembered."""

SHOWN = 20
"""Candidates that an answer tells, the heaviest first."""


class Resolver(NamedTuple):
    """One subject of a run, opened once for many records; `cleansed` are the values that it saw."""

    run: Run
    subject: str
    settings: Subject
    rulebook: Rulebook
    ground: Ground
    cleansed: dict[tuple[str, str | None], str | None]


def open_resolver(project: Project, subject: str, *, run: Run | None = None) -> Resolver:
    """Return what resolves records of a subject against a run, the live one; the first to ask makes its index.

    Raises:
        StoreError: nothing was built yet.
        ConfigurationError: the project has no such subject.
    """
    if subject not in project.subjects:
        raise ConfigurationError([f"no subject '{subject}'{nearest(subject, project.subjects)}"])
    run = run or open_live(project)
    known = known_of(run, project, subject)
    index = open_index(project, run, subject)
    return Resolver(
        run,
        subject,
        known.subject,
        project_rulebook(project),
        _ground(index, known, Registered(run, subject, project.salt or project.name)),
        {},
    )


def _ground(index: Index, known: Known, registered: Registered) -> Ground:
    rules = {f"identifier {one.attribute}": one.attribute for one in known.subject.identifiers}
    common = known.generic.filter(pl.col("blocking_rule").is_in([*rules]))
    generic = {(rules[rule], value) for rule, value in common.select("blocking_rule", "value").iter_rows()}
    void = known.masses.filter(pl.col("action") == "null").select("attribute", "value")
    own: Weigher = weigher(known.subject, known.calibration, known.signatures)
    return Ground(index, known, own, common, frozenset(generic), frozenset(void.iter_rows()), registered)


def resolve(resolver: Resolver, record: Mapping[str, str | None], *, cleansed: bool = False) -> dict[str, Any]:
    """Return the entity of one record, its candidates with weights in bits and levels, and what was decided.

    `record` holds attributes of the subject as delivered (`cleansed`: as a run keeps them), and may say of itself
    `source`, `record_id`, `role` and `business_key`. The record is not kept. Decisions: `link` (joins the entity),
    `new` (would found one), `review` (would stand alone until somebody decides), `contradicted` (an identifier is
    another's), `ambiguous` (could join several), `unresolved` (tells too little to found an entity), `quarantined` (a
    rule sets it aside: `refused` has the rule and the reason). `set_aside` are values that cleansing empties, `merges`
    the entities that would become one with it, `splits` those that would lose records. A record of the run is where
    it is; asked with other values, under its key, it is answered as one more record, not as a correction.

    Raises:
        ConfigurationError: a field that is neither.
    """
    fields = _checked(resolver, record)
    given = {name: value for name, value in fields.items() if name not in KEY}
    key = {**dict.fromkeys(RECORD_KEY, ""), **{name: fields[name] for name in KEY if fields.get(name)}}
    ruled = Ruled(given, None) if cleansed else _ruled(resolver, given, key)
    told = {"set_aside": sorted(name for name in given if given[name] and not ruled.values[name]), "refused": None}
    if ruled.refused:
        code, why = ruled.refused
        return _told(resolver, NOWHERE) | told | {"refused": {"rule": code, "reason": why}}
    signed = sign_one(ruled.values, key, subject=resolver.settings)
    return _told(resolver, find_place(signed, key, ground=resolver.ground)) | told


def _checked(resolver: Resolver, record: Mapping[str, str | None]) -> dict[str, str | None]:
    known = [*resolver.settings.attributes, *KEY]
    faults = [
        f"subject {resolver.subject} has no field '{name}'{nearest(name, known)}"
        for name in record
        if name not in known
    ]
    if faults:
        raise ConfigurationError(faults)
    return {name: value or None for name, value in record.items()}


def _ruled(resolver: Resolver, given: Mapping[str, str | None], key: Mapping[str, str | None]) -> Ruled:
    kept = _kept(resolver, given)
    return rule_record(given, kept, key, subject=resolver.subject, rulebook=resolver.rulebook)


def _kept(resolver: Resolver, given: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the values as cleansing keeps them; those of attributes that were seen before are remembered."""
    seen = resolver.cleansed
    if len(seen) > REMEMBERED:
        seen.clear()
    fresh = {name: value for name, value in given.items() if (name, value) not in seen}
    cleaned = clean(fresh, subject=resolver.settings, rulebook=resolver.rulebook)
    seen.update({(name, value): cleaned[name] for name, value in fresh.items()})
    return {name: seen[name, value] for name, value in given.items()}


def _told(resolver: Resolver, found: Found) -> dict[str, Any]:
    """Return the answer as programs read it."""
    comparisons = resolver.ground.weigher.comparisons
    names = [dict(zip(one.numbers(), (level.label for level in one.levels), strict=True)) for one in comparisons]
    shown = sorted(found.candidates, key=lambda one: (-one.weight.match_weight, one.signature_id))[:SHOWN]
    candidates = [
        {
            "entity_id": one.entity_id,
            "signature_id": one.signature_id,
            "match_weight": one.weight.match_weight / WEIGHT_SCALE,
            "link": one.reason,
            "levels": {
                comparison.label: own[level]
                for comparison, own, level in zip(comparisons, names, one.weight.levels, strict=True)
            },
        }
        for one in shown
    ]
    return {
        "run_id": resolver.run.run_id,
        "subject": resolver.subject,
        "decision": found.decision,
        "entity_id": found.entity_id,
        "state": found.state,
        "merges": list(found.merges),
        "splits": list(found.splits),
        "known": found.known,
        "compared": len(found.candidates),
        "candidates": candidates,
    }
