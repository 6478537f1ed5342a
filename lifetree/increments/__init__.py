"""Increments: new deliveries and judgements through the same stages, as far as they reach."""

from lifetree.increments.advance import Advanced, advance
from lifetree.increments.arrivals import arrived, heard, require_decisions, require_deliveries, stamps
from lifetree.increments.fitting import CHECKPOINTS, Unfit, discarded, fitting, keep_held, settle
from lifetree.increments.standing import identities, standing

__all__ = [
    "CHECKPOINTS", "Advanced", "Unfit", "advance", "arrived", "discarded", "fitting", "heard", "identities",
    "keep_held", "require_decisions", "require_deliveries", "settle", "stamps", "standing",
]  # fmt: skip
