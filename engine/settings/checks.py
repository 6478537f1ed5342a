"""Faults that only show when parts of a project are held against one another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from engine.errors import ConfigurationError, LifetreeError
from engine.expressions import compile_expression
from engine.settings.database import delivery_faults
from engine.settings.events import witnessing_faults
from engine.settings.modes import mode_faults
from engine.spelling import nearest
from engine.tables import RECORDS, SIGNATURES
from engine.values import KINDS

if TYPE_CHECKING:
    from engine.settings.project import Project
    from engine.settings.source import Source
    from engine.settings.subject import Subject

RESERVED = {*RECORDS.columns, *SIGNATURES.columns, "entity_id", "cluster_id"}


def cross_faults(project: Project) -> Iterator[str]:
    """Yield every reference of the project that leads nowhere and every name that stands for two things."""
    for name, times in Counter(source.name for source in project.sources).items():
        if times > 1:
            yield f"source {name}: {times} sources bear this name; names must be unique"
    yield from _mention_faults(project)
    for source in project.sources:
        yield from _item_faults(source, project)
        yield from delivery_faults(source)
        yield from mode_faults(source)
        yield from witnessing_faults(source)
    yield from _count_faults(project)
    for name, subject in project.subjects.items():
        for fault in _subject_faults(subject, {source.name for source in project.sources}):
            yield f"subject {name}: {fault}"
        if not any(mention.subject == name for source in project.sources for mention in source.mentions):
            yield f"subject {name}: no source mentions it"


def _mention_faults(project: Project) -> Iterator[str]:
    for source in project.sources:
        roles = Counter((mention.subject, mention.role) for mention in source.mentions)
        for (subject, role), times in roles.items():
            if times > 1:
                yield f"source {source.name}: {times} mentions of '{subject}' in role '{role}'; give each its own role"
        for mention in source.mentions:
            known = project.subjects.get(mention.subject)
            if known is None:
                meant = nearest(mention.subject, project.subjects)
                yield f"source {source.name}: mention of unknown subject '{mention.subject}'{meant}"
                continue
            for field in mention.fields:
                if field not in known.attributes:
                    meant = nearest(field, known.attributes)
                    yield f"source {source.name}: '{field}' is no attribute of {mention.subject}{meant}"


def _item_faults(source: Source, project: Project) -> Iterator[str]:
    principal = source.mentions[0]
    known = project.subjects.get(principal.subject)
    for name, item in source.items.items():
        if item.kind not in KINDS:
            yield f"source {source.name}: item '{name}': unknown kind '{item.kind}'{nearest(item.kind, KINDS)}"
        if known and name in known.attributes:
            yield f"source {source.name}: item '{name}' bears the name of an attribute; rename it"
    for name in source.required:
        if name not in (named := {*principal.fields, *source.items}):
            yield f"source {source.name}: required: '{name}' is no mapped field and no item{nearest(name, named)}"


def _count_faults(project: Project) -> Iterator[str]:
    sources = [source.name for source in project.sources]
    for place, claim in enumerate(project.claims, start=1):
        if claim.source not in sources:
            yield f"claim {place}: unknown source '{claim.source}'{nearest(claim.source, sources)}"
    for place, count in enumerate(project.counts, start=1):
        if count.subject not in project.subjects:
            yield f"count {place}: unknown subject '{count.subject}'{nearest(count.subject, project.subjects)}"


def _subject_faults(subject: Subject, sources: set[str]) -> Iterator[str]:
    yield from _attribute_faults(subject, sources)
    yield from _reference_faults(subject)
    yield from _expression_faults(subject)
    yield from _former_faults(subject)
    names = [one.name for one in subject.strata]
    yield from (f"stratum '{name}' stands twice" for name in sorted({one for one in names if names.count(one) > 1}))
    model = subject.model
    if model.review is not None and model.review > model.threshold:
        yield f"model: review ({model.review}) is above threshold ({model.threshold})"


def _expression_faults(subject: Subject) -> Iterator[str]:
    """Yield what is wrong with the subject's expressions, among it those that do not say yes or no where they must."""
    identity = subject.identity_attributes()
    keys = [(f"blocking rule '{rule.name}'", text) for rule in subject.blocking for text in rule.on]
    keys += [(f"attribute '{name}': implied", text) for name, text in subject.implied().items()]
    finer = [(f"blocking rule '{rule.name}': refine", text) for rule in subject.blocking for text in rule.refine]
    finer += [(f"caution '{one.name}'", text) for one in subject.cautions for text in one.expressions()]
    tests = [(f"attribute '{name}': void_when", text) for name, text in subject.void().items()]
    tests += [(f"identifier '{i.attribute}': unsure_when", i.unsure_when) for i in subject.identifiers if i.unsure_when]
    tests += [(f"stratum '{one.name}': when", one.when) for one in subject.strata]
    for where, text in (*keys, *finer, *tests):
        try:
            kind = compile_expression(text, columns=identity).yields(identity)
        except ConfigurationError as error:
            yield from (f"{where}: {fault}" for fault in error.faults)
        except LifetreeError as error:
            yield f"{where}: {error}"
        else:
            if (where, text) in tests and kind != pl.Boolean:
                yield f"{where}: '{text}' is {kind}, and must be true or false, such as `{identity[0]} is null`"
            if (where, text) in finer and isinstance(kind, pl.List):
                yield f"{where}: '{text}' yields a list, and must yield one value"


