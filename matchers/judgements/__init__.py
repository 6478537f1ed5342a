"""Judgements: what people decided about pairs of records, and what follows from it."""

from matchers.judgements.force import Force, given, in_force
from matchers.judgements.lifting import Lifted, judged_records, lift, of_subject, sought_values
from matchers.judgements.reading import COLUMNS, WORDS, judgement_faults, no_judgements, read_judgements

__all__ = [
    "COLUMNS", "WORDS", "Force", "Lifted", "given", "in_force", "judged_records", "judgement_faults", "lift",
    "no_judgements", "of_subject", "read_judgements", "sought_values",
]  # fmt: skip
