"""What only purged records told: values that no other record bears, in tickets and in calibrations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from engine.settings import Project
from engine.store import Run
from engine.store.purges import Erased
from matchers.comparisons import build_comparison
from matchers.models.terms import tf_value

SHORTEST = 2
"""Characters of a value that can be told from chance in a longer text."""

Terms = Mapping[str, Mapping[str, frozenset[str]]]
"""By subject and attribute of a term frequency."""

_PLACE = ("source", "record_id")


def own_values(project: Project, live: Run, holders: Iterable[Run], erased: Erased) -> list[str]:
    """Return the values of purged records, as delivered and cleansed, that no other record of the live run bears.

    Cost: the records of every subject are read twice at most.
    """
    found: set[str] = set()
    for run in holders:
        for name, subject in project.subjects.items():
            if f"{name}/records" in run.manifest["tables"]:
                gone = run.scan("records", subject=name).filter(erased.names(*_PLACE)).collect()
                found |= _values(gone, [one for one in subject.attributes if one in gone.columns])
    own = {value for value in found if len(value) >= SHORTEST}
    for name in project.subjects:
        if own and f"{name}/records" in live.manifest["tables"]:
            own -= _borne(live.scan("records", subject=name).filter(~erased.names(*_PLACE)), sorted(own))
    return sorted(own)


def _values(records: pl.DataFrame, attributes: Iterable[str]) -> set[str]:
    told = {value for name in attributes for value in records[name].drop_nulls()}
    delivered = (json.loads(raw) for raw in records["raw"].drop_nulls())
    return told | {value for raw in delivered for value in raw.values() if isinstance(value, str)}


def _borne(records: pl.LazyFrame, values: list[str]) -> set[str]:
    """Return which of the values a record bears, cleansed or as delivered."""
    borne: set[str] = set()
    for name in records.collect_schema():
        borne |= set(records.select(name).filter(pl.col(name).is_in(values)).unique().collect()[name])
    left = sorted(set(values) - borne)
    telling = records.select("raw").filter(pl.col("raw").str.contains_any(left)).unique() if left else None
    raws = telling.collect()["raw"] if telling is not None else ()
    return borne | {value for raw in raws for value in json.loads(raw).values() if value in left}


def own_terms(project: Project, live: Run, holders: Iterable[Run], erased: Erased) -> Terms:
    """Return the values whose frequency a calibration can list and that purged records alone bear."""
    several = list(holders)
    told = {}
    for name, subject in project.subjects.items():
        if f"{name}/signatures" not in live.manifest["tables"]:
            continue
        built = [one for one in map(build_comparison, subject.comparisons) if one.tf_attribute]
        read = {str(one.tf_attribute): tf_value(one) for one in built}
        having = [run for run in several if f"{name}/signatures" in run.manifest["tables"]]
        gone = _terms([_bearing(run, name, erased, gone=True) for run in having], read)
        kept = _terms([_bearing(live, name, erased, gone=False)], read) if any(gone.values()) else {}
        told[name] = {attribute: frozenset(values - kept.get(attribute, set())) for attribute, values in gone.items()}
    return told


def _terms(signatures: Iterable[pl.DataFrame], read: Mapping[str, pl.Expr]) -> dict[str, set[str]]:
    several = list(signatures)
    return {
        attribute: {value for one in several for value in one.select(term=term)["term"].drop_nulls()}
        for attribute, term in read.items()
    }


def _bearing(run: Run, name: str, erased: Erased, *, gone: bool) -> pl.DataFrame:
    """Return the signatures that only purged records bear, or the others."""
    borne = run.scan("record_signature", subject=name).group_by("signature_id")
    only = borne.agg(_gone=erased.names(*_PLACE).all()).filter(pl.col("_gone") == gone)
    chosen = only.select("signature_id")
    return run.scan("signatures", subject=name).join(chosen, on="signature_id", how="semi").collect()


def lists(calibration: Mapping[str, Any], terms: Mapping[str, frozenset[str]]) -> bool:
    """Return whether a calibration lists the frequency of one of some values, by attribute."""
    listed = calibration.get("term_frequencies", ())
    return any(not terms.get(one["attribute"], frozenset()).isdisjoint(one["counts"]) for one in listed)


def forgetful(calibration: Mapping[str, Any], terms: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """Return a calibration without the frequencies of some values, by attribute: they count as unseen ones.

    >>> told = {"term_frequencies": [{"attribute": "name", "counts": {"Odd": 3.0, "Smith": 9.0}}]}
    >>> forgetful(told, {"name": frozenset({"Odd"})})["term_frequencies"]
    [{'attribute': 'name', 'counts': {'Smith': 9.0}}]
    """
    listed = []
    for one in calibration.get("term_frequencies", ()):
        gone = terms.get(one["attribute"], frozenset())
        listed.append({**one, "counts": {value: count for value, count in one["counts"].items() if value not in gone}})
    return {**calibration, "term_frequencies": listed}
