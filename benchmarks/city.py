"""How honest is the synthetic city: like a real population, complete in its cases, the same at every size?

`python -m benchmarks city [PERSONS [SEED]]` generates a city (200,000 persons, seed 2) and a tenth of it, prints how
often each event, relation, error and breach occurs, compares half the city with its first tenth table by table, and
writes docs/results/city.md and city.json when nothing else was asked. The exit status is 1 when something occurs less
than 100 times among 200,000 persons, or a table of the smaller city is not the beginning of the larger one's.
"""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.city_coverage import LEAST, STANDARD, coverage, rare
from benchmarks.city_files import make
from benchmarks.city_prefix import Compared, compared
from benchmarks.city_report import report
from benchmarks.city_statistics import statistics
from benchmarks.datasets import ROOT
from benchmarks.measure import Measured, measured

RESULTS = ROOT / "docs/results"
SEED = 2
AS_OF = date(2024, 12, 31)
CELL = 1_000


def main(arguments: list[str]) -> int:
    """Run the suite for so many persons of a seed, and return the exit status."""
    persons, seed = (int(given) for given in (*arguments, *(str(one) for one in (STANDARD, SEED)[len(arguments) :])))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        costs = {size: _made(folder / f"city{size}", size, seed) for size in (persons, max(persons // 10, CELL))}
        whole = folder / f"city{persons}"
        counts = coverage(whole)
        figures = statistics(whole, as_of=AS_OF)
    seldom = rare(counts, persons)
    _print_counts(counts, seldom, persons)
    prefix, more = _prefix(max(persons // 2, 2 * CELL), seed)
    unequal = [one.name for one in prefix if one.small != one.large]
    _print_prefix(prefix, unequal)
    result = _result(figures, counts, prefix, costs | more, persons=persons, seed=seed)
    if (persons, seed) == (STANDARD, SEED):
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "city.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "city.md").write_text(report(result, on=date.today()), encoding="utf-8")
    else:
        print(report(result, on=date.today()))
    return int(bool(seldom.height or unequal))


def _made(folder: Path, persons: int, seed: int) -> Measured:
    cost = measured(make, str(folder), persons, seed)
    print(
        f"generate {persons:,} persons: {cost.result['rows']:,} rows in {cost.seconds:.1f} s, "
        f"{cost.result['rows_per_second']:,} rows a second, peak memory {cost.peak_memory_mb:,.0f} MB",
        flush=True,
    )
    return cost


def _print_counts(counts: pl.DataFrame, seldom: pl.DataFrame, persons: int) -> None:
    for kind, code, count in counts.iter_rows():
        print(f"{kind:24} {code:18} {count:>10,}")
    least = LEAST * persons / STANDARD
    for kind, code, count in seldom.iter_rows():
        print(f"too seldom: {kind} {code} {count}, needed {least:g}")
    print(f"{counts.height} kinds, {seldom.height} of them less than {least:g} times")


def _prefix(persons: int, seed: int) -> tuple[list[Compared], dict[int, Measured]]:
    """Return the comparison of a city with one of a tenth of its cells, and what the two took."""
    cells = max(persons // 10 // CELL, 1)
    with tempfile.TemporaryDirectory() as place:
        small, large = Path(place) / "small", Path(place) / "large"
        costs = {cells * CELL: _made(small, cells * CELL, seed), persons: _made(large, persons, seed)}
        return list(compared(small, large, cells=cells)), costs


def _print_prefix(prefix: list[Compared], unequal: list[str]) -> None:
    for one in prefix:
        verdict = "equal" if one.small == one.large else "UNEQUAL"
        print(f"prefix {one.name:32} {one.rows:>9,} rows {one.small} {one.large} {verdict}")
    print(f"{len(prefix)} tables, {len(unequal)} unequal")


def _result(
    figures: dict[str, Any], counts: pl.DataFrame, prefix: list[Compared], costs: dict[int, Measured], *, persons: int,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    summary = costs[persons].result
    kinds = counts["kind"].unique(maintain_order=True)
    return {
        "asked": {"persons": persons, "seed": seed, "prefix": [persons // 2, persons // 20]},
        "summary": {name: summary[name] for name in ("rows", "mentions", "entities", "undecidable")},
        "undecidable_by_source": summary["undecidable_by_source"],
        "figures": figures,
        "coverage": {kind: dict(counts.filter(kind=kind).select("code", "count").iter_rows()) for kind in kinds},
        "prefix": {one.name: {"rows": one.rows, "hash": one.small, "equal": one.small == one.large} for one in prefix},
        "cost": {
            str(size): {
                "rows": cost.result["rows"], "seconds": cost.seconds, "peak_memory_mb": cost.peak_memory_mb,
                "rows_per_second": cost.result["rows_per_second"],
            }
            for size, cost in sorted(costs.items())
        },
    }  # fmt: skip
