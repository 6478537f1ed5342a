"""Likeness of whole names from 0 to 1, word by word: of persons and of firms, in any script that can be spelt in Latin.

Each word of one name is paired with the word of the other that is most like it. Words are alike when few letters
differ, when one is a nickname of the other, its initial, or sounds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import polars as pl

from engine.values.folds import fold_apostrophes, words_only
from engine.values.latin_companies import latin_company_core
from engine.values.latin_letters import latin_letters
from engine.values.nicknames import formal_names
from engine.values.phonetics import metaphone
from engine.values.western_names import without_titles
from matchers.comparisons.kernel import measure, metric

ALIKE = 0.7
"""Share of letters from which two words are taken for spellings of one."""

NICKNAME, SOUND, INITIAL = 0.9, 0.85, 0.8
"""What a word counts whose other is a nickname, sounds the same, or is its initial."""

EXTRA = 0.25
"""What a word weighs that only one name has, such as a middle name; two that contradict each other weigh 1."""

LONE = 0.6
"""What is left of the likeness when names of several words have a single word in common."""

CONTRADICTED = 0.7
"""The most that names of persons are alike of which a word contradicts another: the longer part may be the family's."""

PARTICLES = frozenset("al el bin ben ibn bint binti de del di da dos la le van der den von ter ten und y e".split())
"""Words of names of persons that are written or left out, and tell nothing."""

PERSON, COMPANY = "person_likeness", "company_likeness"

Words = list[str]
Found = dict[tuple[str, str], float]


class Paired(NamedTuple):
    """The likeness of each pair of words that were taken together, and the words left on both sides."""

    likeness: list[tuple[str, str, float]]
    left: Words
    right: Words


@metric(PERSON)
def person_likeness(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the likeness of names of persons: words in any order, titles left out, missing given names cheap.

    >>> pair = pl.Series(["Dr. Bill Smith"]), pl.Series(["SMITH, William"])
    >>> person_likeness(*pair).to_list()
    [0.95]
    """
    return _likeness(left, right, without_titles, _person)


@metric(COMPANY)
def company_likeness(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the likeness of names of firms: by letters, legal forms left out, numbers must agree.

    >>> pair = pl.Series(["Harbour Trading Ltd"]), pl.Series(["Harbor Trading Limited"])
    >>> company_likeness(*pair).round(2).to_list()
    [0.93]
    """
    return _likeness(left, right, latin_company_core, _company)


def _likeness(
    left: pl.Series,
    right: pl.Series,
    strip: Callable[[pl.Expr], pl.Expr],
    score: Callable[[Words, Words, Found], float],
) -> pl.Series:
    sides = pl.DataFrame({"a": left, "b": right}).select(
        strip(_plain(pl.col(side))).fill_null(_plain(pl.col(side))).str.split(" ") for side in "ab"
    )
    rows = sides.rows()
    found = _found({(a, b) for one, other in rows if one and other for a in one for b in other})
    scores = [score(one, other, found) if one and other else None for one, other in rows]
    return pl.Series("measure", scores, dtype=pl.Float64)


def _plain(expr: pl.Expr) -> pl.Expr:
    spelt = fold_apostrophes(latin_letters(expr)).str.replace_all("&", " and ", literal=True)
    return words_only(spelt.str.replace_all(r"\b(\p{L})\.", "${1}")).replace("", None)


def _found(pairs: set[tuple[str, str]]) -> Found:
    """Return the likeness of the pairs of words that are alike."""
    frame = pl.DataFrame(sorted(pairs), schema={"a": pl.String, "b": pl.String}, orient="row")
    longest = pl.max_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars())
    shortest = pl.min_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars())
    digits = pl.col("a").str.contains(r"\d") | pl.col("b").str.contains(r"\d")
    common = formal_names(pl.col("a")).list.set_intersection(formal_names(pl.col("b"))).list.len() > 0
    spelt = 1 - pl.col("edits") / longest
    initial = (shortest == 1) & (pl.col("a").str.slice(0, 1) == pl.col("b").str.slice(0, 1))
    sounds = (metaphone(pl.col("a")) == metaphone(pl.col("b"))) & (shortest >= 4)
    likeness = (
        pl.when(pl.col("a") == pl.col("b"))
        .then(1.0)
        .when(digits)
        .then(0.0)
        .otherwise(
            pl.max_horizontal(
                pl.when((spelt >= ALIKE) & (shortest >= 3)).then(spelt).otherwise(0.0),
                pl.when(common).then(NICKNAME).otherwise(0.0),
                pl.when(sounds).then(SOUND).otherwise(0.0),
                pl.when(initial).then(INITIAL).otherwise(0.0),
            )
        )
    )
    graded = frame.with_columns(edits=measure(frame["a"], frame["b"], metric="damerau_levenshtein"))
    return {(a, b): value for a, b, value in graded.select("a", "b", value=likeness).filter(pl.col("value") > 0).rows()}


def _paired(one: Words, other: Words, found: Found) -> Paired:
    """Return the words paired greedily, the most alike first, after words written as one or apart were joined."""
    one, other = _joined(one, other), _joined(other, one)
    left, right, taken = list(one), list(other), []
    for a, b in _by_likeness(one, other, found):
        if a in left and b in right:
            taken.append((a, b, 1.0 if a == b else found[a, b]))
            left.remove(a)
            right.remove(b)
    return Paired(taken, left, right)


def _by_likeness(one: Words, other: Words, found: Found) -> Iterator[tuple[str, str]]:
    pairs = [(1.0 if a == b else found.get((a, b), 0.0), a, b) for a in one for b in other]
    return ((a, b) for likeness, a, b in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])) if likeness > 0)


def _joined(words: Words, others: Words) -> Words:
    """Return the words, two neighbours as one where the other name has them so."""
    result: Words = []
    for word in words:
        if result and result[-1] + word in others:
            result[-1] += word
        else:
            result.append(word)
    return result


def _person(one: Words, other: Words, found: Found) -> float:
    if "".join(one) == "".join(other):
        return 1.0
    paired = _paired(_telling(one), _telling(other), found)
    if not paired.likeness:
        return 0.0
    against = min(len(paired.left), len(paired.right))
    extra = max(len(paired.left), len(paired.right)) - against
    total = sum(likeness for *_, likeness in paired.likeness)
    share = total / (len(paired.likeness) + against + EXTRA * extra)
    whole = len(paired.likeness) > 1 or not paired.left + paired.right
    share = share if whole else share * LONE
    return min(share, CONTRADICTED) if against else share


def _telling(words: Words) -> Words:
    """Return the words without particles; a name of particles alone is what it is."""
    return [word for word in words if word not in PARTICLES] or words


def _company(one: Words, other: Words, found: Found) -> float:
    if "".join(one) == "".join(other):
        return 1.0
    paired = _paired(one, other, found)
    numbers = [word for word in paired.left + paired.right if word.isdigit()]
    letters = sum(map(len, one + other))
    common = sum((len(a) + len(b)) * likeness for a, b, likeness in paired.likeness)
    acronym = any(len(short) == 1 and short[0] == _initials(long) for short, long in ((one, other), (other, one)))
    return NICKNAME if acronym else (common / letters) * (LONE if numbers else 1.0)


def _initials(words: Words) -> str | None:
    return "".join(word[0] for word in words) if len(words) >= 3 else None
