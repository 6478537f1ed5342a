"""The cleansing rules as data, read from the shipped `rules.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Literal

from pydantic import Field

from engine.settings.base import Settings
from engine.settings.shipped import shipped

Looks = Literal["character", "placeholder", "form", "valid", "identity", "duplicate", "version", "order"]


class Rule(Settings):
    """One rule of the catalogue."""

    code: str = Field(pattern=r"^[IANSLU]\d$", description="category letter and number")
    category: Literal["完整性", "准确性", "规范性", "一致性", "关联性", "唯一性"] = Field(description="one of six")
    category_en: str = Field(description="the category in English")
    title: str = Field(description="what is wrong")
    severity: Literal["E", "W", "I"] = Field(description="error, warning or information")
    action: Literal["repair", "null", "flag", "quarantine", "drop"] = Field(description="what is done")
    message: str = Field(description="what a reader of the finding is told")
    check: Looks = Field(description="what it looks at")
    kinds: tuple[str, ...] = Field((), description="the kinds of value it concerns; empty: all")
    ignore: str | None = Field(None, description="pattern of characters whose change alone is no finding")


class Placeholder(Settings):
    """Whole values that stand for a missing one."""

    values: tuple[str, ...] = Field((), description="the values")
    pattern: str | None = Field(None, description="a pattern of such values")
    kinds: tuple[str, ...] = Field((), description="only these kinds; empty: all")
    except_kinds: tuple[str, ...] = Field((), description="but not these")
    as_written: bool = Field(False, description="whether case matters")

    def concerns(self, kind: str) -> bool:
        """Return whether it is looked for in values of `kind`."""
        return (not self.kinds or kind in self.kinds) and kind not in self.except_kinds


class Rulebook(Settings):
    """All rules and placeholders."""

    rules: tuple[Rule, ...] = Field(alias="rule")
    placeholders: tuple[Placeholder, ...] = Field((), alias="placeholder")

    def rule(self, check: Looks, kind: str = "") -> Rule | None:
        """Return the first rule that looks at `check` for values of `kind`."""
        fits = (rule for rule in self.rules if rule.check == check and (not rule.kinds or kind in rule.kinds))
        return next(fits, None)


@cache
def load_rulebook() -> Rulebook:
    """Return the shipped rules and placeholders.

    >>> load_rulebook().rule("valid", "uscc").code
    'A3'
    """
    return Rulebook.model_validate(tomllib.loads(shipped("rules.toml").read_text(encoding="utf-8")))


def load_rules() -> tuple[Rule, ...]:
    """Return the shipped rules in the order of the catalogue."""
    return load_rulebook().rules
