"""Explanations of single pairs: why they are linked, and why not."""

from matchers.explain.chain import chain
from matchers.explain.separation import separation
from matchers.explain.waterfall import waterfall

__all__ = ["chain", "separation", "waterfall"]
