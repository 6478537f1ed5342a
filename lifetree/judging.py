"""Judging: what people say of two records or entities is added to the store's decisions; the next build hears it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import polars as pl

from engine.errors import InputError, StoreError
from engine.settings import Project
from engine.store import Run
from engine.store.decisions import append_decisions, decisions
from engine.tables import RECORD_KEY
from lifetree.lookup import Mention, resolve, spelt
from lifetree.rows import members_of, records_of
from matchers.judgements import WORDS
from matchers.signatures import value_hashes

Key = tuple[str, str, str]
FEW = 200
"""Records that are looked up one by one; of more, the table is scanned once."""


class Act(NamedTuple):
    """Who decided, when (ISO 8601), why, and how it came here: judge, review, sample or import."""

    by: str
    at: str
    reason: str
    via: str = "judge"


class Verdict(NamedTuple):
    """One decision on a pair of records, or on the pairs by which one entity is anchored to another."""

    judgement: str
    subject: str
    one: str
    other: str
    pairs: tuple[tuple[Key, Key], ...]


def verdict(run: Run, project: Project, one: str, other: str, *, judgement: str, subject: str | None = None) -> Verdict:
    """Return a judgement on two references: `source:record_id[:role]` or entity ids.

    An entity is judged by all records of the side that has fewer, each against the founding record of the other side
    (at a tie the smaller id is anchored): they keep to it, or from it, whatever later parts either side.

    Raises:
        StoreError: a reference names nothing in the run, or the two have no subject in common.
        InputError: a record or entity is judged against itself.
    """
    left, right = _mentions(run, project, one, other, subject)
    sides = sorted((_side(run, mention, text) for mention, text in ((left, one), (right, other))), key=_few)
    anchored, (hub, *_) = sides[0], sides[1]
    pairs = tuple((key, hub) for key in anchored if key != hub)
    if set(anchored) & {hub} or not pairs:
        whole = "an entity" if ":" not in one + other else "a record"
        alone = f"{one} and {other} are the same: {whole} is not judged against itself"
        raise InputError(alone, hint="name the two records that you mean, as SOURCE:RECORD_ID")
    return Verdict(judgement, left.subject, one, other, pairs)


def judge(run: Run, project: Project, verdicts: Sequence[Verdict], act: Act, *, kind: str = "judgement") -> list[str]:
    """Add decisions and return their numbers; they are on the disk then.

    Raises:
        InputError: no name or reason is given, or a word is no judgement.
    """
    _check(act, [one.judgement for one in verdicts])
    values = record_values(run, verdicts)
    told = [
        {
            "kind": kind,
            **one._asdict(),
            "pairs": [
                {
                    "l": left,
                    "r": right,
                    "values_l": values.get((one.subject, left)),
                    "values_r": values.get((one.subject, right)),
                }
                for left, right in one.pairs
            ],
            **_of(act),
        }
        for one in verdicts
    ]
    return append_decisions(project.path(project.store), told)


def withdraw(project: Project, named: Sequence[str], act: Act) -> list[str]:
    """Withdraw the judgements on two references, or those with these numbers, and return their numbers.

    The judgements stay in the file, with who withdrew them and why; the next build is as if they were not.

    Raises:
        InputError: none of them stands, or no name or reason is given.
    """
    _check(act, [])
    store = project.path(project.store)
    known = decisions(store)
    gone = {name for one in known if one["kind"] == "withdrawal" for name in one["withdraws"]}
    standing = [one for one in known if one["kind"] != "withdrawal" and one["decision"] not in gone]
    hit = [one["decision"] for one in standing if one["decision"] in named or _about(one, set(named))]
    if not hit:
        nothing = f"no judgement of the store stands on {' and '.join(named)}"
        hint = "`lifetree review PROJECT export` lists those that stand; strike one of the project's file there"
        raise InputError(nothing, hint=hint)
    append_decisions(store, [{"kind": "withdrawal", "withdraws": hit, **_of(act)}])
    return hit


def record_values(run: Run, verdicts: Sequence[Verdict]) -> dict[tuple[str, Key], str]:
    """Return the hash of what was matched of each record that is there, by subject and key."""
    built = run.project(run.folder).subjects
    found = {}
    for subject in sorted({one.subject for one in verdicts}):
        keys = {key for one in verdicts if one.subject == subject for pair in one.pairs for key in pair}
        if len(keys) <= FEW:
            records = records_of(run, subject, [dict(zip(RECORD_KEY, key, strict=True)) for key in sorted(keys)])
        else:
            named = pl.LazyFrame(sorted(keys), schema=dict.fromkeys(RECORD_KEY, pl.String), orient="row")
            records = run.scan("records", subject=subject).join(named, on=list(RECORD_KEY), how="semi").collect()
        for *key, values in value_hashes(records, subject=built[subject]).rows():
            found[subject, (key[0], key[1], key[2])] = values
    return found


def _of(act: Act) -> dict[str, str]:
    return {"decided_by": act.by, "decided_at": act.at, "reason": act.reason, "via": act.via}


def _check(act: Act, words: Iterable[str]) -> None:
    for what, text in (("who decides (--by)", act.by), ("why (--reason)", act.reason)):
        if not text.strip():
            raise InputError(f"a judgement needs to say {what}", hint="nobody can judge a judgement without it")
    for word in words:
        if word not in WORDS:
            raise InputError(f"'{word}' is no judgement", hint=f"say one of {', '.join(WORDS)}")


def _about(one: dict[str, Any], named: set[str]) -> bool:
    if one["kind"] != "judgement":
        return False
    ends = ({_spelt(pair["l"]), _spelt(pair["r"])} for pair in one["pairs"])
    return {one["one"], one["other"]} == named or any(pair == named for pair in ends)


def _spelt(key: Sequence[str]) -> str:
    return spelt(dict(zip(RECORD_KEY, key, strict=True)))


def _mentions(run: Run, project: Project, one: str, other: str, subject: str | None) -> tuple[Mention, Mention]:
    subjects = [subject] if subject else list(project.subjects)
    lefts, rights = (resolve(run, project, reference, subjects=subjects) for reference in (one, other))
    for left in lefts:
        for right in rights:
            if left.subject == right.subject:
                return left, right
    told = f"{one} is a {lefts[0].subject}, {other} is a {rights[0].subject}"
    raise StoreError(told, hint="two records of one subject can be judged")


def _side(run: Run, mention: Mention, reference: str) -> list[Key]:
    """Return the keys of a side, the founding record first."""
    own = (mention.source, mention.record_id, mention.role)
    if ":" in reference:
        return [own]
    rows = members_of(run, mention.subject, mention.entity_id).select(RECORD_KEY).rows()
    return [own, *(key for key in rows if key != own)]


def _few(side: list[Key]) -> tuple[int, Key]:
    return len(side), side[0]
