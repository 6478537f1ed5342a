"""The stages from decided links to clusters."""

from __future__ import annotations

from collections.abc import Callable

from engine.pipeline import Flow
from engine.runners.tasks import Parts, Task
from engine.settings import Subject

Tables = dict[str, Parts]
Cells = Callable[[str, Parts], list[Task]]


def cluster_signatures(
    flow: Flow, name: str, subject: Subject, decided: Tables, stars: Tables, accepted: Parts, *, cells: Cells
) -> Tables:
    """Return clusters, review and partition_draws; `cells` makes the tasks that weigh the pairs of a table."""
    of = {"subject": subject}
    common = {"members": stars["members"].all(), "conflicts": decided["conflicts"].all()}
    common |= {"generic": stars["generic"].all()} if "generic" in stars else {}
    linking = {**common, "links": decided["links"].all()}
    grouped = flow.run("cluster", [Task(0, linking, of, lazy=("members",))], subject=name)
    probed = flow.run("probe", cells("probes", grouped["probes"]), subject=name)["probed"]
    parting = {**common, "review": decided["review"].all(), "near": accepted.all(), "probed": probed.all()}
    parting |= {table: grouped[table].all() for table in ("kept", "refused")}
    parting["founders"] = stars["founders"].all()
    return flow.run("part", [Task(0, parting, of, lazy=("members",))], subject=name)
