"""`lifetree judge`: a person's word on two records or entities."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, subject_option
from lifetree.cli.output import Format, Row, print_json, print_rows, print_text
from lifetree.cli.reference import followed

WITHDRAW = "withdraw"


def now() -> str:
    """Return the time of a decision: UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@click.command()
@project_argument
@click.argument("one", metavar="A")
@click.argument("other", metavar="B", required=False)
@click.option("--same", is_flag=True, help="A and B are one.")
@click.option("--different", is_flag=True, help="A and B are two.")
@click.option("--unsure", is_flag=True, help="Nobody can tell from what is known; nothing follows.")
@click.option("--withdraw", is_flag=True, help="What was said of A and B no longer holds.")
@click.option("--by", required=True, metavar="WHO", help="Who decides.")
@click.option("--reason", required=True, metavar="WHY", help="What it rests on.")
@subject_option
@format_option
@guarded
def judge(
    project: Path,
    one: str,
    other: str | None,
    by: str,
    reason: str,
    subject: str | None,
    form: Format,
    **words: bool,
) -> None:
    r"""Say that two records, or entities, are the same or different; the next build or update takes it up.

    A and B are SOURCE:RECORD_ID, SOURCE:RECORD_ID:ROLE or an entity id. Of entities, all records of the smaller one are
    judged against the founding record of the other. A judgement stands above identifiers and weights and survives every
    rebuild. Nothing is ever deleted: --withdraw takes a judgement, or all on A and B, out of force; alone, A is the
    number of one judgement, such as J12.

    \b
    Example:
      lifetree judge demo hukou:101000000000002 hukou:101000000000003 --different --by 周 --reason photographs
      lifetree judge demo J1 --withdraw --by 周 --reason "those of somebody else"
    """
    from engine.store import open_live
    from lifetree import judging

    said = [name for name, wanted in words.items() if wanted]
    if len(said) != 1:
        raise click.UsageError("say one of --same, --different, --unsure and --withdraw")
    [word] = said
    if other is None and word != WITHDRAW:
        raise click.UsageError("two records or entities are judged: B is missing")
    settings = open_project(project)
    names = chosen_subjects(settings, subject)
    act = judging.Act(by, now(), reason)
    if word == WITHDRAW:
        gone = judging.withdraw(settings, [one, other] if other else [one], act)
        rows: list[Row] = [{"decision": name, "judgement": "withdrawn"} for name in gone]
        told = f"withdrawn: {', '.join(gone)}"
    else:
        run = open_live(settings)
        left, right = (followed(run, text, names) for text in (one, str(other)))
        judged = judging.verdict(run, settings, left, right, judgement=word, subject=subject)
        [name] = judging.judge(run, settings, [judged], act)
        number = len(judged.pairs)
        rows = [{"decision": name, "judgement": word, "subject": judged.subject, "pairs": number}]
        of = f" ({number:,} pairs of records)" if number > 1 else ""
        told = f"{name}: {one} and {other} are judged {word}{of}"
    if form == "table":
        print_text(f"{told}; `lifetree update {project}` takes it up")
    elif form == "json":
        print_json(rows)
    else:
        print_rows(rows, form)
