"""Explanations of single pairs: why they are linked, and why not."""

from matchers.explain.separation import separation
from matchers.explain.waterfall import waterfall

__all__ = ["separation", "waterfall"]
