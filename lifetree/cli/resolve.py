"""`lifetree resolve`: the entity of a new record, told before the record is delivered."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_as_of, project_argument, run_option
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.resolving import open_resolver
from lifetree.resolving import resolve as resolve_record

STDIN = "-"


@click.command()
@project_argument
@click.argument("fields", metavar="FIELD=VALUE...", nargs=-1)
@click.option("--subject", "-s", metavar="NAME", help="The subject of the record; unset: the project's first.")
@click.option("--json", "text", metavar="OBJECT", help="The record as a JSON object; - reads one a line from stdin.")
@click.option("--cleansed", is_flag=True, help="Values are as a run keeps them: cleansing is left out.")
@run_option
@format_option
@guarded
def resolve(
    project: Path,
    fields: Sequence[str],
    subject: str | None,
    text: str | None,
    cleansed: bool,
    run_id: str | None,
    form: Format,
) -> None:
    r"""Tell to which entity a new record belongs, without adding it.

    The answer is what `lifetree update` would decide for this record alone: the entity, the decision, and the
    signatures that it was compared with, by match weight in bits. The record may name its source, record_id, role and
    business_key beside the subject's attributes. Of records on stdin, JSON is one answer a line.

    The first question to a run makes its index, which takes as long as reading its signatures.

    \b
    Example:
      lifetree resolve demo name=王芳 birth_date=1988-03-05
      lifetree resolve demo --subject legal_entity --json '{"name": "澜州锦锋餐饮管理有限公司"}' --format json
      lifetree resolve demo --json - --format json < records.jsonl
    """
    settings, run = open_as_of(project, run_id)
    chosen = chosen_subjects(settings, subject)[0]
    records = _records(fields, text)
    several = text == STDIN
    resolver = open_resolver(settings, chosen, run=run)
    listed: list[dict[str, Any]] = []
    for place, record in enumerate(records):
        answer = resolve_record(resolver, record, cleansed=cleansed)
        if form == "csv":
            listed += _rows(answer, place)
        elif form == "json" and several:
            print_text(json.dumps(answer, ensure_ascii=False))
        elif form == "json":
            print_json(answer)
        else:
            _print(answer, first=place == 0)
    if form == "csv":
        print_rows(listed, form)


def _records(fields: Sequence[str], text: str | None) -> Iterator[dict[str, str | None]]:
    """Return the records that are asked for, those of stdin as they come.

    Raises:
        click.UsageError: a field without `=` or given twice, no field at all, or text that is no JSON object of texts.
    """
    if (text is None) == (not fields):
        raise click.UsageError("a record is either FIELD=VALUE... or --json OBJECT")
    if text is None:
        if wrong := [field for field in fields if "=" not in field]:
            raise click.UsageError(f"'{wrong[0]}' is not FIELD=VALUE")
        told: dict[str, str | None] = {}
        for field in fields:
            name, _, value = field.partition("=")
            if name in told:
                raise click.UsageError(f"'{name}' is given twice")
            told[name] = value
        return iter([told])
    lines = sys.stdin if text == STDIN else [text]
    return (_parsed(line) for line in lines if line.strip())


def _parsed(line: str) -> dict[str, str | None]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise click.UsageError(f"'{line.strip()}' is not JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(value, str | None) for value in found.values()):
        raise click.UsageError(f"'{line.strip()}' is not a JSON object of texts")
    return found


def _candidates(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "entity_id": one["entity_id"],
            "match_weight": round(one["match_weight"], 3),
            "link": one["link"],
            **one["levels"],
        }
        for one in answer["candidates"]
    ]


def _rows(answer: dict[str, Any], place: int) -> list[dict[str, Any]]:
    """Return a row per candidate, one without any, beside the number of the record, from 0, and what was decided."""
    decided = {"record": place, "decision": answer["decision"], "resolved": answer["entity_id"]}
    return [{**decided, **row} for row in _candidates(answer) or [{}]]


def _print(answer: dict[str, Any], *, first: bool) -> None:
    """Print the decision in a line, then the candidates."""
    if not first:
        print_text()
    known = "; the run has this signature" if answer["known"] else ""
    print_text(f"{answer['decision']}: {answer['entity_id'] or 'no entity'} ({answer['state']}{known})")
    for name, said in (("merges", "would become one with it"), ("splits", "would lose records")):
        if answer[name]:
            print_text(f"{', '.join(answer[name])} {said}")
    if answer["refused"]:
        print_text("rule {rule}: {reason}".format(**answer["refused"]))
    if answer["set_aside"]:
        print_text(f"cleansing empties {', '.join(answer['set_aside'])}")
    if rows := _candidates(answer):
        print_rows(rows, "table")
