"""The command line: one command is one module that parses, calls and prints."""

from __future__ import annotations

import click

from lifetree import __version__
from lifetree.cli.blocking import blocking
from lifetree.cli.build import build
from lifetree.cli.catalog import catalog
from lifetree.cli.count import count
from lifetree.cli.deliveries import deliveries
from lifetree.cli.demo import demo
from lifetree.cli.evaluate import evaluate
from lifetree.cli.explain import explain
from lifetree.cli.feed import feed
from lifetree.cli.find import find
from lifetree.cli.generate import generate
from lifetree.cli.history import history
from lifetree.cli.judge import judge
from lifetree.cli.quality import quality
from lifetree.cli.resolve import resolve
from lifetree.cli.review import review
from lifetree.cli.show import show
from lifetree.cli.store import store
from lifetree.cli.suggest import suggest
from lifetree.cli.train import train
from lifetree.cli.update import update
from lifetree.cli.watch import watch

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="lifetree")
def main() -> None:
    r"""Link the records of many departments into entities, and look them up.

    Data goes to stdout, progress and errors to stderr. Exit code 0: done, 1: failed, 2: misuse.

    \b
    Example:
      lifetree demo demo
    """


COMMANDS = (
    demo, generate, suggest, build, update, deliveries, watch, train, blocking, evaluate, quality, find, resolve, show,
    explain, history, feed, judge, review, count, catalog, store,
)  # fmt: skip

for command in COMMANDS:
    main.add_command(command)


def _mark_examples(command: click.Command) -> None:
    r"""Turn the `\b` that docstrings spell out into the mark by which click keeps the lines of a paragraph apart."""
    command.help = command.help and command.help.replace(r"\b", "\b")
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _mark_examples(inner)


_mark_examples(main)
