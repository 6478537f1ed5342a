"""For three models, our match weights are those of Splink's `predict`, pair by pair."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import polars as pl
import pytest
import xxhash
from splink import DuckDBAPI, Linker

from engine.settings.subject import Subject
from engine.tables import WEIGHT_SCALE
from matchers.models import score_candidates, train
from matchers.models.splink import register_levels
from matchers.models.splink_json import load_splink_json, splink_frame, to_splink_json

GIVEN = "ann bea cora dora emil finn gus hugo ina jan kaj lena mona nils otto pia".split()
PARTS = ("bar", "cor", "dal", "fen", "gar", "hol", "lin", "mor", "nor", "wes", "tam", "rud")
TOWNS = ("northby", "eastham", "westow", "southley", "midford")
SURNAMES, SIGNS = "王李张刘陈", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明"


def subject(attributes: dict[str, str], blocking: list[list[str]], *comparisons: dict[str, object]) -> Subject:
    """Return a subject of these parts."""
    return Subject.model_validate({"attributes": attributes, "blocking": blocking, "comparison": list(comparisons)})


PERSONS = subject(
    {"given": "text", "surname": "text", "born": "text", "town": "text"},
    [["surname"], ["given", "born"], ["born", "town"], ["given", "town"]],
    {"attribute": ["given", "surname"], "kind": "full_name", "term_frequency": True, "name": "whole name"},
    {"attribute": "born", "kind": "date", "term_frequency": True},
    {"attribute": "town", "kind": "text", "term_frequency": True},
)
CITIZENS = subject(
    {"name": "text", "born": "text", "phone": "text", "address": "text"},
    [["name"], ["born"], ["phone"], ["address"]],
    {"attribute": "name", "kind": "chinese_name", "term_frequency": True},
    {"attribute": "born", "kind": "date"},
    {"attribute": "phone", "kind": "phone"},
    {"attribute": "address", "kind": "chinese_address", "term_frequency": True},
)
FIRMS = subject(
    {"name": "text", "partners": "text", "town": "text", "founded": "text"},
    [["town", "founded"], ["name"], ["partners"]],
    {"attribute": "name", "kind": "tokens", "term_frequency": True},
    {"attribute": "partners", "kind": "list"},
    {"attribute": "town", "kind": "exact", "term_frequency": True},
    {"attribute": "founded", "kind": "number"},
)


def drawn(*parts: object) -> int:
    """Return a number that is a hash of the parts."""
    return xxhash.xxh3_64_intdigest("/".join(map(str, parts)).encode())


def mistyped(text: str, *parts: object) -> str | None:
    """Return the text, sometimes with two characters exchanged, or nothing."""
    dice, place = drawn("dice", *parts) % 100, drawn("place", *parts) % (len(text) - 1)
    if dice < 8:
        return None
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :] if dice < 20 else text


def invented(persons: int, records: int) -> pl.DataFrame:
    """Return signatures of invented persons, some with typing errors and gaps."""
    return _with_errors(persons, records, _person)


def _with_errors(subjects: int, records: int, values_of: Callable[[int], dict[str, str]]) -> pl.DataFrame:
    rows = []
    for number in range(subjects * records):
        values = values_of(number // records)
        rows.append({"signature_id": number} | {k: mistyped(v, k, number) for k, v in values.items()})
    return pl.DataFrame(rows)


def _person(person: int) -> dict[str, str]:
    return {
        "given": GIVEN[int((drawn("g", person) % 256) ** 0.5)],
        "surname": PARTS[drawn("s", person) % 12] + PARTS[drawn("t", person) % 12],
        "born": f"{1930 + drawn('y', person) % 70}-{1 + drawn('m', person) % 12:02}-{10 + drawn('d', person) % 18}",
        "town": TOWNS[drawn("o", person) % 5],
    }


def _citizen(person: int) -> dict[str, str]:
    return {
        "name": SURNAMES[drawn("s", person) % 5] + "".join(SIGNS[drawn(place, person) % 16] for place in "ab"),
        "born": f"{1930 + drawn('y', person) % 70}-{1 + drawn('m', person) % 12:02}-{10 + drawn('d', person) % 18}",
        "phone": f"138{drawn('p', person) % 100_000_000:08}",
        "address": f"{SIGNS[drawn('r', person) % 16]}山路{drawn('h', person) % 90 + 1}号{drawn('i', person) % 9 + 1}室",
    }


def _firm(firm: int) -> dict[str, str]:
    return {
        "name": f"{PARTS[drawn('s', firm) % 12]} {GIVEN[drawn('t', firm) % 16]} {TOWNS[drawn('u', firm) % 5]} works",
        "partners": f"{GIVEN[drawn('p', firm) % 16]} {PARTS[drawn('q', firm) % 12]} {PARTS[drawn('v', firm) % 12]}",
        "town": TOWNS[drawn("o", firm) % 5],
        "founded": str(1950 + drawn("y", firm) % 70),
    }


@pytest.mark.parametrize(
    ("subject", "values_of"),
    [(PERSONS, _person), (CITIZENS, _citizen), (FIRMS, _firm)],
    ids=["persons", "Chinese persons", "firms"],
)
def test_weights_equal_splinks_to_a_millionth_of_a_bit(
    subject: Subject, values_of: Callable[[int], dict[str, str]]
) -> None:
    signatures = _with_errors(700, 3, values_of)
    calibration = train(signatures, subject=subject, name="one")
    model = to_splink_json(calibration, subject, signatures=signatures.height)
    with duckdb.connect() as connection:
        register_levels(connection, subject)
        api = DuckDBAPI(connection)
        frame = api.register(splink_frame(signatures, subject).to_arrow(compat_level=pl.CompatLevel.oldest()))
        predicted = Linker(frame, model, log_level=None).inference.predict().as_duckdbpyrelation().pl()
    theirs = predicted.select(
        signature_l=pl.min_horizontal("unique_id_l", "unique_id_r"),
        signature_r=pl.max_horizontal("unique_id_l", "unique_id_r"),
        theirs="match_weight",
    )
    loaded = load_splink_json(model, subject=subject, name="one", signatures=signatures)

    ours = score_candidates(theirs, signatures, calibration=loaded, subject=subject, signatures=signatures.height)
    difference = (ours["match_weight"] / WEIGHT_SCALE - theirs["theirs"]).abs().max()

    print(f"{theirs.height} pairs, {ours['levels'].n_unique()} patterns, largest difference {difference:.1e} bit")
    assert theirs.height >= 2_000
    assert ours["levels"].n_unique() >= 20
    assert isinstance(difference, float)
    assert difference <= 1e-6