def _former_faults(subject: Subject) -> Iterator[str]:
    for identifier in subject.identifiers:
        names = (identifier.attribute, identifier.former)
        kinds = {subject.attributes[name].kind for name in names if name in subject.attributes}
        if identifier.former == identifier.attribute or len(kinds) > 1:
            yield f"identifier '{identifier.attribute}': former is another attribute of the same kind of value"


def _attribute_faults(subject: Subject, sources: set[str]) -> Iterator[str]:
    for name, attribute in subject.attributes.items():
        if name in RESERVED:
            yield f"attribute '{name}' bears the name of a fixed column; call it something else"
        elif not name.isidentifier() or name.startswith("_"):
            yield f"attribute '{name}': a name is letters, digits and _, and begins with a letter"
        if attribute.kind not in KINDS:
            yield f"attribute '{name}': unknown kind '{attribute.kind}'{nearest(attribute.kind, KINDS)}"
        for setting, text in (("implied", attribute.implied), ("void_when", attribute.void_when)):
            if text and not attribute.identity:
                yield f"attribute '{name}': {setting} is for what subjects are matched by; drop it or identity"
        for source in attribute.trust:
            if source not in sources:
                yield f"attribute '{name}': trust names the unknown source '{source}'{nearest(source, sources)}"


def _alike_in_sql(labels: list[str]) -> Iterator[str]:
    """Yield the different labels that SQL, which knows no case and takes any other character for _, has as one."""
    by_name: dict[str, list[str]] = {}
    for label in dict.fromkeys(labels):
        by_name.setdefault(re.sub(r"\W", "_", label).casefold(), []).append(f"'{label}'")
    yield from (" and ".join(alike) for alike in by_name.values() if len(alike) > 1)


def _reference_faults(subject: Subject) -> Iterator[str]:
    identity = subject.identity_attributes()
    labels = [comparison.label for comparison in subject.comparisons]
    for label, times in Counter(labels).items():
        if times > 1:
            yield f"{times} comparisons are called '{label}'; give each its own name"
    for alike in _alike_in_sql(labels):
        yield f"comparisons {alike} have one name in SQL; give each its own in letters and digits"
    for comparison in subject.comparisons:
        if len(comparison.attribute) > 1 and comparison.term_frequency and comparison.label in subject.attributes:
            yield f"comparison '{comparison.label}' of several attributes bears the name of another one; rename it"
    used = [(f"comparison '{c.label}'", a) for c in subject.comparisons for a in c.attribute]
    used += [("sufficient", a) for names in subject.sufficient for a in names]
    used += [("founding", a) for names in subject.founding for a in names]
    used += [("model.training", a) for names in subject.model.training for a in names]
    used += [("identifier", identifier.attribute) for identifier in subject.identifiers]
    used += [("identifier.former", identifier.former) for identifier in subject.identifiers if identifier.former]
    used += [("identifier.alias", identifier.alias) for identifier in subject.identifiers if identifier.alias]
    for where, name in used:
        if name not in identity:
            yield f"{where}: '{name}' is no identity attribute{nearest(name, identity)}"
    for identifier in subject.identifiers:
        for label in identifier.contradicted_by:
            if label not in labels:
                yield f"identifier '{identifier.attribute}': '{label}' is no comparison{nearest(label, labels)}"
