"""What is known before a file is seen: configs/suggest.toml, and the words of a column's name."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Literal, NamedTuple

from pydantic import Field

from engine.settings.base import Settings
from engine.settings.shipped import shipped

Use = Literal["match", "find", "carry", "key"]
_WORD = re.compile(r"[A-Z]?[a-zà-öø-ÿ]+|[A-Z]+(?![a-z])|[0-9]+|[\u4e00-\u9fff]+")


class Role(Settings):
    """What a column is: what it is called, and what is made of it."""

    kind: str = Field(description="the kind of value")
    use: Use = Field("match", description="whether it is compared, finds candidates only, is left out, or is the key")
    subject: str = Field("", description="what a row with such a column tells of")
    words: tuple[str, ...] = Field((), description="what it is called")


class Finding(Settings):
    """Expressions over one attribute that records are found by; `{}` stands for the attribute."""

    whole: tuple[str, ...] = Field((), description="used alone and together with others")
    near: tuple[str, ...] = Field((), description="the same; they tolerate errors")
    weak: tuple[str, ...] = Field((), description="only together with others")


class Vocabulary(Settings):
    """The whole file."""

    others: tuple[str, ...] = Field(description="words that say a column is about somebody else")
    organisation_words: tuple[str, ...] = Field(description="words in names of organisations")
    organisation_endings: tuple[str, ...] = Field(description="ends of Chinese names of organisations")
    organisation_share: float = Field(description="share of values with such a word from which names are such")
    date_formats: tuple[str, ...] = Field(description="forms of dates that must be declared")
    roles: dict[str, Role] = Field(alias="role", description="one `[role.NAME]` each")
    find: dict[str, Finding] = Field(description="one `[find.KIND]` each")


class Called(NamedTuple):
    """The role that a column's name stands for; `fit` is the share of the name that the role's words explain."""

    role: str
    fit: float
    others: bool


@cache
def vocabulary() -> Vocabulary:
    """Return what is shipped."""
    return Vocabulary.model_validate(tomllib.loads(shipped("suggest.toml").read_text(encoding="utf-8")))


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a column's name in lower case.

    >>> words_of("dateOfBirth"), words_of("Soc_Sec-ID2"), words_of("联系电话 1")
    (('date', 'of', 'birth'), ('soc', 'sec', 'id', '2'), ('联系电话', '1'))
    """
    return tuple(word.lower() for word in _WORD.findall(name))


def called(name: str) -> Called:
    """Return the role that a column's name stands for: the one that explains most of it, at a tie what stands last.

    >>> called("mailing_address_street_number").role, called("spouse_first_name"), called("qty")
    ('house_number', Called(role='given_name', fit=0.66..., others=True), Called(role='', fit=0.0, others=False))
    """
    words = words_of(name)
    if not words:
        return Called("", 0.0, others=False)
    known = vocabulary()
    others = any(_holds(words, other) for other in known.others)
    best, chosen = (0.0, -1), ""
    for role, settings in known.roles.items():
        found = max(_fit(words, phrase) for phrase in settings.words)
        if found > best and found[0]:
            best, chosen = found, role
    return Called(chosen, best[0], others=others)


def _fit(words: tuple[str, ...], phrase: str) -> tuple[float, int]:
    """Return the share of the name's words (of a Chinese name: characters) that the phrase is, and where it ends."""
    if not phrase.isascii():
        text = "".join(words)
        at = text.rfind(phrase)
        return (len(phrase) / len(text), at + len(phrase)) if at >= 0 else (0.0, -1)
    parts = tuple(phrase.split())
    for start in range(len(words) - len(parts), -1, -1):
        if words[start : start + len(parts)] == parts:
            return len(parts) / len(words), start + len(parts)
    return 0.0, -1


def _holds(words: tuple[str, ...], other: str) -> bool:
    return other in words if other.isascii() else other in "".join(words)
