import itertools

import networkx as nx
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine import scratch
from engine.settings import Subject
from engine.tables import CONFLICTS, LINKS, PAIR_KEY, WEIGHT_SCALE
from matchers.clustering import cluster, components, group, part
from matchers.clustering.components import components_of

N = 9
SUBJECT = Subject.model_validate(
    {
        "attributes": {"id_no": "text", "name": "text"},
        "blocking": ["name"],
        "comparison": [{"attribute": "name"}],
        "identifier": [{"attribute": "id_no"}],
        "max_cluster": 6,
    }
)

pair = (
    st.tuples(st.integers(0, N - 1), st.integers(0, N - 1))
    .filter(lambda ends: ends[0] != ends[1])
    .map(sorted)
    .map(tuple)
)
weighted = st.dictionaries(
    pair, st.tuples(st.integers(-3, 3), st.sampled_from(["judgement", "identifier", "model"])), max_size=20
)
apart = st.dictionaries(pair, st.sampled_from(["judgement", "contradiction"]), max_size=4)
id_numbers = st.lists(st.sampled_from([None, None, "A", "B"]), min_size=N, max_size=N)


def build(linked, conflicting, id_no):
    signatures = pl.DataFrame({"signature_id": range(N), "id_no": pl.Series(id_no, dtype=pl.String)})
    links = pl.DataFrame([(*ends, *rest) for ends, rest in linked.items()], schema=LINKS.schema(), orient="row")
    conflicts = pl.DataFrame(
        [(*ends, reason, None, None) for ends, reason in conflicting.items()], schema=CONFLICTS.schema(), orient="row"
    )
    return signatures.cast({"signature_id": pl.Int64}), links, conflicts


def partition(clusters):
    return dict(clusters.select("signature_id", "cluster_id").iter_rows())


@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(-30, 30)), max_size=60))
def test_components_equal_those_of_networkx(edges):
    graph = nx.Graph(edges)
    expected = {node: min(nodes) for nodes in nx.connected_components(graph) for node in nodes}

    found = components(pl.DataFrame(edges, schema={"signature_l": pl.Int64, "signature_r": pl.Int64}, orient="row"))

    assert dict(found.iter_rows()) == expected


