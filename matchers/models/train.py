"""Training: u from random pairs and value counts, m by EM on pairs that agree on a training rule, c from both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib.metadata import version
from statistics import median
from typing import NamedTuple

import polars as pl

from engine.settings.subject import Subject
from engine.tables import PAIR_KEY
from matchers.comparisons import Comparison, build_comparison, compare_candidates
from matchers.models.calibration import (
    Calibration,
    LevelWeight,
    Provenance,
    StratumWeights,
    TermFrequency,
)
from matchers.models.em import EM_VERSION, Session, expectation
from matchers.models.random_pairs import by_hash, level_counts, random_pairs, shares, top_share
from matchers.models.settled import Probabilities, level_weights, rounded, settled
from matchers.models.strata import within
from matchers.models.terms import term_frequency
from matchers.models.training_pairs import (
    TrainingRule,
    attribute_rules,
    blocking_rules,
    comparable,
    judged_pairs,
    rule_pairs,
    training_rules,
)

LEAST_PAIRS = 20
START = 0.2
ASSUMED_M = 0.9


class Trainer(StrEnum):
    """Who runs EM: our own on patterns of levels, or Splink, which finds the same and takes longer."""

    LIFETREE = "lifetree"
    SPLINK = "splink"


class Lesson(NamedTuple):
    """The pairs of one rule: their levels, the share of blocks kept, and the comparisons that they teach."""

    rule: TrainingRule
    pairs: pl.DataFrame
    share: float
    comparisons: tuple[Comparison, ...]


def train(
    signatures: pl.DataFrame,
    *,
    subject: Subject,
    name: str,
    seed: int = 0,
    trainer: Trainer = Trainer.LIFETREE,
    judged: pl.DataFrame | None = None,
) -> Calibration:
    """Return the calibration that the signatures teach, with or without labels; the order of rows is no matter.

    u is each level's share among random pairs, from counts of values for the highest, less the matches; m is the
    median over the EM sessions, one for each training rule; c is found from the pairs of all rules. A level that was
    never observed has a floor, and m of a comparison that no session teaches is `ASSUMED_M` at its highest level, the
    rest spread evenly; both stand in `provenance.untrained`. Without any pairs, c is 1. `judged` (JUDGED) are pairs
    that people judged: our own EM takes them as labels of the rules that propose them.
    """
    sample = signatures.sort(by_hash(seed), "signature_id").head(subject.model.sample).sort("signature_id")
    comparisons = tuple(build_comparison(one) for one in subject.comparisons)
    drawn = comparable(random_pairs(sample, seed=seed), sample, subject)
    random_levels = compare_candidates(drawn, sample, comparisons=subject.comparisons)
    counts = {one.label: level_counts(random_levels, one) for one in comparisons}
    tops = {one.label: top_share(sample, random_levels, one) for one in comparisons}
    observed = {one.label: shares(counts[one.label], tops[one.label]) for one in comparisons}
    lessons = _lessons(sample, subject, comparisons, seed)
    labels = [_labels(one.rule, signatures, judged, subject) for one in lessons]
    sessions = [_session(one, told, observed, trainer) for one, told in zip(lessons, labels, strict=True)]
    m = _combined(lessons, sessions, comparisons)
    proposed = _proposed(sample, subject, lessons, comparisons, seed)
    c, u = settled(_patterns(proposed, comparisons), comparisons, m, observed, sample.height)
    c *= max(signatures.height - 1, 1) / max(sample.height - 1, 1)
    weights = tuple(level_weights(one, m[one.label], u[one.label]) for one in comparisons)
    return Calibration(
        subject=name,
        comparisons=weights,
        term_frequencies=tuple(
            _terms(signatures, one, weight.levels[0], c)
            for one, weight in zip(comparisons, weights, strict=True)
            if one.tf_attribute
        ),
        c=rounded(c),
        provenance=Provenance(
            trainer=trainer.value,
            version=version("splink") if trainer is Trainer.SPLINK else EM_VERSION,
            signatures=signatures.height,
            sample=sample.height,
            seed=seed,
            rules=tuple(one.rule.name for one in lessons),
            pairs=tuple(one.pairs.height for one in lessons),
            iterations=tuple(one.iterations for one in sessions),
            labels=tuple(0 if told is None else told.height for told in labels),
            untrained=tuple(_untrained(sessions, counts, tops, comparisons)),
        ),
        strata=tuple(_strata(signatures, subject, name, seed, trainer, judged)),
    )


def _strata(
    signatures: pl.DataFrame, subject: Subject, name: str, seed: int, trainer: Trainer, judged: pl.DataFrame | None
) -> Iterator[StratumWeights]:
    """Yield the model that the signatures of each stratum teach."""
    alone = subject.model_copy(update={"strata": ()})
    for one in subject.strata:
        members = signatures.filter(within(signatures, one, subject))
        learnt = train(members, subject=alone, name=name, seed=seed, trainer=trainer, judged=judged)
        yield StratumWeights(
            name=one.name,
            when=one.when,
            comparisons=learnt.comparisons,
            c=learnt.c,
            share=rounded(members.height / max(signatures.height, 1)),
            provenance=learnt.provenance,
        )


def _session(lesson: Lesson, labels: pl.DataFrame | None, u: Probabilities, trainer: Trainer) -> Session:
    if trainer is Trainer.LIFETREE:
        return expectation(lesson.pairs, comparisons=lesson.comparisons, u=u, prior=START, labels=labels)
    from matchers.models.splink import expectation as reference  # loads DuckDB

    return reference(lesson.pairs, comparisons=lesson.comparisons, u=u, prior=START)


def _labels(
    rule: TrainingRule, signatures: pl.DataFrame, judged: pl.DataFrame | None, subject: Subject
) -> pl.DataFrame | None:
    """Return levels and judgement of the judged pairs that the rule proposes."""
    if judged is None or judged.is_empty():
        return None
    pairs = judged_pairs(signatures, rule, judged, subject)
    return compare_candidates(pairs, signatures, comparisons=subject.comparisons).with_columns(pairs["judgement"])


def _lessons(
    sample: pl.DataFrame, subject: Subject, comparisons: tuple[Comparison, ...], seed: int
) -> tuple[Lesson, ...]:
    """Return the lessons of the training rules, and of single attributes for comparisons that those do not teach."""
    lessons = [_lesson(sample, rule, subject, comparisons, seed) for rule in training_rules(subject)]
    kept = [one for one in lessons if one.comparisons and one.pairs.height >= LEAST_PAIRS]
    untaught = {one.label for one in comparisons} - {one.label for lesson in kept for one in lesson.comparisons}
    if untaught:
        further = [_lesson(sample, rule, subject, comparisons, seed) for rule in attribute_rules(subject)]
        useful = [one for one in further if one.pairs.height >= LEAST_PAIRS]
        for label in sorted(untaught):
            teaching = [one for one in useful if label in {comparison.label for comparison in one.comparisons}]
            if teaching:
                kept.append(min(teaching, key=lambda one: (one.pairs.height / one.share, one.rule.name)))
    return tuple({one.rule.name: one for one in kept}.values())


def _proposed(
    sample: pl.DataFrame, subject: Subject, lessons: tuple[Lesson, ...], comparisons: tuple[Comparison, ...], seed: int
) -> tuple[Lesson, ...]:
    """Return the pairs of every blocking rule, those of `lessons` where they are the same."""
    known = {one.rule: one for one in lessons}
    return tuple(
        known.get(rule) or _lesson(sample, rule, subject, comparisons, seed) for rule in blocking_rules(subject)
    )


def _lesson(
    sample: pl.DataFrame, rule: TrainingRule, subject: Subject, comparisons: tuple[Comparison, ...], seed: int
) -> Lesson:
    found = rule_pairs(sample, rule, seed=seed)
    pairs = comparable(found.pairs, sample, subject)
    levels = compare_candidates(pairs, sample, comparisons=subject.comparisons)
    taught = tuple(one for one in comparisons if not rule.attributes & set(one.attributes))
    return Lesson(rule, levels, found.share, taught)


def _combined(
    lessons: tuple[Lesson, ...], sessions: list[Session], comparisons: tuple[Comparison, ...]
) -> Probabilities:
    """Return m of every level: the median over sessions, at least half a match; they sum to 1."""
    matches = [session.prior * lesson.pairs.height for session, lesson in zip(sessions, lessons, strict=True)]
    floor = min(0.5 / max([*matches, 1.0]), 0.01)
    combined: Probabilities = {}
    for one in comparisons:
        taught = [session.m[one.label] for session in sessions if one.label in session.m]
        numbers = [number for number in one.numbers() if number >= 0]
        if not taught:
            rest = (1 - ASSUMED_M) / (len(numbers) - 1)
            combined[one.label] = {number: ASSUMED_M if number == numbers[0] else rest for number in numbers}
            continue
        middles = {}
        for number in numbers:
            found = [value for m in taught if (value := m[number]) is not None]
            middles[number] = max(median(found) if found else 0.0, floor)
        total = sum(middles.values())
        combined[one.label] = {number: value / total for number, value in middles.items()}
    return combined


def _patterns(proposed: tuple[Lesson, ...], comparisons: tuple[Comparison, ...]) -> pl.DataFrame:
    """Return the levels of the distinct pairs that blocking proposes; `count` is how many a sampled one stands for."""
    pairs = pl.concat([lesson.pairs.with_columns(count=pl.lit(1 / lesson.share)) for lesson in proposed])
    columns = [f"level_{one.label}" for one in comparisons]
    distinct = pairs.sort(*PAIR_KEY, "count").unique(PAIR_KEY, keep="first", maintain_order=True)
    return distinct.group_by(columns).agg(pl.col("count").sort().sum()).sort(columns)


def _terms(signatures: pl.DataFrame, comparison: Comparison, exact: LevelWeight, c: float) -> TermFrequency:
    """Return the frequencies of values among other entities' signatures; the rarest is not more frequent than u."""
    return term_frequency(
        signatures,
        comparison=comparison,
        own=1 + rounded(c * exact.m),
        least=min(1.0, exact.u * max(signatures.height, 1)),
    )


def _untrained(
    sessions: list[Session],
    counts: Mapping[str, Mapping[int, int]],
    tops: Mapping[str, float | None],
    comparisons: tuple[Comparison, ...],
) -> Iterator[str]:
    for one in comparisons:
        taught = [session.m[one.label] for session in sessions if one.label in session.m]
        for level, number in zip(one.levels, one.numbers(), strict=True):
            if number >= 0 and not any(m[number] is not None for m in taught):
                yield f"{one.label}: {level.label}: m"
            counted = number == len(one.levels) - 2 and tops[one.label]
            if number >= 0 and not counts[one.label][number] and not counted:
                yield f"{one.label}: {level.label}: u"
