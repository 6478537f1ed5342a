"""What the blocking rules of a finished run cost, what they lost, and which rules would find more of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import polars as pl

from engine.settings import BlockingRule, Project, Subject
from engine.store import Run
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIR_KEY, WEIGHT_SCALE
from matchers.blocking import key, pair_budget, size
from matchers.blocking.looked import Evidence
from matchers.blocking.loss import SAMPLE, lost
from matchers.blocking.remedy import Remedies, remedies
from matchers.blocking.rule_costs import rule_costs
from matchers.clustering import founds, sure_values, united
from matchers.identifiers import bearers, stars
from matchers.masses import silence
from matchers.models import Calibration

NAMED = 5
"""Rules that are named for the misses, those that would have caught most first."""

_JUDGED = {**dict.fromkeys(PAIR_KEY, pl.Int64), "judgement": pl.String}


def blocking_figures(
    run: Run, project: Project, *, subject: str, sample: int = SAMPLE, budget: int | None = None
) -> dict[str, Any]:
    """Return the cost of each rule, what was demoted, the estimated loss, and the rules that recover most of it.

    `budget` is how many pairs new rules may add together; unset, as many as are compared today, within the subject's
    `pair_budget`. `generic_values` hold the blocks that were demoted, the largest first.
    """
    settings = project.subjects[subject]
    evidence = run_evidence(run, settings, subject=subject)
    sized = size(key(evidence.signatures, evidence.united, subject=settings).block_keys, subject=settings)
    calibration = Calibration.model_validate(run.calibration(subject))
    loss = lost(evidence, subject=settings, calibration=calibration, sample=sample)
    compared = evidence.candidates.height
    room = max(0, pair_budget(settings, records=run.manifest["subjects"][subject]["records"]) - compared)
    allowed = min(room, compared if budget is None else budget)
    found = remedies(
        evidence.signatures, evidence.united, evidence.candidates, loss.misses, subject=settings, budget=allowed
    )
    linked = evidence.candidates.filter(
        pl.col("match_weight") >= round(settings.model.threshold * WEIGHT_SCALE)
    ).select(PAIR_KEY)
    return {
        "rules": rule_costs(sized, linked, subject=settings).to_dicts(),
        "pairs": compared,
        "generic_values": sized.generic_values.sort(
            "signatures", "blocking_rule", "value", descending=[True, False, False]
        ).to_dicts(),
        "estimate": loss.estimate._asdict(),
        "misses": {
            "sampled": loss.misses.height,
            "apart": int(loss.misses["apart"].sum()),
            "caught_by": _named(found),
        },
        "budget": allowed,
        "suggestion": _told(found, subject),
    }


class Identified(NamedTuple):
    """What the identifiers link, set apart and unite, and the columns that clustering reads of all signatures."""

    members: pl.DataFrame
    links: pl.DataFrame
    conflicts: pl.DataFrame
    generic: pl.DataFrame
    united: pl.DataFrame


def identifier_evidence(signatures: pl.DataFrame, settings: Subject, judged: pl.DataFrame | None = None) -> Identified:
    """Return what the identifiers say of `signatures`, as a build finds it; `judged` holds the judged pairs, if any."""
    known = pl.DataFrame(schema=_JUDGED) if judged is None else judged
    read = dict.fromkeys(name for one in settings.identifiers for name in (one.attribute, one.former) if name)
    members = signatures.with_columns(*sure_values(signatures, settings), founds=founds(settings))
    members = members.select("signature_id", "sources", *read, "founds")
    found = [
        stars(bearers(signatures, one), known, subject=settings.model_copy(update={"identifiers": (one,)}))
        for one in settings.identifiers
    ]
    links = LINKS.conform(pl.concat([LINKS.empty(), *(one.links for one in found)]).unique(PAIR_KEY))
    conflicts = pl.concat([CONFLICTS.empty(), *(one.conflicts for one in found)])
    generic = pl.concat([GENERIC_VALUES.empty(), *(one.generic for one in found)])
    whole = united(members, links, conflicts, known, subject=settings, generic=generic)
    return Identified(members, links, conflicts, generic, whole)


def run_evidence(run: Run, settings: Subject, *, subject: str) -> Evidence:
    """Return what a run knows of the pairs of one subject."""
    signatures = silence(run.read("signatures", subject=subject), run.read("mass_values", subject=subject))
    links, conflicts = (run.read(table, subject=subject) for table in ("links", "conflicts"))
    judged = pl.concat(
        [
            table.filter(pl.col("reason") == "judgement").select(*PAIR_KEY, judgement=pl.lit(said))
            for table, said in ((links, "same"), (conflicts, "different"))
        ]
    )
    told = identifier_evidence(signatures, settings, judged)
    return Evidence(
        signatures,
        told.members,
        told.united,
        run.scan("pairs", subject=subject).select(*PAIR_KEY, "match_weight").collect(),
        links,
        conflicts,
        told.generic,
        run.read("clusters", subject=subject),
    )


def _named(found: Remedies) -> list[dict[str, Any]]:
    """Return the cheapest rules of the misses with how many each would have caught; rule None caught by none."""
    counted = found.cheapest.group_by("rule").agg(pl.col("pairs").max(), misses=pl.len().cast(pl.Int64))
    return counted.sort("misses", "rule", descending=[True, False]).head(NAMED).to_dicts()


def _told(found: Remedies, subject: str) -> dict[str, Any] | None:
    if found.best is None:
        return None
    best = found.best
    return {
        "toml": "\n\n".join(_toml(rule, subject) for rule in best.rules),
        "pairs": best.pairs,
        "recovers": best.recovered / best.of,
    }


def _toml(rule: BlockingRule, subject: str) -> str:
    on = ", ".join(f'"{text}"' for text in rule.on)
    return f"[[subject.{subject}.blocking]]\non = [{on}]\nmax_block = {rule.max_block}"
