"""Increments: new deliveries and judgements through the same stages, as far as they reach."""

from lifetree.increments.advance import Advanced, advance
from lifetree.increments.arrivals import arrived, heard, require_decisions, stamps
from lifetree.increments.fitting import CHECKPOINTS, Unfit, fitting, keep_held, settle
from lifetree.increments.standing import identities, standing

__all__ = [
    "CHECKPOINTS", "Advanced", "Unfit", "advance", "arrived", "fitting", "heard", "identities", "keep_held",
    "require_decisions", "settle", "stamps", "standing",
]  # fmt: skip
