"""Parts of blocking rules that fit an attribute's kind, and the rules that two of them make."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import polars as pl

from engine.expressions import compile_expression
from engine.hashing import hash64, joined
from engine.settings import Subject

_PARTS = {
    "name": ("{}", "reading({})", "soundex({})", "tokens({})", "substr({}, 1, 3)", "substr({}, 1, 1)"),
    "organisation": ("{}", "plain_company({})", "tokens({})", "substr({}, 1, 4)"),
    "text": ("{}", "tokens({})", "substr({}, 1, 7)", "substr({}, 1, 4)"),
    "address": ("{}", "digits({})", "substr({}, 1, 6)"),
    "date": ("{}", "substr({}, 1, 7)", "substr({}, 6, 5)", "year({})"),
    "phone": ("{}", "substr({}, 1, 7)"),
    "email": ("{}", "substr({}, 1, strpos({}, '@'))"),
    "postcode": ("{}", "substr({}, 1, 3)"),
    "sex": ("{}",),
    "code": ("{}",),
}
_OTHER = ("{}", "substr({}, 1, 6)")
_NEAR = {
    "name": ("deletions({})", "metaphone({})"),
    "organisation": ("minhash({})", "deletions({})"),
    "text": ("deletions({})", "soundex({})"),
    "address": ("minhash({})", "tokens({})"),
    "date": ("deletions({})",),
    "phone": ("deletions({})",),
    "email": ("deletions({})", "substr({}, 1, 4)"),
    "postcode": ("deletions({})",),
    "code": ("deletions({})",),
}
"""What near values share besides: parts of suggested rules, too many keys for a search of all."""


class Part(NamedTuple):
    """An expression over one attribute."""

    text: str
    attribute: str


def parts(subject: Subject, *, near: bool = False) -> tuple[Part, ...]:
    """Return what rules can be made of, for every identity attribute by its kind, in the project's order.

    With `near` the keys of values that are one slip apart or mostly alike are among them.
    """
    kinds = {name: subject.attributes[name].kind for name in subject.identity_attributes()}
    return tuple(
        Part(form.replace("{}", name), name)
        for name, kind in kinds.items()
        for form in (*_PARTS.get(kind, _OTHER), *(_NEAR.get(kind, ()) if near else ()))
    )


def rules_of(found: tuple[Part, ...]) -> Iterator[tuple[str, ...]]:
    """Yield every rule of one part, then every rule of two parts over different attributes.

    >>> list(rules_of((Part("a", "a"), Part("year(a)", "a"), Part("b", "b"))))
    [('a',), ('year(a)',), ('b',), ('a', 'b'), ('year(a)', 'b')]
    """
    yield from ((one.text,) for one in found)
    yield from ((one.text, other.text) for one, other in combinations(found, 2) if one.attribute != other.attribute)


def part_values(signatures: pl.DataFrame, part: Part, *, subject: Subject) -> pl.DataFrame:
    """Return signature_id and `key`, the hash of a value of the part; a list gives a row per item, null none."""
    wide = compile_expression(part.text, columns=subject.identity_attributes()).append_to(signatures, name=" value")
    values = wide.select("signature_id", " value")
    if isinstance(values.schema[" value"], pl.List):
        values = values.explode(" value")
    told = values.filter(pl.col(" value").cast(pl.String).str.contains(r"\S"))
    return told.select("signature_id", key=hash64(joined([pl.lit(part.text), " value"]))).unique(maintain_order=True)
