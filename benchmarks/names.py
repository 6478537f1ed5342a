"""How many pairs of Chinese names are misjudged, against exact + Jaro-Winkler, and how many are compared a second?

`python -m benchmarks names [PERSONS]` draws names of so many persons (100,000) by the frequency of surnames and
characters, spoils half of them (`benchmarks/name_errors.py`), and sets names of other persons beside them: brothers,
one surname, one given name, anybody. Both sides order their own levels by what they are worth on seed 1 (those of
Jaro-Winkler are its values in hundredths), and the cut is set there: for Jaro-Winkler the one with the fewest misjudged
pairs, for `chinese_name` the one with the fewest that is as precise. Both are read once on seed 2. The rate is that of
`compare_candidates` on pairs of persons drawn at random, best of three runs. The status is 1 below the bars.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from benchmarks.datasets import ROOT
from benchmarks.name_errors import ERRORS, OTHERS, drawn_names, labelled_pairs
from engine.city.world.draws import below
from engine.settings.subject import Comparison
from matchers.comparisons import build_comparison, compare, compare_candidates
from matchers.comparisons.kernel import measure

RESULTS = ROOT / "docs/results"
PERSONS, PAIRS, RUNS = 100_000, 10_000_000, 3
FEWER, PAIRS_A_SECOND = 0.2, 5_000_000
"""The bars: by what share fewer pairs are misjudged, and the rate."""

CHINESE = Comparison(attribute=("name",), kind="chinese_name")
Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the suite, print its figures and return the exit status."""
    persons = int(arguments[0]) if arguments else PERSONS
    row = {**judged(persons), **rate(2 * persons, PAIRS if not arguments else PAIRS // 100)}
    print("\n".join(told(row)), flush=True)
    if not arguments:
        (RESULTS / "names.json").write_text(json.dumps(row, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (RESULTS / "names.md").write_text(report(row, on=date.today()), encoding="utf-8")
    missed = list(misses(row))
    print("\n".join(missed) or "every bar is met")
    return int(bool(missed))


def judged(persons: int) -> Row:
    """Return how many pairs either side misjudges on seed 2, with its levels ordered and cut on seed 1."""
    known, held = (graded(labelled_pairs(persons, seed=seed)) for seed in (1, 2))
    plain = cut(ordered(known, "jaro_winkler"), least=0.0)
    least = precision(known, "jaro_winkler", plain)
    accepted = {"jaro_winkler": plain, "chinese_name": cut(ordered(known, "chinese_name"), least=least)}
    sides = {side: errors(held, side, levels) for side, levels in accepted.items()}
    return {
        "persons": persons, "pairs": held.height, "sides": sides,
        "fewer": 1 - sides["chinese_name"]["misjudged"] / sides["jaro_winkler"]["misjudged"],
        "accepted": sorted(accepted["chinese_name"]),
    }  # fmt: skip


def graded(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with the level of each side, as text."""
    keyed = pairs.with_row_index("signature_l").with_columns(signature_r=pl.col("signature_l") + pairs.height)
    comparison = build_comparison(CHINESE)
    labels = dict(zip(comparison.numbers(), (level.label for level in comparison.levels), strict=True))
    level = compare(keyed, comparisons=(CHINESE,))["level_name"]
    likeness = measure(pairs["name_l"], pairs["name_r"], metric="jaro_winkler")
    hundredths = pl.when(pl.col("name_l") == pl.col("name_r")).then(pl.lit("exact"))
    return pairs.with_columns(
        chinese_name=level.replace_strict(labels, return_dtype=pl.String),
        jaro_winkler=hundredths.otherwise((likeness * 100).round().cast(pl.Int64).cast(pl.String)),
    )


def ordered(pairs: pl.DataFrame, side: str) -> pl.DataFrame:
    """Return the levels of one side, the one most worth first, with the pairs of one person and of two."""
    counts = pairs.group_by(pl.col(side).alias("level")).agg(same=pl.col("same").sum(), two=(~pl.col("same")).sum())
    worth = pl.col("same") / (pl.col("same") + pl.col("two"))
    return counts.sort(worth, "same", "level", descending=[True, True, False])


def cut(levels: pl.DataFrame, *, least: float) -> set[str]:
    """Return the first levels that together misjudge the fewest pairs and are at least so precise."""
    same, two = pl.col("same").cum_sum(), pl.col("two").cum_sum()
    missed = levels["same"].sum() - same + two
    summed = levels.with_row_index("place").with_columns(missed=missed, precision=same / (same + two))
    place = summed.filter(pl.col("precision") >= least).sort("missed", "place")["place"][0]
    return set(levels.head(place + 1)["level"])


def precision(pairs: pl.DataFrame, side: str, levels: set[str]) -> float:
    """Return the share of the accepted pairs that are of one person."""
    return float(pairs.filter(pl.col(side).is_in(sorted(levels))).select(pl.col("same").mean()).item())


def errors(pairs: pl.DataFrame, side: str, levels: set[str]) -> Row:
    """Return what one side does with the pairs: misjudged, precision, recall, and the share misjudged of each kind."""
    accepted = pl.col(side).is_in(sorted(levels))
    wrong = pairs.with_columns(wrong=accepted != pl.col("same"))
    kinds = wrong.group_by("kind").agg(pl.col("wrong").mean()).sort("kind")
    return {
        "misjudged": int(wrong["wrong"].sum()), "precision": precision(pairs, side, levels),
        "recall": float(pairs.filter("same").select(accepted.mean()).item()),
        "kinds": {kind: round(share, 4) for kind, share in kinds.iter_rows()},
    }  # fmt: skip


def rate(persons: int, pairs: int) -> Row:
    """Return the pairs a second of `compare_candidates`, the share of distinct pairs of names, and processor time."""
    key = np.arange(persons, dtype=np.int64)
    signatures = pl.DataFrame({"signature_id": key * 7919, "name": drawn_names(key, seed=2, purpose="rate").tolist()})
    drawn = np.arange(pairs, dtype=np.int64)
    sides = {side: below(2, drawn, side, persons) * 7919 for side in ("signature_l", "signature_r")}
    candidates = pl.DataFrame(sides)
    took = []
    for _ in range(RUNS):
        begin, used = time.perf_counter(), time.process_time()
        compare_candidates(candidates, signatures, comparisons=(CHINESE,))
        took.append((time.perf_counter() - begin, time.process_time() - used))
    seconds, processor = min(one for one, _ in took), min(one for _, one in took)
    known = dict(signatures.iter_rows())
    probe = candidates.head(1_000_000).select(pl.all().replace_strict(known, return_dtype=pl.String))
    return {
        "rate_pairs": pairs, "rate_names": signatures["name"].n_unique(),
        "distinct_share": round(probe.n_unique() / probe.height, 4), "seconds": round(seconds, 3),
        "processor_seconds": round(processor, 3), "pairs_a_second": round(pairs / seconds),
        "pairs_a_processor_second": round(pairs / processor),
    }  # fmt: skip


def misses(row: Row) -> Iterator[str]:
    """Yield what is below a bar."""
    plain, own = row["sides"]["jaro_winkler"], row["sides"]["chinese_name"]
    if row["fewer"] < FEWER:
        yield f"missed: {row['fewer']:.1%} fewer misjudged pairs, needed {FEWER:.0%}"
    if own["precision"] < plain["precision"]:
        yield f"missed: precision {own['precision']:.5f}, that of Jaro-Winkler is {plain['precision']:.5f}"
    if row["pairs_a_second"] < PAIRS_A_SECOND:
        yield f"missed: {row['pairs_a_second']:,} pairs a second, needed {PAIRS_A_SECOND:,}"


def told(row: Row) -> Iterator[str]:
    """Yield the figures in lines."""
    yield f"seed 2, {row['persons']:,} persons, {row['pairs']:,} pairs; levels ordered and cut on seed 1"
    for side, one in row["sides"].items():
        yield f"  {side:<13} {one['misjudged']:>7,} misjudged; P {one['precision']:.5f} R {one['recall']:.4f}"
        for kinds, said in ((ERRORS, "missed"), (OTHERS, "joined")):
            yield f"    {said}: " + ", ".join(f"{kind} {one['kinds'].get(kind, 0):.1%}" for kind in kinds)
    yield f"  {row['fewer']:.1%} fewer; accepted: {', '.join(row['accepted'])}"
    yield (
        f"{row['rate_pairs']:,} pairs of {row['rate_names']:,} names drawn at random, {row['distinct_share']:.1%} of "
        f"them distinct: {row['seconds']:.2f} s, {row['pairs_a_second']:,} pairs/s; "
        f"{row['processor_seconds']:.2f} s of processors, {row['pairs_a_processor_second']:,} pairs/s of one"
    )


def report(row: Row, *, on: date) -> str:
    """Return the results page."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    what = (__doc__ or "").partition("\n")[2].strip()
    head = f"# Chinese names\n\n`make bench SUITE=names`, {on}, {machine}.\n\n{what}\n"
    return head + "\n```text\n" + "\n".join(told(row)) + "\n```\n"