@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), max_size=90), st.integers(1, 9))
def test_components_do_not_depend_on_how_links_are_chunked(edges, chunk):
    links = pl.DataFrame(edges, schema={"signature_l": pl.Int64, "signature_r": pl.Int64}, orient="row")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scratch, "CHUNK", chunk)
        signatures, smallest = components_of([links[: len(edges) // 2], links[len(edges) // 2 :].lazy()])

    found = pl.DataFrame({"signature_id": signatures, "component": signatures[smallest]})
    assert_frame_equal(found, components(links))


@given(weighted, apart, id_numbers)
@settings(max_examples=200)
def test_no_cluster_breaks_a_constraint(linked, conflicting, id_no):
    signatures, links, conflicts = build(linked, conflicting, id_no)

    found = partition(cluster(signatures, links, conflicts, subject=SUBJECT))

    assert sorted(found) == list(range(N))
    assert all(found[left] != found[right] for left, right in conflicting)
    for cluster_id in set(found.values()):
        members = [node for node in found if found[node] == cluster_id]
        inside = nx.Graph([ends for ends in linked if set(ends) <= set(members)])
        assert min(members) == cluster_id
        assert len(members) <= 6
        assert len(members) == 1 or (set(inside) == set(members) and nx.is_connected(inside))
        judged = any(reason == "judgement" for ends, (_, reason) in linked.items() if set(ends) <= set(members))
        assert judged or len({id_no[node] for node in members} - {None}) <= 1


@given(weighted, apart, id_numbers)
def test_every_refused_link_would_have_broken_a_constraint(linked, conflicting, id_no):
    signatures, links, conflicts = build(linked, conflicting, id_no)

    found = partition(cluster(signatures, links, conflicts, subject=SUBJECT))

    for (left, right), (_, reason) in linked.items():
        if found[left] != found[right]:
            both = [node for node in found if found[node] in (found[left], found[right])]
            numbers = {id_no[node] for node in both} - {None}
            assert (
                len(both) > 6
                or any(set(ends) <= set(both) for ends in conflicting)
                or (reason != "judgement" and len(numbers) > 1)
            )


@given(weighted, apart, id_numbers, st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_of_rows(linked, conflicting, id_no, random):
    signatures, links, conflicts = build(linked, conflicting, id_no)
    places = list(range(links.height))
    random.shuffle(places)

    forth = cluster(signatures, links, conflicts, subject=SUBJECT)
    back = cluster(signatures.reverse(), links[places], conflicts.reverse(), subject=SUBJECT)

    assert_frame_equal(forth, back)


@given(weighted)
def test_components_do_not_depend_on_the_orientation_of_links(linked):
    _, links, _ = build(linked, {}, [None] * N)
    swapped = links.rename({"signature_l": "signature_r", "signature_r": "signature_l"})

    assert_frame_equal(components(links), components(swapped))


def test_a_complete_graph_with_one_conflict_loses_only_one_signature_to_it():
    linked = dict.fromkeys(itertools.combinations(range(5), 2), (1, "model"))
    signatures, links, conflicts = build(linked, {(0, 4): "judgement"}, [None] * N)

    found = partition(cluster(signatures, links, conflicts, subject=SUBJECT))

    assert [found[node] for node in range(5)] == [0, 0, 0, 0, 4]


bits = st.dictionaries(
    pair, st.tuples(st.integers(-12, 12), st.sampled_from(["model", "model", "model", "identifier"])), max_size=24
)


def in_bits(frame):
    return frame.with_columns(pl.col("match_weight") * WEIGHT_SCALE)


def whole(linked, conflicting, id_no, *, order=None):
    """Return what `part` makes of pairs, those at or above 4 bits being links; the others weigh -9 bits where probed."""
    signatures, every, conflicts = build(linked, conflicting, id_no)
    every = in_bits(every)
    if order is not None:
        signatures, every, conflicts = signatures.reverse(), every[order], conflicts.reverse()
    sure = (pl.col("match_weight") >= 4 * WEIGHT_SCALE) | (pl.col("reason") == "identifier")
    grouped = group(signatures, every.filter(sure), conflicts, subject=SUBJECT)
    probed = grouped.probes.join(every.select(*PAIR_KEY, "match_weight"), on=list(PAIR_KEY), how="left")
    return part(
        signatures,
        grouped.kept,
        grouped.refused,
        conflicts,
        subject=SUBJECT,
        probed=probed.with_columns(pl.col("match_weight").fill_null(-9 * WEIGHT_SCALE)),
        near=every.filter(pl.col("reason") == "model"),
    )


@given(bits, apart, id_numbers)
@settings(max_examples=100, deadline=None)
def test_no_partition_and_no_draw_breaks_a_constraint(linked, conflicting, id_no):
    found = whole(linked, conflicting, id_no)
    settled = partition(found.clusters)

    assert sorted(settled) == list(range(N))
    for draw in range(-1, SUBJECT.model.draws):
        moved = found.partition_draws.filter(pl.col("draw") == draw)
        now = settled | partition(moved)
        assert all(now[left] != now[right] for left, right in conflicting)
        for cluster_id in set(now.values()):
            members = [node for node in now if now[node] == cluster_id]
            assert min(members) == cluster_id
            assert len(members) <= 6
            assert len({id_no[node] for node in members} - {None}) <= 1


@given(bits, apart, id_numbers, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_partitions_draws_and_review_do_not_depend_on_the_order_of_rows(linked, conflicting, id_no, random):
    places = list(range(len(linked)))
    random.shuffle(places)

    forth, back = whole(linked, conflicting, id_no), whole(linked, conflicting, id_no, order=places)

    for one, other in zip(forth, back, strict=True):
        assert_frame_equal(one, other)


@given(st.sets(pair, max_size=20))
def test_without_constraints_or_other_pairs_clusters_equal_the_components_of_networkx(edges):
    signatures, links, conflicts = build(dict.fromkeys(edges, (9, "model")), {}, [None] * N)
    loose = SUBJECT.model_copy(update={"max_cluster": N})
    grouped = group(signatures, in_bits(links), conflicts, subject=loose)
    graph = nx.Graph(list(edges))
    graph.add_nodes_from(range(N))

    found = part(signatures, grouped.kept, grouped.refused, conflicts, subject=loose)

    assert partition(found.clusters) == {node: min(nodes) for nodes in nx.connected_components(graph) for node in nodes}
    assert found.review.is_empty()
