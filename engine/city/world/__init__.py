"""The true city: persons, families, names, numbers, homes, events, relations and legal entities, from (seed, cell)."""

from engine.city.world.settings import CitySettings
from engine.city.world.world import city, world

__all__ = ["CitySettings", "city", "world"]
