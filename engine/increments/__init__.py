"""What an increment changes: tables as the run before left them, with the rows taken from them and added."""

from engine.increments.locality import Borne, Looked, Rule
from engine.increments.multisets import subtract
from engine.increments.picks import Pick, among, with_keys
from engine.increments.sheets import Layer, Sheet, together

__all__ = ["Borne", "Layer", "Looked", "Pick", "Rule", "Sheet", "among", "subtract", "together", "with_keys"]
