"""The settings of the true city."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from engine.settings.base import Settings


class CitySettings(Settings):
    """How the city lives; the rates are those of the domain's published figures where there are any."""

    as_of: date = Field(date(2024, 12, 31), description="the last day that the city has lived")
    months: int = Field(12, ge=1, le=120, description="for how many months before as_of recurring payments are stated")
    migrants: float = Field(0.17, ge=0, le=1, description="share of persons who came to the city from elsewhere")
    twins: float = Field(0.015, ge=0, le=0.2, description="share of births that are of twins")
    outsiders: float = Field(0.006, ge=0, le=0.2, description="share of persons from Hong Kong, Macau, Taiwan, abroad")
