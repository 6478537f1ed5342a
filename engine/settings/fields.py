"""How a mapping names columns: one text, a list of them, or a table with a date's form."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from engine.settings.base import Settings


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_mapping(value: Any) -> Any:
    return {"columns": _as_list(value)} if isinstance(value, str | list) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One name or a list of names."""


class FieldMapping(Settings):
    """Where an attribute's value comes from. A plain text or list stands for `columns`."""

    columns: Names = Field(min_length=1, description="the file's column, or several whose values are joined")
    join: str = Field(" ", description="what stands between the values of several columns")
    date_format: str | None = Field(
        None,
        description="for a date in an unusual form, its strftime pattern, such as `%d/%m/%Y`; usual forms need none",
    )


Mapped = Annotated[FieldMapping, BeforeValidator(_as_mapping)]
"""A field mapping, or the column(s) alone."""
