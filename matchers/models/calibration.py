"""Calibration: the weights, term frequencies and prior of one subject, in a file that `build` makes or reuses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from pydantic import ConfigDict, Field, ValidationError

from engine.errors import ModelError
from engine.settings.base import Settings
from engine.settings.subject import Subject
from matchers.comparisons import build_comparison

FORMAT = 1


class LevelWeight(Settings):
    """How often one level is found among pairs that match (m) and among those that do not (u)."""

    label: str
    level: int = Field(ge=0)
    m: float = Field(gt=0, le=1)
    u: float = Field(gt=0, le=1)
    tf_u: float | None = Field(
        None, gt=0, le=1, description="the u that a value's own frequency replaces; unset: no adjustment"
    )
    tf_weight: float = Field(1.0, ge=0, description="the share of the adjustment that counts")
    tf_minimum_u: float = Field(0.0, ge=0, le=1, description="a rarer value counts as this frequent")

    @property
    def weight(self) -> float:
        """The match weight in bits."""
        return math.log2(self.m) - math.log2(self.u)


class ComparisonWeights(Settings):
    """One comparison's levels, from the exact one down to else; null weighs nothing."""

    label: str
    levels: tuple[LevelWeight, ...]


class TermFrequency(Settings):
    """How often each value of an attribute stands among the signatures that have one."""

    model_config = ConfigDict(str_strip_whitespace=False)

    attribute: str
    total: int = Field(ge=0)
    unseen: float = Field(gt=0, description="the count of a value that is not listed")
    counts: dict[str, float]


class Provenance(Settings):
    """How a calibration came about."""

    trainer: str
    version: str
    signatures: int
    sample: int
    seed: int
    rules: tuple[str, ...] = ()
    pairs: tuple[int, ...] = ()
    iterations: tuple[int, ...] = ()
    labels: tuple[int, ...] = Field((), description="the judged pairs that each rule's EM was told")
    data: str = Field("", description="what it was trained on, where that is not the project that reads it")
    untrained: tuple[str, ...] = Field((), description="levels whose m or u was never observed and is a floor")


class StratumWeights(Settings):
    """The model of one stratum: weights and c learnt on its signatures, a `share` of all."""

    name: str
    when: str
    comparisons: tuple[ComparisonWeights, ...]
    c: float = Field(gt=0)
    share: float = Field(ge=0, le=1)
    provenance: Provenance


class Calibration(Settings):
    """Everything that turns levels into a match weight."""

    format: int = FORMAT
    subject: str
    comparisons: tuple[ComparisonWeights, ...]
    term_frequencies: tuple[TermFrequency, ...] = ()
    c: float = Field(gt=0, description="the mean number of other signatures of an entity; the prior is c/(N-1)")
    signatures: int | None = Field(
        None, gt=0, description="N of the prior, as a run had it; unset: the signatures that there are"
    )
    provenance: Provenance
    strata: tuple[StratumWeights, ...] = ()


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write the calibration as JSON, readable and the same bytes for the same calibration."""
    path.write_text(calibration.model_dump_json(indent=1) + "\n", encoding="utf-8")


def load_calibration(path: Path) -> Calibration:
    """Return the calibration in a file.

    Raises:
        ModelError: no such file, or not a calibration.
    """
    if not path.is_file():
        raise ModelError(f"no calibration at {path}", hint="`lifetree train PROJECT` makes one")
    try:
        return Calibration.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        reason = _first_fault(error)
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    raise ModelError(f"{path} is no calibration: {reason}", hint="`lifetree train PROJECT` makes one")


def _first_fault(error: ValidationError) -> str:
    """Return one line on what is wrong with a calibration file."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return "it is not JSON"
    place = ".".join(map(str, first["loc"])) or "the whole"
    more = f", and {error.error_count() - 1} more faults" if error.error_count() > 1 else ""
    return f"'{place}' {'is missing' if first['type'] == 'missing' else 'is not as it should be'}{more}"


def calibration_faults(calibration: Calibration, subject: Subject, *, name: str | None = None) -> Iterator[str]:
    """Yield every way in which a calibration does not fit the subject, which is called `name`.

    A level's label tells its kind and threshold: weights learnt at another threshold do not fit.
    """
    if name is not None and calibration.subject != name:
        yield f"the calibration is of subject '{calibration.subject}'"
    if (got := [(one.name, one.when) for one in calibration.strata]) != [
        (one.name, one.when) for one in subject.strata
    ]:
        yield f"calibration has the strata {got}; the subject has others"
        return
    for comparisons in (calibration.comparisons, *(one.comparisons for one in calibration.strata)):
        yield from _weight_faults(comparisons, calibration, subject)


def _weight_faults(
    comparisons: tuple[ComparisonWeights, ...], calibration: Calibration, subject: Subject
) -> Iterator[str]:
    wanted = {one.label: build_comparison(one) for one in subject.comparisons}
    found = {one.label: one for one in comparisons}
    if list(wanted) != list(found):
        yield f"calibration has the comparisons {', '.join(found)}; the subject has {', '.join(wanted)}"
        return
    terms = {one.attribute for one in calibration.term_frequencies}
    for label, comparison in wanted.items():
        numbered = zip(comparison.numbers(), comparison.levels, strict=True)
        expected = [(number, level.label) for number, level in numbered if number >= 0]
        if (got := [(level.level, level.label) for level in found[label].levels]) != expected:
            yield f"comparison '{label}': the calibration has levels {_listed(got)}; its kind has {_listed(expected)}"
        if comparison.tf_attribute and comparison.tf_attribute not in terms:
            yield f"comparison '{label}': the calibration has no term frequencies of '{comparison.tf_attribute}'"
        for level in found[label].levels:
            if not math.isfinite(level.weight):
                yield f"comparison '{label}', level '{level.label}': the weight is not finite"


def _listed(levels: list[tuple[int, str]]) -> str:
    return ", ".join(f"{number} {label}" for number, label in levels)
