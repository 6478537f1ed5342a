"""How good is what the demo shows, on a city that nobody developed on?

`lifetree demo` with 20,000 persons of seed 2, at error scales 1 and 2; each in a process of its own. The rules and
thresholds were chosen on seed 1. Figures leave out records that the truth calls undecidable; raw ones stand beside.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.datasets import ROOT
from benchmarks.measure import measured
from engine.settings import Project, load_project
from engine.store import Run, open_live
from lifetree.build import CHECKS
from lifetree.city import Asked
from lifetree.counting import counted_members
from lifetree.demo import MENTIONS, RESIDENTS, Demo, run_demo
from matchers.clustering.exclusive import doubted_values, exclusive_values, sure_values
from matchers.evaluation import label_records, read_truth

RESULTS = ROOT / "docs/results"
SEED, SCALES, PERSONS = 2, (1.0, 2.0), 20_000

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the demo at each error scale, or at one that is named, print its figures and write those of all."""
    scales = [float(one) for one in arguments] or [*SCALES]
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for scale in scales:
            done = measured(figures, Path(place, f"scale_{scale:g}"), scale)
            row = {**done.result, "seconds": done.seconds, "peak_memory_mb": done.peak_memory_mb}
            rows.append(row)
            print("\n".join(told(row)), flush=True)
    if not arguments:
        (RESULTS / "demo.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (RESULTS / "demo.md").write_text(report(rows, on=date.today()), encoding="utf-8")
    return 0 if all(row["sound"] for row in rows) else 1


def figures(folder: Path, scale: float) -> Row:
    """Return what a demo in `folder` came to; `sound` is whether every account, bridge and constraint holds."""
    demo = run_demo(folder, Asked(persons=PERSONS, seed=SEED, error_scale=scale))
    project = load_project(folder, checks=CHECKS)
    run = open_live(project)
    subjects = {name: _subject(run, project, folder / MENTIONS, name, demo) for name in demo.figures}
    accounts = run.read("accounts")
    parts = pl.sum_horizontal("kept", "quarantined", "exact_duplicates", "superseded")
    checks = {
        "unbalanced_accounts": accounts.filter(pl.col("rows_in") != parts).height,
        "bridges": sum(len(one["bridges"]) for one in demo.counts),
        "bridges_that_do_not_sum": sum(not _sums(bridge) for one in demo.counts for bridge in one["bridges"]),
        "broken_constraints": sum(one["broken_constraints"] for one in subjects.values()),
    }
    sound = not any(checks[name] for name in checks if name != "bridges")
    counts = [
        _count(run, project, place, folder / RESIDENTS, folder / MENTIONS) for place in range(len(project.counts))
    ]
    rows, generating = demo.city["rows"], demo.city["seconds"]
    return {
        "seed": SEED, "error_scale": scale, "persons": PERSONS, "rows": rows, "generate_seconds": generating,
        "records": demo.result["records"], "subjects": subjects, "counts": counts, **checks, "sound": sound,
    }  # fmt: skip


def _subject(run: Run, project: Project, truth: Path, name: str, demo: Demo) -> Row:
    """Return the figures of `lifetree evaluate`, undecidable records by source, and broken constraints."""
    records = label_records(run.read("record_entity", subject=name), read_truth(truth), subject=name).records
    doubtful = records.group_by("source").agg(share=(~pl.col("decidable")).mean()).filter(pl.col("share") > 0)
    return {
        **demo.figures[name],
        "entities_error": demo.figures[name]["entities"] / demo.figures[name]["true_entities"] - 1,
        "undecidable": (~records["decidable"]).mean(),
        "undecidable_by_source": {source: round(share, 4) for source, share in doubtful.sort("source").iter_rows()},
        "broken_constraints": _broken(run, project, name),
    }  # fmt: skip


def _broken(run: Run, project: Project, name: str) -> int:
    """Return how many clusters hold a conflict, or two values of an exclusive identifier that none bears by mistake."""
    signatures, clusters = run.read("signatures", subject=name), run.read("clusters", subject=name)
    conflicts = run.read("conflicts", subject=name)
    common = run.read("generic_values", subject=name)
    signatures = signatures.with_columns(sure_values(signatures, project.subjects[name]))
    borne = exclusive_values(signatures, common, subject=project.subjects[name])
    doubted = doubted_values(signatures, run.read("links", subject=name), conflicts)
    values = borne.join(doubted, on=["signature_id", "attribute"], how="anti")
    several = (
        values.join(clusters, on="signature_id")
        .group_by("cluster_id", "attribute").agg(pl.col("value").n_unique()).filter(pl.col("value") > 1)
    )  # fmt: skip
    inside = (
        conflicts.join(clusters, left_on="signature_l", right_on="signature_id")
        .join(clusters, left_on="signature_r", right_on="signature_id", suffix="_r")
        .filter(pl.col("cluster_id") == pl.col("cluster_id_r"))
    )
    return pl.concat([several.select("cluster_id"), inside.select("cluster_id")]).n_unique()


def _sums(bridge: Row) -> bool:
    return bool(bridge["claimed"] + sum(step["persons"] for step in bridge["steps"]) == bridge["agreed"])


def _count(run: Run, project: Project, place: int, residents: Path, mentions: Path) -> Row:
    """Return a count beside its truth, with the true residents who are not on the list and the listed who are none."""
    wanted = project.counts[place]
    listed = counted_members(run, project, wanted).members.filter(pl.col("reason").is_null())["entity_id"]
    true = pl.read_parquet(residents).filter(pl.col("definition") == wanted.definition)["entity_id"]
    labelled = label_records(
        run.read("record_entity", subject=wanted.subject), read_truth(mentions), subject=wanted.subject
    )
    homes = labelled.records.drop_nulls("entity_id").group_by("entity_id", "truth").len()
    whom = homes.sort("len", "truth", descending=[True, False]).unique("entity_id", keep="first", maintain_order=True)
    persons = whom.filter(pl.col("entity_id").is_in(listed.implode()))["truth"].unique()
    truth = true.n_unique()
    return {
        "definition": wanted.definition, "agreed": listed.len(), "truth": truth, "error": listed.len() / truth - 1,
        "missed": true.filter(~true.is_in(persons.implode())).n_unique(),
        "not_resident": persons.filter(~persons.is_in(true.implode())).len(),
        "twice": listed.len() - persons.len(),
    }  # fmt: skip


def told(row: Row) -> Iterator[str]:
    """Yield the figures of one demo, in lines."""
    speed = row["rows"] / row["generate_seconds"]
    yield f"seed {row['seed']}, error scale {row['error_scale']:g}: {row['seconds']} s, {row['peak_memory_mb']:,} MB"
    yield f"  {row['rows']:,} rows, {row['records']:,} mentions; generated at {speed:,.0f} rows/s"
    for name, one in row["subjects"].items():
        measure, raw = one["pairwise"], one["raw"]
        yield (
            f"  {name}: P {measure['precision']:.4f} R {measure['recall']:.4f} F1 {measure['f1']:.4f} "
            f"(raw F1 {raw['pairwise']['f1']:.4f}); "
            f"exact {one['exact_entities']:.2%} (raw {raw['exact_entities']:.2%}); "
            f"{one['entities']:,} entities for {one['true_entities']:,} ({one['entities_error']:+.2%}), "
            f"{one['phantoms']} phantoms, {one['merged']} merged, {one['lost']} lost; "
            f"{one['undecidable']:.2%} undecidable, {one['unresolved']:,} records unresolved"
        )
        yield "    phantoms: " + ", ".join(f"{source} {count}" for source, count in one["phantoms_by_source"].items())
    for count in row["counts"]:
        yield (
            f"  {count['definition']}: {count['agreed']:,} for {count['truth']:,} ({count['error']:+.2%}); "
            f"{count['missed']} missed, {count['not_resident']} no residents, {count['twice']} twice"
        )
    yield (
        f"  {row['bridges']} bridges, {row['bridges_that_do_not_sum']} do not sum; "
        f"{row['unbalanced_accounts']} accounts do not balance; {row['broken_constraints']} clusters break a constraint"
    )


def report(rows: list[Row], *, on: date) -> str:
    """Return the results page."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    head = (
        "# What the demo comes to\n\n`make bench SUITE=demo`, "
        f"{on}, {machine}.\n\n{__doc__.partition(chr(10))[2].strip()}\n"
    )
    shown = ["\n```text\n" + "\n".join(told(row)) + "\n```\n" for row in rows]
    return head + "".join(shown)
