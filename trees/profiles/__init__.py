"""Profiles of entities: surviving values with their provenance."""

from trees.profiles.profile import Profiled, profile

__all__ = ["Profiled", "profile"]
