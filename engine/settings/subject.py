"""A subject: the unit that a model resolves, such as a person, a firm or a restaurant."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from engine.settings.base import Settings
from engine.settings.fields import Names

Survivorship = Literal["trusted", "frequent", "recent", "longest"]


class Attribute(Settings):
    """One attribute of a subject. A plain text stands for `kind`."""

    kind: str = Field("text", description="the kind of value: decides cleansing and the form that is matched")
    title: str = Field("", description="what people call it")
    identity: bool = Field(
        True, description="whether it tells subjects apart; otherwise it is carried to the profile only"
    )
    implied: str | None = Field(
        None,
        description="an expression over other attributes whose value stands in for a missing one where subjects are "
        "matched, such as `substr(uscc, 9, 9)`; the profile does not show it",
    )
    void_when: str | None = Field(
        None,
        description="an expression over the attributes; where it is true, subjects are not matched by this value: a "
        "default such as `birth_date = '1900-01-01'`, or somebody else's number; the profile keeps it",
    )
    survivorship: tuple[Survivorship, ...] = Field(
        ("trusted", "frequent", "recent", "longest"),
        description="which of several values the profile shows: rules in order, each breaking the ties of those before",
    )
    trust: Names = Field(
        (), description="sources in order of trust for the rule `trusted`; the others follow as equals"
    )


class BlockingRule(Settings):
    """What makes a candidate pair: signatures that agree on every expression. A plain text or list stands for `on`."""

    on: Names = Field(
        min_length=1,
        description="attributes or expressions over them, such as `substr(surname, 1, 3)`; "
        "one that yields a list (`tokens(name)`) gives a key per item",
    )
    max_block: int = Field(
        2_000, ge=2, description="a block of more signatures is demoted: listed as generic, not compared"
    )
    refine: Names = Field(
        (),
        description="attributes or expressions that cut a block of more than `max_block` signatures before it is "
        "demoted: by the first, what is still too large by the second also, and so on; "
        "signatures without the value stay demoted",
    )

    @property
    def name(self) -> str:
        """The rule as text; it names the rule in every table and message."""
        return " & ".join(self.on)


class Comparison(Settings):
    """Evidence of one kind, graded into levels: null, else, near …, exact."""

    name: str = Field("", description="unset: the attribute's name")
    attribute: Names = Field(min_length=1, description="the attribute compared; some kinds take several")
    kind: str = Field("exact", description="one of the registered comparisons (`lifetree catalog comparisons`)")
    thresholds: tuple[float, ...] = Field((), description="of the near levels, nearest first; unset: the kind's own")
    term_frequency: bool = Field(False, description="whether agreement on a rare value weighs more")

    @property
    def label(self) -> str:
        """The name that stands in tables: given, or made of the attributes."""
        return self.name or "_".join(self.attribute)


class Identifier(Settings):
    """An attribute that an authority gives to one subject only: agreement links, unless it is contradicted."""

    attribute: str = Field(description="the attribute that holds it")
    contradicted_by: Names = Field(
        (),
        description="comparisons: when the first finds else, or any two do, "
        "the identifier does not link but goes to the conflict queue",
    )
    alias: str | None = Field(
        None,
        description="the attribute with a former value of what the first of `contradicted_by` compares, such as a "
        "former name: two values that a record bears together with this identifier contradict nothing",
    )
    former: str | None = Field(
        None,
        description="the attribute with the value that was in force before, as a change that a department delivers "
        "tells it: a record that bears both ties the bearers of either",
    )
    exclusive: bool = Field(
        True, description="whether two different values keep two signatures apart; only a judgement unites them"
    )
    unsure_when: str | None = Field(
        None,
        description="an expression over the attributes; where it is true, the value links but keeps nothing apart: "
        "a number without a check character may be mistyped",
    )


class Stratum(Settings):
    """Signatures whose pairs are weighed by a model of their own, learnt on them alone."""

    name: str = Field(min_length=1, description="what people call it")
    when: str = Field(
        description="an expression over the attributes that tells who belongs to it, such as `birth_certificate is not "
        "null`; a pair is weighed by the first stratum that both belong to, else by the subject's model"
    )


class Caution(Settings):
    """Pairs that a person decides: twins, who agree on all but the given name, or members of one household."""

    name: str = Field(description="the reason that stands in `review`, such as `possible twins`")
    agree: Names = Field(min_length=1, description="expressions over the attributes on which both agree")
    agree_any: Names = Field((), description="expressions of which both agree on one at least; unset: nothing more")
    differ: Names = Field((), description="expressions that are known of both and differ")
    links: bool = Field(
        False,
        description="whether the model may link such a pair; those below its threshold go to review either way",
    )

    def expressions(self) -> tuple[str, ...]:
        """Return every expression once."""
        return tuple(dict.fromkeys((*self.agree, *self.agree_any, *self.differ)))


class Model(Settings):
    """Calibration and decision of a subject."""

    calibration: str | None = Field(
        None,
        description="a calibration file, relative to the project, or `shipped` for the one that comes with lifetree; "
        "unset: `build` trains one",
    )
    threshold: float = Field(
        4.0, description="pairs at or above this match weight (log2 odds) are linked; at 4.0 the odds are 16 to 1"
    )
    false_links: float | None = Field(
        None,
        gt=0,
        description="sets the threshold in place of `threshold`: the lowest at which the model expects at most so many "
        "false links per million records; it follows the data as it grows",
    )
    review: float | None = Field(None, description="pairs from here up to `threshold` go to review; unset: none")
    split: float = Field(
        -4.0,
        le=0,
        description="two groups of signatures that links tie stay apart when the mean match weight of the pairs "
        "between them is below this, and that of the pairs within each as far above even odds; at -1000: never",
    )
    draws: int = Field(
        20, ge=0, description="partitions drawn over the uncertain pairs (`partition_draws`), for the doubt in counts"
    )
    doubt: float = Field(
        0.02,
        gt=0,
        lt=0.5,
        description="a pair is uncertain when its probability lies between this and one minus this",
    )
    training: tuple[Names, ...] = Field(
        (),
        description="lists of attributes: EM is run on the pairs that agree on each list in turn; "
        "unset: drawn from the blocking rules",
    )
    sample: int = Field(
        100_000, ge=100, description="signatures that training reads at most, sampled by the hash of their id"
    )


def _as_kind(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


def _as_rule(value: Any) -> Any:
    return {"on": value} if isinstance(value, str | list) else value


def _as_rules(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


class Subject(Settings):
    """What is resolved, and how."""

    title: str = Field("", description="what people call it")
    attributes: dict[str, Annotated[Attribute, BeforeValidator(_as_kind)]] = Field(
        description="the subject's attributes, by name"
    )
    sufficient: tuple[Names, ...] = Field(
        (),
        description="sets of attributes that make records with equal values one signature "
        'without comparison, such as `[["id_no"]]`',
    )
    founding: tuple[Names, ...] = Field(
        (),
        description='sets of attributes, such as `[["id_no"], ["name", "birth_date"]]`: records of which none bears '
        "a whole set make no entity and stay unresolved, unless they join one; unset: any record makes one",
    )
    identifiers: tuple[Identifier, ...] = Field((), alias="identifier", description="strong identifiers")
    blocking: Annotated[tuple[Annotated[BlockingRule, BeforeValidator(_as_rule)], ...], BeforeValidator(_as_rules)] = (
        Field(
            min_length=1,
            description="one `[[subject.NAME.blocking]]` per rule; a pair is proposed when any rule agrees",
        )
    )
    comparisons: tuple[Comparison, ...] = Field(
        min_length=1, alias="comparison", description="one `[[subject.NAME.comparison]]` each"
    )
    cautions: tuple[Caution, ...] = Field(
        (),
        alias="caution",
        description="one `[[subject.NAME.caution]]` each: pairs that go to review by what they share",
    )
    model: Model = Field(Model(), description="calibration and thresholds")
    strata: tuple[Stratum, ...] = Field(
        (), alias="stratum", description="one `[[subject.NAME.stratum]]` per further model, tried in order"
    )
    pairs: Literal["all", "between_sources"] = Field(
        "all",
        description="`between_sources`: each source holds a subject once, "
        "so only records of different sources are compared",
    )
    pair_budget: int | None = Field(
        None,
        ge=1,
        description="the build stops before the join when the rules would compare more pairs; "
        "unset: 30 for each record, and at least 50,000,000",
    )
    max_cluster: int = Field(1_000, ge=2, description="a larger component of signatures is refined until it is smaller")

    def identity_attributes(self) -> tuple[str, ...]:
        """Return the attributes that a signature is made of, in the project's order."""
        return tuple(name for name, attribute in self.attributes.items() if attribute.identity)

    def void(self) -> dict[str, str]:
        """Return the expression of each identity attribute that says when its value is void."""
        return {name: one.void_when for name, one in self.attributes.items() if one.identity and one.void_when}

    def implied(self) -> dict[str, str]:
        """Return the expression of each identity attribute that others imply."""
        return {name: one.implied for name, one in self.attributes.items() if one.identity and one.implied}
