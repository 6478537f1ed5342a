"""The words of the report in both languages, read from the shipped `report.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from engine.settings import Project
from engine.settings.shipped import shipped


class Words(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str


@cache
def dictionary() -> dict[str, dict[str, Words]]:
    """Return the words by section and key.

    >>> dictionary()["subject"]["person"].en
    'persons'
    """
    raw = tomllib.loads(shipped("report.toml").read_text(encoding="utf-8"))
    return {section: {key: Words(*pair) for key, pair in words.items()} for section, words in raw.items()}


def word(section: str, key: str, fallback: str | None = None) -> Words:
    """Return the words under a key; `fallback`, or the key itself, where the section has none.

    >>> word("attribute", "shoe_size")
    Words(zh='shoe_size', en='shoe_size')
    """
    plain = key if fallback is None else fallback
    return dictionary()[section].get(key, Words(plain, plain))


def source_words(project: Project) -> dict[str, Words]:
    """Return what each source is called: its title, and its name in words."""
    return {one.name: Words(one.title or one.name, one.name.replace("_", " ")) for one in project.sources}


def attribute_words(name: str, title: str) -> Words:
    """Return what an attribute is called: its title in Chinese where it has one, and the known English word."""
    known = word("attribute", name)
    return Words(title or known.zh, known.en)


def listed(several: Iterable[Words]) -> Words:
    """Return several words as one list.

    >>> listed([Words("户籍", "civil"), Words("税务", "tax")])
    Words(zh='户籍、税务', en='civil, tax')
    """
    every = list(several)
    return Words("、".join(one.zh for one in every), ", ".join(one.en for one in every))
