import polars as pl
import pytest

from engine.errors import InputError
from matchers.evaluation import (
    estimate,
    group_figures,
    grouped,
    names_of,
    numberless,
    phantoms_by_source,
    read_groups,
    surplus,
    tallied,
    units_of,
)

RECORDS = pl.DataFrame(
    # Truth: p = a b c, q = d e, r = f. Answer: X = a b d, Y = c, Z = e f. c bears no number.
    [
        ("civil", "a", 1, "X", "p"),
        ("civil", "b", 2, "X", "p"),
        ("clinic", "c", 3, "Y", "p"),
        ("civil", "d", 4, "X", "q"),
        ("clinic", "e", 5, "Z", "q"),
        ("clinic", "f", 6, "Z", "r"),
    ],
    schema=["source", "record_id", "signature_id", "entity_id", "truth"],
    orient="row",
).with_columns(role=pl.lit(""), decidable=pl.lit(None, pl.Boolean))


def read(tmp_path, text: str, **options) -> pl.DataFrame:
    file = tmp_path / "groups.csv"
    file.write_text(text, encoding="utf-8")
    return read_groups(file, **options)


def test_groups_of_entities_have_figures_of_their_own(tmp_path):
    groups = read(tmp_path, "entity_id,twin,age\np,yes,8\nq,no,\nr,no,9\n")

    records = grouped(RECORDS, groups, subject="person")
    told = group_figures(records, names_of(groups), units=units_of(records))

    assert {name: list(values) for name, values in told.items()} == {"twin": ["no", "yes"], "age": ["8", "9"]}
    yes, no = told["twin"]["yes"], told["twin"]["no"]
    assert (yes["records"], yes["entities"], yes["exact_entities"]) == (3, 1, 0.0)
    # p: a and b are each with one fellow and with d; three pairs, one found.
    assert yes["pairwise"]["precision"] == yes["pairwise_signatures"]["precision"] == 0.5
    assert yes["pairwise"]["recall"] == pytest.approx(1 / 3)
    # q and r: d is with two strangers, e and f with one; de is missed.
    assert no["pairwise"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert no["bcubed"]["precision"] == pytest.approx((1 / 3 + 1 / 2 + 1 / 2) / 3)
    assert set(no["intervals"]) == {"pairwise", "pairwise_signatures", "bcubed", "exact_entities"}


def test_groups_whose_values_are_all_there_add_up_to_the_whole(tmp_path):
    groups = read(tmp_path, "record_id,kind\na,1\nb,2\nc,1\nd,2\ne,1\nf,1\n")

    records = grouped(RECORDS, groups, subject="person")
    parts = group_figures(records, names_of(groups), units=None)["kind"]
    whole = estimate(tallied(records), units=None).figures

    shares = [one["records"] * one["bcubed"]["recall"] for one in parts.values()]
    assert sum(shares) / RECORDS.height == pytest.approx(whole["bcubed"]["recall"])


def test_columns_of_the_truth_file_can_be_groups(tmp_path):
    text = "source,record_id,entity_id,name,twin\n" + "".join(f"civil,{n},p{n},n{n},t\n" for n in range(250))

    assert names_of(read(tmp_path, text, by=["twin"])) == ["group twin"]
    with pytest.raises(InputError, match="the column 'name' has 250 values, of at most 200"):
        read(tmp_path, text)


def test_groups_of_another_subject_are_none(tmp_path):
    groups = read(tmp_path, "subject,entity_id,twin\nfirm,p,yes\n")

    assert grouped(RECORDS, groups, subject="person")["group twin"].null_count() == RECORDS.height
    assert group_figures(grouped(RECORDS, groups, subject="person"), ["group twin"], units=None) == {}


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("name,twin\na,yes\n", {}, "neither record_id nor entity_id is a column"),
        ("entity_id,twin\np,yes\n", {"by": ["twins"]}, "the column 'twins' is missing; did you mean 'twin'"),
        ("entity_id\np\n", {}, "no column is a group"),
    ],
    ids=["no key", "no such column", "no group"],
)
def test_faults_of_a_file_of_groups_are_told(tmp_path, text, options, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, text, **options)


def test_an_entity_in_two_groups_of_one_column_is_an_error(tmp_path):
    groups = read(tmp_path, "entity_id,twin\np,yes\np,no\n")

    with pytest.raises(InputError, match="groups of subject 'person': p stands in two groups"):
        grouped(RECORDS, groups, subject="person")


def test_records_without_an_identifier_by_source():
    bearing = pl.DataFrame({"signature_id": [1, 2, 4]})

    told = numberless(RECORDS, bearing=bearing)

    # c misses a and b, e misses d and is where q stands (Z: one record, as many as X; X is smaller); f has no mate.
    assert told == {"clinic": {"records": 3, "recall": 0.0, "joined": 0.0}}


def test_a_record_without_an_identifier_that_found_its_entity_is_joined():
    told = numberless(RECORDS, bearing=pl.DataFrame({"signature_id": [1, 3, 4, 5, 6]}))

    assert told == {"civil": {"records": 1, "recall": 0.5, "joined": 1.0}}


def test_phantoms_are_counted_where_they_were_founded():
    entities = pl.DataFrame({"entity_id": ["X", "Y", "Z"], "founding_source": ["civil", "clinic", "clinic"]})

    found = surplus(RECORDS)

    assert phantoms_by_source(found.phantoms, entities) == {"clinic": 1}
    assert (found.phantoms["entity_id"].to_list(), found.merged, found.lost) == (["Y"], 1, 0)
