"""From data files to a drafted project: profile, map, compare, block, train."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.errors import InputError
from engine.settings.subject import Comparison, Identifier, Subject
from lifetree.suggest.attributes import Attribute, File, values_of
from lifetree.suggest.choosing import chosen, training
from lifetree.suggest.columns import columns_of
from lifetree.suggest.comparing import comparisons, identifiers
from lifetree.suggest.homes import settled, without_homes
from lifetree.suggest.mapping import mapped
from lifetree.suggest.proposing import proposed
from lifetree.suggest.reading import Sample, read_samples
from lifetree.suggest.refining import refined
from lifetree.suggest.rules import Rule, counted, parts_of
from lifetree.suggest.vocabulary import vocabulary
from matchers.blocking import PAIRS_A_RECORD

LEAST_PAIRS = 1_000_000
"""Pairs that the budget is at least, where it is not given: they are compared in less than a minute."""

ONE_RULE = 0.34
"""The share of the budget that one rule may cost."""

WITHIN = 0.02
"""Likely pairs within the files, as a share of those between them, up to which each file holds a subject once."""

THRESHOLD = 4.0


class SubjectDraft(NamedTuple):
    """A subject as drafted: `rules` with their pairs; `records` and `likely` tell what it was drafted from."""

    name: str
    files: tuple[File, ...]
    attributes: tuple[Attribute, ...]
    left_out: tuple[tuple[str, str, str], ...]
    comparisons: tuple[Comparison, ...]
    identifiers: tuple[Identifier, ...]
    rules: tuple[Rule, ...]
    training: tuple[tuple[str, ...], ...]
    between_sources: bool
    records: int


class Draft(NamedTuple):
    """The drafted subjects, in the order in which the files were given."""

    subjects: tuple[SubjectDraft, ...]


def draft_of(
    files: Sequence[Path],
    *,
    subject: str | None = None,
    budget: float | None = None,
    say: Callable[[str], None] | None = None,
) -> Draft:
    """Return the draft of a project that links the records of the files.

    `subject` names what all rows tell of; without it, the columns decide, file by file. `budget` is the number of pairs
    a record that may be compared. `say` is told each step as it begins.

    Raises:
        InputError: a file that cannot be read, or in which nothing is found to compare.
    """
    tell = say or (lambda _: None)
    tell(f"1/2 read {len(files)} file{'s' * (len(files) > 1)}")
    samples = read_samples(files)
    read = [_file(sample, subject) for sample in samples]
    names = list(dict.fromkeys(file.subject for file in read))
    fraction = min(sample.frame.height / sample.rows for sample in samples)
    tell(f"2/2 compare and count pairs: {', '.join(names)}")
    return Draft(
        tuple(
            _drafted(name, [file for file in read if file.subject == name], fraction=fraction, budget=budget)
            for name in names
        )
    )


def _file(sample: Sample, subject: str | None) -> File:
    columns = tuple(columns_of(sample))
    keys = [column.name for column in columns if column.use == "key"]
    return File(sample, columns, subject or _subject_of(columns), keys[0] if keys else None)


def _subject_of(columns: Sequence[Any]) -> str:
    """Return what most of the used columns tell of; `record` where none tells."""
    roles = vocabulary().roles
    told = [roles[one.role].subject for one in columns if one.role and one.use in {"match", "find"}]
    told = [name for name in told if name]
    return max(sorted(set(told), reverse=True), key=told.count) if told else "record"


def _drafted(name: str, files: list[File], *, fraction: float, budget: float | None) -> SubjectDraft:
    found = mapped(files)
    attributes = refined(found.attributes, files, name)
    place = ", ".join(str(file.sample.file) for file in files)
    if not any(one.use == "match" for one in attributes):
        raise InputError(
            f"{place}: no column was found by which records can be compared",
            hint="name the columns (name, date of birth, address …) in the header, or write the project by hand: "
            "docs/guide/describe_your_files.md",
        )
    values = values_of(files, attributes)
    records = sum(file.sample.rows for file in files)
    pairs = max(PAIRS_A_RECORD * records, LEAST_PAIRS) if budget is None else budget * records
    parts = parts_of(attributes, values)
    rules = counted(parts, fraction=fraction, most=ONE_RULE * pairs)
    if not rules:
        raise InputError(
            f"{place}: no rule was found that proposes any pair of records within the budget",
            hint="raise --budget, or write the project by hand: docs/guide/describe_your_files.md",
        )
    subject = _first_subject(attributes, values, rules, records=records)
    seen = proposed(rules, parts, values, subject=subject, name=name, fraction=fraction)
    attributes = settled(attributes, values, seen) if name == "person" else list(attributes)
    names = _single(attributes)
    picked = chosen(rules, seen, budget=pairs, records=records) or _affordable(rules, names, records, pairs)
    between = len(files) == 2 and seen.between >= 20 and seen.within <= WITHIN * seen.between
    return SubjectDraft(
        name, tuple(files), tuple(attributes), tuple(found.left_out), tuple(comparisons(attributes, values)),
        tuple(identifiers(attributes)), tuple(picked),
        tuple(training(rules, seen, names)), between, records,
    )  # fmt: skip


def _first_subject(
    attributes: Sequence[Attribute], values: pl.DataFrame, rules: Sequence[Rule], *, records: int
) -> Subject:
    """Return the subject that a calibration is trained for before the rules are chosen."""
    compared = comparisons(without_homes(attributes), values)
    first = _first_rules(rules, _single(attributes), records)
    return Subject.model_validate(
        {
            "attributes": {one.name: {"kind": one.kind} for one in attributes},
            "blocking": [{"on": list(rule.parts), "max_block": rule.max_block} for rule in first],
            "comparison": [one.model_dump() for one in compared],
            "model": {"threshold": THRESHOLD, "training": [list(rule.parts) for rule in first[:3]]},
        }
    )


def _single(attributes: Sequence[Attribute]) -> list[str]:
    """Return the attributes of one value: of lists only the shortest are the same, which teaches nothing of others."""
    return [one.name for one in attributes if one.form not in {"list", "items"}]


def _affordable(rules: Sequence[Rule], names: Sequence[str], records: int, budget: float) -> list[Rule]:
    """Return the rules to begin with as far as the budget goes, for records of which no two are likely the same."""
    taken: list[Rule] = []
    for rule in _first_rules(rules, names, records):
        if sum(one.pairs for one in taken) + rule.pairs <= budget:
            taken.append(rule)
    return taken


def _first_rules(rules: Sequence[Rule], names: Sequence[str], records: float) -> list[Rule]:
    """Return rules to begin with: over whole attributes, those of few pairs first, of different attributes."""
    whole = [rule for rule in rules if set(rule.parts) <= set(names) and rule.pairs >= max(30, 0.03 * records)]
    taken: list[Rule] = []
    for rule in sorted(whole or rules, key=lambda one: (one.pairs, one.parts)):
        if not any(rule.attributes & other.attributes for other in taken):
            taken.append(rule)
    for rule in sorted(whole or rules, key=lambda one: (one.pairs, one.parts)):
        if rule not in taken and len(taken) < 8:
            taken.append(rule)
    return taken
