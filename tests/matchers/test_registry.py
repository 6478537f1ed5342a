"""Who keeps an id, who yields it, who takes it back: the rules of the registry, case by case."""

from __future__ import annotations

import polars as pl
import pytest

from engine.tables import LEDGER, LINKS, RECORD_HISTORY, RECORD_KEY, REDIRECTS
from matchers.identity import Registry, Renewed, redirected, renew

PAIRS = LINKS.empty().select("signature_l", "signature_r", "reason")
NOBODY = RECORD_HISTORY.empty().select(RECORD_KEY)


def mentions_of(clusters: str) -> pl.DataFrame:
    """Return records of clusters such as "ab c": one letter a record, earlier letters recorded earlier, ? unresolved."""
    names = ["source", "record_id", "role", "recorded_at", "delivered_at", "signature_id", "cluster_id", "state"]
    rows = [
        ("s", letter, "", f"2020-01-{ord(letter) - 96:02d}", None, ord(letter) - 96, ord(min(cluster)) - 96,
         "unresolved" if "?" in cluster else "whole")
        for cluster in clusters.split() for letter in cluster.strip("?")
    ]  # fmt: skip
    types = [pl.String] * 5 + [pl.Int64] * 2 + [pl.String]
    frame = pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")
    return frame.with_columns(cluster_id=pl.col("signature_id").min().over("cluster_id"))


def pairs(*told: tuple[str, str, str]) -> pl.DataFrame:
    rows = [(ord(left) - 96, ord(right) - 96, reason) for left, right, reason in told]
    return pl.DataFrame(rows, schema=PAIRS.schema, orient="row")


class Store:
    """Runs one after another over one registry."""

    def __init__(self, *runs: str) -> None:
        self.known = Registry(RECORD_HISTORY.empty(), LEDGER.empty(), REDIRECTS.empty())
        self.ordinal = 0
        for clusters in runs:
            self.run(clusters)

    def run(
        self, clusters: str, *, judged: pl.DataFrame = NOBODY, links: pl.DataFrame = PAIRS,
        apart: pl.DataFrame = PAIRS, changed: tuple[str, ...] = (),
    ) -> Renewed:  # fmt: skip
        self.ordinal += 1
        made = renew(
            mentions_of(clusters), self.known, judged, links, apart, salt="t", ordinal=self.ordinal, changed=changed
        )
        self.known = Registry(*(pl.concat(both) for both in zip(self.known, made.added, strict=True)))
        self.made = made
        return made

    def ids(self) -> dict[str, str]:
        """Return the id of each record by its letter."""
        return dict(self.made.record_entity.select("record_id", "entity_id").iter_rows())

    def events(self) -> set[tuple[str, str, str | None]]:
        """Return action, id and other id of what the last run added to the ledger."""
        return set(self.made.added.ledger.select("action", "entity_id", "other_id").iter_rows())


def test_an_entity_keeps_its_id_when_its_founding_record_is_withdrawn_or_an_older_one_joins() -> None:
    store = Store("bcd")
    before = store.ids()["b"]

    store.run("cd")
    assert set(store.ids().values()) == {before}
    store.run("acd")
    assert set(store.ids().values()) == {before}
    assert store.made.entities["founding_record"].to_list() == ["a"]
    assert store.events() == set()


def test_in_a_merge_the_id_of_the_earlier_run_stays_then_that_of_the_earlier_founding() -> None:
    store = Store("c", "c ab")
    ids = store.ids()
    store.run("abc")
    assert set(store.ids().values()) == {ids["c"]}
    assert store.events() == {("merge", ids["c"], ids["a"]), ("retire", ids["a"], ids["c"])}

    same_run = Store("bcd a")
    ids = same_run.ids()
    same_run.run("abcd")
    assert set(same_run.ids().values()) == {ids["a"]}


def test_a_fragment_takes_back_what_most_of_its_records_bore_before_the_merge() -> None:
    store = Store("ab cdef", "abcdef")
    first = Store("ab cdef").ids()

    store.run("abf cde")

    assert store.ids() == first | {"f": first["a"]}
    assert store.events() == {("split", first["a"], first["c"]), ("revive", first["c"], first["a"])}
    assert redirected(store.known.redirects).is_empty()


def test_without_such_a_history_the_largest_keeps_the_id_then_the_oldest() -> None:
    store = Store("abcde")
    kept = store.ids()["a"]

    store.run("ab cde")
    assert store.ids()["c"] == kept != store.ids()["a"]
    assert store.events() == {("split", kept, store.ids()["a"]), ("create", store.ids()["a"], kept)}

    even = Store("abcd", "ab cd")
    assert even.ids()["a"] == Store("abcd").ids()["a"]


def test_merges_are_undone_in_any_order() -> None:
    first = Store("ab cd ef").ids()
    store = Store("ab cd ef", "abcd ef", "abcdef")

    store.run("abcd ef")
    assert store.ids() == first | {"c": first["a"], "d": first["a"]}
    store.run("ab cd ef")
    assert store.ids() == first

    straight = Store("ab cd ef", "abcd ef", "abcdef", "ab cd ef")
    assert straight.ids() == first


