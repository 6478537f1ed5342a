"""For one model, our match weights are those of Splink's `predict`, pair by pair."""

from __future__ import annotations

import duckdb
import polars as pl
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

SUBJECT = Subject.model_validate(
    {
        "attributes": {"given": "text", "surname": "text", "born": "text", "town": "text"},
        "blocking": [["surname"], ["given", "born"], ["born", "town"], ["given", "town"]],
        "comparison": [
            {"attribute": ["given", "surname"], "kind": "full_name", "term_frequency": True, "name": "whole name"},
            {"attribute": "born", "kind": "date", "term_frequency": True},
            {"attribute": "town", "kind": "text", "term_frequency": True},
        ],
    }
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
    rows = []
    for number in range(persons * records):
        person = number // records
        values = {
            "given": GIVEN[int((drawn("g", person) % 256) ** 0.5)],
            "surname": PARTS[drawn("s", person) % 12] + PARTS[drawn("t", person) % 12],
            "born": f"{1930 + drawn('y', person) % 70}-{1 + drawn('m', person) % 12:02}-{10 + drawn('d', person) % 18}",
            "town": TOWNS[drawn("o", person) % 5],
        }
        rows.append({"signature_id": number} | {k: mistyped(v, k, number) for k, v in values.items()})
    return pl.DataFrame(rows)


def test_weights_equal_splinks_to_a_millionth_of_a_bit() -> None:
    signatures = invented(persons=700, records=3)
    calibration = train(signatures, subject=SUBJECT, name="person")
    model = to_splink_json(calibration, SUBJECT, signatures=signatures.height)
    with duckdb.connect() as connection:
        register_levels(connection, SUBJECT)
        api = DuckDBAPI(connection)
        frame = api.register(splink_frame(signatures, SUBJECT).to_arrow(compat_level=pl.CompatLevel.oldest()))
        predicted = Linker(frame, model, log_level=None).inference.predict().as_duckdbpyrelation().pl()
    theirs = predicted.select(
        signature_l=pl.min_horizontal("unique_id_l", "unique_id_r"),
        signature_r=pl.max_horizontal("unique_id_l", "unique_id_r"),
        theirs="match_weight",
    )
    loaded = load_splink_json(model, subject=SUBJECT, name="person", signatures=signatures)

    ours = score_candidates(theirs, signatures, calibration=loaded, subject=SUBJECT, signatures=signatures.height)
    difference = (ours["match_weight"] / WEIGHT_SCALE - theirs["theirs"]).abs().max()

    print(f"{theirs.height} pairs, largest difference {difference:.1e} bit")
    assert theirs.height >= 10_000
    assert ours["levels"].n_unique() >= 50
    assert isinstance(difference, float)
    assert difference <= 1e-6
