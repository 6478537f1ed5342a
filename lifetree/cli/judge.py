"""`lifetree judge`: a person's word on two records or entities."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, subject_option
from lifetree.cli.output import Format, print_json, print_rows, print_text

WITHDRAW = "withdraw"


def now() -> str:
    """Return the time of a decision: UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@click.command()
@project_argument
@click.argument("one", metavar="A")
@click.argument("other", metavar="B", required=False)
@click.option("--same", "word", flag_value="same", help="A and B are one.")
@click.option("--different", "word", flag_value="different", help="A and B are two.")
@click.option("--unsure", "word", flag_value="unsure", help="Nobody can tell from what is known; nothing follows.")
@click.option("--withdraw", "word", flag_value=WITHDRAW, help="What was said of A and B no longer holds.")
@click.option("--by", required=True, metavar="WHO", help="Who decides.")
@click.option("--reason", required=True, metavar="WHY", help="What it rests on.")
@subject_option
@format_option
@guarded
def judge(
    project: Path,
    one: str,
    other: str | None,
    word: str | None,
    by: str,
    reason: str,
    subject: str | None,
    form: Format,
) -> None:
    r"""Say that two records, or entities, are the same or different; the next build or update takes it up.

    A and B are SOURCE:RECORD_ID, SOURCE:RECORD_ID:ROLE or an entity id. Of entities, all records of the smaller one are
    judged against the founding record of the other. A judgement stands above identifiers and weights and survives every
    rebuild. Nothing is ever deleted: --withdraw takes a judgement, or all on A and B, out of force; alone, A is the
    number of one judgement, such as J12.

    \b
    Example:
      lifetree judge demo hukou:101000000000002 hukou:101000000000003 --different --by 周 --reason "two photographs"
      lifetree judge demo J1 --withdraw --by 周 --reason "the wrong photograph"
    """
    from engine.store import open_live
    from lifetree import judging

    if word is None:
        raise click.UsageError("say --same, --different, --unsure or --withdraw")
    if other is None and word != WITHDRAW:
        raise click.UsageError("two records or entities are judged: B is missing")
    settings = open_project(project)
    chosen_subjects(settings, subject)
    act = judging.Act(by, now(), reason)
    if word == WITHDRAW:
        gone = judging.withdraw(settings, [one, other] if other else [one], act)
        rows = [{"decision": name, "judgement": "withdrawn"} for name in gone]
        told = f"withdrawn: {', '.join(gone)}"
    else:
        run = open_live(settings)
        said = judging.verdict(run, settings, one, str(other), judgement=word, subject=subject)
        [name] = judging.judge(run, settings, [said], act)
        rows = [{"decision": name, "judgement": word, "subject": said.subject, "pairs": len(said.pairs)}]
        told = f"{name}: {one} and {other} are judged {word} ({len(said.pairs):,} pairs of records)"
    if form == "table":
        print_text(f"{told}; `lifetree build {project}` takes it up")
    elif form == "json":
        print_json(rows)
    else:
        print_rows(rows, form)
