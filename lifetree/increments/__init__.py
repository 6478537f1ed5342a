"""Increments: new deliveries and judgements through the same stages, as far as they reach."""

from lifetree.increments.advance import Advanced, advance
from lifetree.increments.arrivals import arrived, heard, stamps
from lifetree.increments.fitting import Unfit, fitting, keep_held

__all__ = ["Advanced", "Unfit", "advance", "arrived", "fitting", "heard", "keep_held", "stamps"]
