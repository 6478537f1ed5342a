"""Values that more signatures bear than one subject can have: found before blocking, left out of matching, told.

They are dummies (13800138000, 1900-01-01), an employer's phone, an office's address. A value is counted where it could
be one: a count by hash says which values that are, and only of these the names beside them are gathered. A limit below
one is a share of the signatures that bear any value of the attribute.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import polars as pl

from engine.batches import own_rule_faults
from engine.cleanse.rules import Rulebook
from engine.expressions import compile_expression
from engine.hashing import hash64, joined
from engine.settings import Project, Subject
from engine.settings.base import Settings
from engine.settings.rules import Action
from engine.tables import FINDINGS, MASS_VALUES, RECORD_KEY

NAMES = ("name", "organisation")
"""The kinds of value by which subjects that share a value are told apart."""

VIEW = ("subject", "attribute", "kind", "value", "signatures", "bearing", "names", "births")
"""The columns that a test on the view `mass` may read, beside `limit`; `bearing` signatures bear any value."""

_COUNTS = {"attribute": pl.String, "value_hash": pl.Int64, "signatures": pl.Int64, "bearing": pl.Int64}
_BEARERS = {
    "attribute": pl.String, "value": pl.String, "bearing": pl.Int64, "name": pl.String, "birth": pl.String
}  # fmt: skip


class MassTest(Settings):
    """A test of one rule for one attribute of a subject."""

    attribute: str
    kind: str
    rule: str
    when: str
    limit: float | None
    action: Action

    @property
    def least(self) -> int:
        """The signatures that bear a value at least, for it to be looked at."""
        return max(2, math.ceil(self.limit or 0))

    @property
    def share(self) -> float:
        """The share of the signatures with the attribute that bear a value at least; 0 where the limit is a count."""
        return self.limit if self.limit and self.limit < 1 else 0.0


class Gathered(NamedTuple):
    """The values (by hash) that could be borne by many, and MASS_VALUES without rows."""

    candidates: pl.DataFrame
    mass_values: pl.DataFrame


def mass_tests(subject: Subject, rulebook: Rulebook, *, name: str) -> tuple[MassTest, ...]:
    """Return the tests on the view `mass` for the attributes that the subject, called `name`, is matched by."""
    return tuple(
        MassTest(
            attribute=attribute, kind=subject.attributes[attribute].kind, rule=look.rule.code, when=look.test.when,
            limit=look.rule.limit_of(look.test), action=look.action,
        )
        for look in rulebook.on("mass")
        for attribute in subject.identity_attributes()
        if look.test.when
        and look.test.subject in (None, name)
        and (not look.test.kinds or subject.attributes[attribute].kind in look.test.kinds)
    )  # fmt: skip


def mass_rule_faults(project: Project) -> Iterator[str]:
    """Yield what is wrong with the expressions of a project's own rules over values that many bear."""
    return own_rule_faults(project, view="mass", columns=VIEW)


def count_values(signatures: pl.DataFrame, *, tests: Iterable[MassTest], buckets: int) -> pl.DataFrame:
    """Return how many signatures of one bucket bear each value that could be borne by too many in all.

    Of a value that so many signatures bear, one of the `buckets` holds a fair share. `bearing` bear any value.
    """
    parts = [pl.DataFrame(schema=_COUNTS)]
    for attribute, own in _by_attribute(tests).items():
        borne = signatures.select(value=attribute).drop_nulls()
        counted = borne.group_by("value").agg(signatures=pl.len().cast(pl.Int64))
        counted = counted.with_columns(bearing=pl.lit(borne.height, pl.Int64))
        many = counted.filter(_any(pl.col("signatures") >= _fair(one, buckets) for one in own))
        hashed = many.select(
            attribute=pl.lit(attribute), value_hash=hash64(pl.col("value")), signatures="signatures", bearing="bearing"
        )
        parts.append(hashed.sort("value_hash", "signatures"))
    return pl.concat(parts)


def count_bearing(signatures: pl.DataFrame, *, tests: Iterable[MassTest]) -> pl.DataFrame:
    """Return how many signatures of one bucket bear any value of each attribute that is tested."""
    rows = [(name, signatures[name].count()) for name in _by_attribute(tests)]
    return pl.DataFrame(rows, schema={"attribute": pl.String, "bearing": pl.Int64}, orient="row")


def gather(counts: pl.DataFrame, bearing: pl.DataFrame, *, tests: Iterable[MassTest], buckets: int) -> Gathered:
    """Return what could be borne by many, from the counts of all `buckets`, some of which say nothing of a value."""
    keys = ("attribute", "value_hash")
    whole = bearing.group_by("attribute").agg(pl.col("bearing").sum())
    parts = [counts.head(0).select(*keys, "bearing")]
    for attribute, own in _by_attribute(tests).items():
        summed = (
            counts.filter(pl.col("attribute") == attribute)
            .group_by(keys)
            .agg(pl.col("signatures", "bearing").sum(), silent=buckets - pl.len().cast(pl.Int64))
        )
        many = summed.filter(_any(_reaches(one, buckets) for one in own)).drop("bearing")
        parts.append(many.join(whole, on="attribute").select(*keys, "bearing"))
    return Gathered(pl.concat(parts).sort(keys), MASS_VALUES.empty())


