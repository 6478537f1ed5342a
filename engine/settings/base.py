"""The parent of every settings class."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Frozen, compared by value, and closed: an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def only(self, *names: str, **others: Any) -> Self:
        """Return the settings with these fields alone, and `others` as given; no other can be looked at."""
        kept = self.model_copy(update=others)
        for name in type(self).model_fields.keys() - {*names, *others}:
            del kept.__dict__[name]
        return kept
