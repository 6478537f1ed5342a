"""Does the lower bound on blocking's recall hold, how near is it, and do the suggested rules find what was missed?

A hundred seeds go in turn through five populations: FEBRL 3, historical_dev, a generated city of 1,000 persons,
pseudopeople and Splink's 1,000 (`benchmarks.blocking_cases`). Each is built once and trains its own calibration. A seed
draws some of its true entities and between a third and all of its project's rules, until blocking's true recall, over
pairs of signatures, lies between 0.80 and 0.999. The estimate and the suggestion see no label. The method was made on
seeds 1 to 20 (and 101 to 144, by an earlier state of it); the figures are of seeds 201 to 300, read once.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from typing import Any

from benchmarks.blocking_cases import ENTITIES, Case, Population, draw, populations
from benchmarks.datasets import ROOT
from engine.tables import PAIR_KEY
from matchers.blocking.loss import lost
from matchers.blocking.remedy import added_pairs, remedies

SEEDS = (201, 300)
WORKERS = 2
RESULTS = ROOT / "docs/results"
HEAD = (
    "population", "seeds", "true recall", "bound holds", "bound below, points", "estimate off, points",
    "rules recover", "rules recover half",
)  # fmt: skip

READING = """\
The bound is a 95 % one; points are medians. The suggested rules, three at most, recover together a share of the true
misses within a budget of as many new pairs as are compared already; given is the median over the seeds, and in how many
seeds they recover half."""

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the seeds `FIRST LAST`, unset those of the report, which is then written to docs/results."""
    first, last = (int(one) for one in arguments) if arguments else SEEDS
    rows = []
    for row in cases(range(first, last + 1)):
        rows.append(row)
        print(json.dumps(row), flush=True)
    print(table(rows))
    if not arguments:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "blocking.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "blocking.md").write_text(report(rows, on=date.today()), encoding="utf-8")
    return 0


def cases(seeds: range) -> Iterator[Row]:
    """Yield the row of each seed, in order."""
    built, order = dict(populations()), list(ENTITIES)
    names = [order[seed % len(order)] for seed in seeds]
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as workers:
        yield from workers.map(_row, names, (built[name] for name in names), seeds)


def _row(name: str, population: Population, seed: int) -> Row:
    return judged(draw(name, population, seed=seed), seed=seed)


def judged(case: Case, *, seed: int) -> Row:
    """Return how near the estimate of one case is, and what the suggested rules find of the true misses."""
    evidence, subject = case.evidence, case.subject
    loss = lost(evidence, subject=subject, calibration=case.calibration)
    parts = (evidence.signatures, evidence.united, evidence.candidates)
    budget = evidence.candidates.height
    best = remedies(*parts, loss.misses, subject=subject, budget=budget).best
    added = added_pairs(*parts, best.rules if best else (), subject=subject)
    caught = case.missed.join(added, on=PAIR_KEY, how="semi").height
    return {
        "seed": seed,
        "population": case.name,
        "rules": len(subject.blocking),
        "recall": round(case.recall, 5),
        "estimate": round(loss.estimate.recall or 0, 5),
        "lower": round(loss.estimate.lower or 0, 5),
        "missed": case.missed.height,
        "suggested": [rule.name for rule in best.rules] if best else [],
        "budget": budget,
        "added": added.height,
        "recovered": round(caught / case.missed.height, 4),
    }


def table(rows: list[Row]) -> str:
    """Return the counts by population and of all, in Markdown."""
    parts = [(name, [row for row in rows if row["population"] == name]) for name in ENTITIES]
    lines = [_line(name, own) for name, own in [*parts, ("all", rows)] if own]
    return "\n".join([f"| {' | '.join(HEAD)} |", f"|---|{'---:|' * (len(HEAD) - 1)}", *lines])


def _line(name: str, rows: list[Row]) -> str:
    gaps = [100 * (row["recall"] - row["lower"]) for row in rows]
    errors = [100 * abs(row["estimate"] - row["recall"]) for row in rows]
    recalls = [row["recall"] for row in rows]
    shares = [row["recovered"] for row in rows]
    cells = (
        name,
        f"{len(rows)}",
        f"{min(recalls):.3f} - {max(recalls):.3f}",
        f"{sum(gap >= 0 for gap in gaps)}",
        f"{statistics.median(gaps):.2f}",
        f"{statistics.median(errors):.2f}",
        f"{statistics.median(shares):.2f}",
        f"{sum(share >= 0.5 for share in shares)}",
    )
    return f"| {' | '.join(cells)} |"


def report(rows: list[Row], *, on: date) -> str:
    """Return docs/results/blocking.md."""
    parts = [
        "# What blocking lost, estimated without labels",
        f"Measured by `make bench SUITE=blocking` on {on.isoformat()}.",
        "\n".join((__doc__ or "").strip().splitlines()[2:]),
        READING,
        table(rows),
    ]
    return "\n\n".join(parts) + "\n"