def bear(signatures: pl.DataFrame, candidates: pl.DataFrame, *, subject: Subject) -> pl.DataFrame:
    """Return a row per signature and candidate that it bears: attribute, value, and the name and birth beside it."""
    beside = signatures.with_columns(
        _beside(subject, NAMES).alias(" name"), _beside(subject, ("date",)).alias(" birth")
    )
    parts = [pl.DataFrame(schema=_BEARERS)]
    for attribute in candidates["attribute"].unique().sort():
        own = candidates.filter(pl.col("attribute") == attribute)
        borne = beside.select(
            attribute=pl.lit(attribute), value=attribute, bearing=pl.lit(own["bearing"].max(), pl.Int64),
            name=" name", birth=" birth",
        )  # fmt: skip
        parts.append(borne.filter(hash64(pl.col("value")).is_in(own["value_hash"].implode())))
    return pl.concat(parts)


def weigh_values(bearers: pl.DataFrame, *, tests: Iterable[MassTest], name: str) -> pl.DataFrame:
    """Return MASS_VALUES: the values of which a test is true; `bearers` holds all of each value."""
    counted = bearers.group_by("attribute", "value").agg(
        signatures=pl.len().cast(pl.Int64),
        bearing=pl.col("bearing").max(),
        names=pl.col("name").drop_nulls().n_unique().cast(pl.Int64),
        births=pl.col("birth").drop_nulls().n_unique().cast(pl.Int64),
    )
    found = [MASS_VALUES.empty()]
    for test in tests:
        view = counted.filter(pl.col("attribute") == test.attribute, pl.col("signatures") >= test.least).select(
            subject=pl.lit(name), attribute="attribute", kind=pl.lit(test.kind), value="value", signatures="signatures",
            bearing="bearing", names="names", births="births", limit=pl.lit(test.limit, pl.Float64),
        )  # fmt: skip
        judged = compile_expression(test.when, columns=[*VIEW, "limit"]).append_to(view, name=" true")
        hits = judged.filter(pl.col(" true").cast(pl.Boolean))
        found.append(MASS_VALUES.conform(hits.with_columns(rule=pl.lit(test.rule), action=pl.lit(test.action))))
    return MASS_VALUES.conform(pl.concat(found).unique(MASS_VALUES.key, keep="first", maintain_order=True))


def silence(signatures: pl.DataFrame, masses: pl.DataFrame | None) -> pl.DataFrame:
    """Return the signatures as matching reads them: null where MASS_VALUES says so; None says nothing."""
    if masses is None:
        return signatures
    void = masses.filter(pl.col("action") == "null")
    left_out = {
        attribute: void.filter(pl.col("attribute") == attribute)["value"]
        for attribute in void["attribute"].unique().sort()
        if attribute in signatures.columns
    }
    return signatures.with_columns(
        pl.when(~pl.col(attribute).is_in(values.implode())).then(attribute).alias(attribute)
        for attribute, values in left_out.items()
    )


def tell(record_signature: pl.DataFrame, signatures: pl.DataFrame, masses: pl.DataFrame, *, name: str) -> pl.DataFrame:
    """Return FINDINGS: one for each record that bears a value of MASS_VALUES, which stands in the form matched."""
    parts = [FINDINGS.empty()]
    for attribute in masses["attribute"].unique().sort():
        own = masses.filter(pl.col("attribute") == attribute)
        bearing = signatures.select("signature_id", value=attribute).join(own, on="value")
        about = record_signature.select(*RECORD_KEY, "signature_id").join(bearing, on="signature_id")
        told = about.with_columns(
            subject=pl.lit(name), field=pl.lit(attribute), before=pl.col("value"),
            after=pl.when(pl.col("action") != "null").then("value"),
        )  # fmt: skip
        parts.append(FINDINGS.conform(told))
    return FINDINGS.conform(pl.concat(parts))


def _by_attribute(tests: Iterable[MassTest]) -> dict[str, list[MassTest]]:
    own: dict[str, list[MassTest]] = {}
    for test in tests:
        own.setdefault(test.attribute, []).append(test)
    return own


def _fair(test: MassTest, buckets: int) -> pl.Expr:
    """Return what at least one bucket of all counts of a value that the test could be true of."""
    return pl.col("bearing") * test.share if test.share else pl.lit(-(-test.least // buckets), pl.Int64)


def _reaches(test: MassTest, buckets: int) -> pl.Expr:
    """Return whether the test could be true of a value, with the most that the buckets silent of it could add."""
    unsaid = 0 if test.share else pl.col("silent") * (-(-test.least // buckets) - 1)
    return pl.col("signatures") + unsaid >= (pl.col("bearing") * test.share if test.share else test.least)


def _any(conditions: Iterable[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(list(conditions))


def _beside(subject: Subject, kinds: tuple[str, ...]) -> pl.Expr:
    """Return the values of these kinds as one text, null without any; a former name is none."""
    aliases = {one.alias for one in subject.identifiers}
    names = [
        name for name in subject.identity_attributes() if subject.attributes[name].kind in kinds and name not in aliases
    ]
    if not names:
        return pl.lit(None, pl.String)
    return pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in names)).then(joined(names))