def test_an_id_made_of_a_founding_record_is_never_issued_twice() -> None:
    store = Store("abcd", "a bcd", "abcd", "ab cd")
    store.run("ab c d")

    created = store.known.ledger.filter(pl.col("action") == "create")["entity_id"]
    assert created.is_unique().all()
    assert len(set(store.ids().values())) == 3


def test_retired_ids_lead_along_a_chain_and_a_revived_one_no_more() -> None:
    store = Store("a b c", "a bc", "abc")
    first = Store("a b c").ids()
    leads = {one: to for one, _, to in redirected(store.known.redirects).iter_rows()}
    assert leads == {first["b"]: first["a"], first["c"]: first["a"]}

    store.run("ab c")
    leads = {one: to for one, _, to in redirected(store.known.redirects).iter_rows()}
    assert leads == {first["c"]: first["b"]}
    assert store.ids() == {"a": first["a"], "b": first["a"], "c": first["b"]}


@pytest.mark.parametrize("away", ["cd", "ab? cd"], ids=["withdrawn", "in no entity"])
def test_an_entity_without_records_retires_and_comes_back_with_them(away: str) -> None:
    store = Store("ab cd")
    first = store.ids()

    store.run(away)
    assert store.events() == {("retire", first["a"], None)}
    store.run("ab cd")
    assert store.ids() == first
    assert store.events() == {("revive", first["a"], None)}


def test_a_record_that_was_away_while_its_entity_was_merged_comes_back_to_what_it_became() -> None:
    store = Store("ab cd", "a cd", "acd")
    first = Store("ab cd").ids()

    store.run("abcd")
    assert set(store.ids().values()) == {first["a"]}
    store.run("ab cd")
    assert store.ids() == first


def test_an_unchanged_entity_keeps_its_id_whoever_comes_back() -> None:
    store = Store("a bc", "abc", "bc")
    kept = store.ids()["b"]

    store.run("a bc")

    assert store.ids()["b"] == store.ids()["c"] == kept != store.ids()["a"]


def test_a_record_that_moves_takes_no_id_along() -> None:
    store = Store("abc def")
    first = store.ids()

    store.run("ab cdef")

    assert store.ids() == first | {"c": first["d"]}
    assert store.events() == set()


def test_an_entity_merges_and_loses_a_part_in_one_run() -> None:
    store = Store("abcd ef")
    first = store.ids()

    store.run("abef cd")

    assert store.ids()["a"] == store.ids()["e"] == first["a"]
    assert ("split", first["a"], store.ids()["c"]) in store.events()


def told(store: Store, action: str) -> tuple[list[str], list[str]]:
    row = store.made.added.ledger.filter(pl.col("action") == action).row(0, named=True)
    return row["cause"], row["links"]


def test_a_merge_tells_the_links_between_what_was_apart() -> None:
    store = Store("ab cd")

    store.run(
        "abcd", links=pairs(("a", "b", "model"), ("c", "d", "model"), ("b", "c", "judgement"), ("a", "d", "model"))
    )

    assert told(store, "merge") == (["judgement"], ["2 3 judgement", "1 4 model"])


def test_a_merge_by_a_new_record_tells_that_records_were_added() -> None:
    store = Store("ab de")

    store.run("abcde", links=pairs(("b", "c", "identifier"), ("c", "d", "model")))

    assert told(store, "merge") == (["added"], ["3 4 model"])


def test_a_split_tells_what_keeps_the_parts_apart() -> None:
    store = Store("abc")

    store.run("ab c", apart=pairs(("a", "c", "contradiction"), ("a", "b", "bridge")), changed=("rules",))

    assert told(store, "split") == (["rules"], ["1 3 contradiction"])


@pytest.mark.parametrize(
    ("changed", "cause"), [((), ["elsewhere"]), (("calibration", "rules"), ["calibration", "rules"])]
)
def test_without_a_changed_record_the_cause_lies_in_what_changed_for_all(
    changed: tuple[str, ...], cause: list[str]
) -> None:
    store = Store("ab")

    store.run("a b", changed=changed)

    assert told(store, "split")[0] == cause


def test_an_entity_that_is_gone_tells_that_its_records_were_withdrawn() -> None:
    store = Store("ab cd", "ab")

    assert told(store, "retire")[0] == ["withdrawn"]


def test_a_judged_record_has_another_signature_and_is_not_told_as_corrected() -> None:
    store = Store("ab")
    mentions = mentions_of("a b").with_columns(pl.col("signature_id", "cluster_id") + 100)

    made = renew(mentions, store.known, NOBODY.vstack(mentions.select(RECORD_KEY)), PAIRS, PAIRS, salt="t", ordinal=2)
    corrected = renew(mentions, store.known, NOBODY, PAIRS, PAIRS, salt="t", ordinal=2)

    assert set(made.added.ledger["cause"].explode()) == {"judgement"}
    assert set(corrected.added.ledger["cause"].explode()) == {"corrected"}
