"""`lifetree review PROJECT ask`: one doubt after another in the terminal, one key an answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from engine.store import Run, open_live
from lifetree.cli.frame import chosen_subjects, guarded, open_project, subject_option
from lifetree.cli.judge import now
from lifetree.cli.output import note, print_rows, print_text

KEYS = {"s": "same", "d": "different", "u": "unsure"}
SKIP, BACK, QUIT = "n", "b", "q"
PROMPT = "[s]ame  [d]ifferent  [u]nsure  [n]ext  [b]ack  [q]uit"
MARKS = {True: "≠", False: "=", None: ""}

by_option = click.option("--by", metavar="WHO", help="Who reviews.")


@click.command()
@by_option
@subject_option
@click.option("--blind", is_flag=True, help="Without weights and reasons.")
@click.option("--second", is_flag=True, help="What others judged and you did not, without their answers.")
@click.option(
    "--sample", type=click.Path(path_type=Path, exists=True), metavar="FILE", help="Label a sample: see `sample`."
)
@click.option("--reason", default="review", show_default=True, metavar="WHY", help="What stands beside each answer.")
@click.pass_obj
@guarded
def ask(
    project: Path, by: str | None, subject: str | None, blind: bool, second: bool, sample: Path | None, reason: str
) -> None:
    r"""Ask for each doubt whether the two records are one.

    Keys: s same, d different, u unsure, n next without an answer, b back, q quit. Each answer is kept at once; a new
    one on the same pair takes the place of your last. A sample and a second opinion are asked blind.

    \b
    Example:
      lifetree review demo ask --by 周 --blind
      lifetree review demo ask --by Ann --second
    """
    converse(project, by=by, subject=subject, blind=blind, second=second, sample=sample, reason=reason)


def converse(
    project: Path,
    *,
    by: str | None,
    subject: str | None = None,
    blind: bool = False,
    second: bool = False,
    sample: Path | None = None,
    reason: str = "review",
) -> None:
    """Show the doubts one by one and keep each answer; ends after the last, at `q` and at the end of the input."""
    from lifetree import judging, reviewing, sampling

    settings = open_project(project)
    run = open_live(settings)
    names = chosen_subjects(settings, subject)
    who = by or click.prompt("Who reviews", err=True)
    if sample:
        rows = sampling.unlabelled(settings, sample, by=who).to_dicts()
    elif second:
        rows = reviewing.second(settings, subjects=names, by=who).to_dicts()
    else:
        rows = reviewing.doubts(run, settings, subjects=names, by=who).to_dicts()
    kind = "label" if sample else "judgement"
    counted, place = dict.fromkeys(KEYS.values(), 0), 0
    while place < len(rows):
        hidden = blind or second or sample is not None
        show(run, rows[place], blind=hidden, place=f"{place + 1:,} of {len(rows):,}")
        key = _key()
        if key == QUIT:
            break
        if key in KEYS:
            act = reviewing.reviewed(who, now(), reason)
            judging.judge(run, settings, [reviewing.verdict_of(run, rows[place], KEYS[key])], act, kind=kind)
            counted[KEYS[key]] += 1
        place = max(place - 1, 0) if key == BACK else place + 1
    _end(project, counted, rows, sample)


def show(run: Run, row: dict[str, Any], *, blind: bool, place: str) -> None:
    """Print both records of a doubt side by side; ≠ marks what differs."""
    from lifetree import reviewing

    one, other = reviewing.named(row)
    scores = "" if blind else f"  {row['match_weight'] / 1e9:+.2f} bits, {row['reason']}, {row['records']:,} records"
    print_text(f"\n{place}  {row['subject']}{scores}")
    told = [{"": "", "attribute": "record", "A": one, "B": other}]
    told += [
        {"": MARKS[line["differs"]], "attribute": line["attribute"], "A": line["A"], "B": line["B"]}
        for line in reviewing.side_by_side(run, row)
    ]
    print_rows(told, "table")


def _key() -> str:
    """Return the next key that means something; `q` at the end of the input."""
    known = {*KEYS, SKIP, BACK, QUIT}
    note(PROMPT)
    while True:
        key = click.getchar() if sys.stdin.isatty() else sys.stdin.read(1)
        if not key:
            return QUIT
        if key.lower() in known:
            return key.lower()


def _end(project: Path, counted: dict[str, int], rows: list[dict[str, Any]], sample: Path | None) -> None:
    told = ", ".join(f"{count:,} {word}" for word, count in counted.items())
    command = f"evaluate {project} --truth {sample} --sample pairs` reads" if sample else f"build {project}` takes up"
    print_text(f"\n{told}; `lifetree {command} what was said" if rows else "nothing is open")
