"""`lifetree catalog divisions` and `lifetree catalog codes`: the code tables, for people."""

from __future__ import annotations

import re

import click

from lifetree.cli.frame import format_option, guarded
from lifetree.cli.output import Format, print_rows


@click.command()
@click.argument("text")
@click.option("--on", "on", metavar="DATE", help="As it was on this date; the table tells years, not days.")
@format_option
@guarded
def divisions(text: str, on: str | None, form: Format) -> None:
    r"""Look up division codes from 1981 on: names, years, and where the area lies now.

    TEXT is the beginning of a code, or part of a name. With --on, names are those of that year; `lies_in` says
    where the area lay then, and `flag` whether the code was in force.

    \b
    Example:
      lifetree catalog divisions 余杭
      lifetree catalog divisions 330184 --on 2022-01-01
    """
    from lifetree.code_tables import divisions as rows

    print_rows(rows(text, _year(on)), form)


@click.command()
@click.argument("code_list", metavar="[LIST]", required=False)
@click.argument("text", required=False)
@format_option
@guarded
def codes(code_list: str | None, text: str | None, form: Format) -> None:
    r"""List the code lists, the codes of LIST, or those of its codes that have TEXT in code, name or spelling.

    \b
    Example:
      lifetree catalog codes
      lifetree catalog codes ethnic_groups 维吾尔
    """
    from engine.spelling import nearest
    from engine.values.codes import CodeList
    from lifetree.code_tables import code_lists
    from lifetree.code_tables import codes as rows

    if code_list is None:
        print_rows(code_lists(), form)
    elif code_list in list(CodeList):
        print_rows(rows(CodeList(code_list), text), form)
    else:
        raise click.UsageError(f"no code list '{code_list}'{nearest(code_list, list(CodeList))}")


def _year(on: str | None) -> int | None:
    if on is None:
        return None
    found = re.fullmatch(r"(\d{4})(-\d\d){0,2}", on)
    if not found:
        raise click.UsageError(f"--on takes a date as 2010-12-31, or a year; got '{on}'")
    return int(found[1])
