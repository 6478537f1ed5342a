"""Increments: new deliveries and judgements through the same stages, as far as they reach."""

from lifetree.increments.advance import Unfit, advance

__all__ = ["Unfit", "advance"]
