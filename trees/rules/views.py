"""What the rules of the entity phase look at: the views, their columns and what each says."""

from __future__ import annotations

from typing import NamedTuple


class View(NamedTuple):
    """A table of texts that tests read: a sentence of what a row is, and its columns."""

    text: str
    columns: dict[str, str]


_RECORD = {
    "subject": "of the mention that a finding is about",
    "source": "the source whose record it is",
    "record_id": "the record that a finding is about",
    "role": "the part that the mention plays in it",
    "about": "what a finding names as its field",
    "entity_id": "the entity that the mention was resolved to",
    "recorded_at": "when the department recorded it",
}

ENTITY_VIEWS: dict[str, View] = {
    "held": View(
        "a record's value of an attribute of which its entity has several values",
        _RECORD
        | {
            "about": "the attribute",
            "kind": "the attribute's kind of value",
            "value": "the value of the record",
            "most": "the value that most sources bear, at a tie the most trusted one's; void values apart",
            "agrees": "yes where the two are one value: equal as they are matched, a date in fewer parts, a name "
            "written with variant characters, cut at a field's width or not stored in full",
            "changed": "yes where a change explains the difference: a record tells the value as a former one, or a "
            "trusted source, or one of several that bear it, told one of the two first and then the other",
            "void": "yes where the subject's settings call the value void",
            "tellers": "how many sources bear the value",
            "others": "how many other sources bear what most say",
            "identifier": "yes where the attribute is an identifier that each has one of",
            "borne": "yes where another entity bears the value too",
        },
    ),
    "shared": View(
        "a record's value that also an entity bears to which it belongs more surely",
        _RECORD
        | {
            "about": "the identifier; where they share a set of values the first identifier; where `agreed` is named, "
            "the attribute with the name",
            "agreed": "what the two share: identifier; sufficient, a set that makes records one; described, name and "
            "first date; named, first identifier and first date of the owner under another name",
            "value": "the shared value; of a set all its values",
            "number": "the first identifier of the entity",
            "called": "the name in the record: what first contradicts the first identifier",
            "born": "the first date in the record",
            "lone": "yes where a single source knows the entity",
            "owner": "the entity to which the value belongs: none of its other values has more sources, and of such "
            "entities the one at which the most trusted source bears it",
            "owner_number": "the first identifier of the owner",
            "owner_called": "the name of the owner",
            "owner_born": "the first date of the owner",
            "bearers": "how many entities bear the value",
            "own_records": "how many records of any source are about the entity, and do not just name it",
            "same": "yes where the record tells the first date of the owner and no other name: one subject, held apart",
        },
    ),
    "events": View(
        "a record's word on an event that came after the end of its entity",
        _RECORD
        | {
            "about": "the code of the event",
            "date": "the day of the event",
            "died": "the day of the death, of two over a year apart the later; missing where a single source tells of "
            "it and the person was seen later",
            "closed": "the day of the deregistration, unless it was restored later",
            "revoked": "the day on which the licence was revoked, unless it was restored later",
            "days_after_death": "days from the death to the event",
            "days_after_closing": "days from the deregistration to the event",
            "days_after_revocation": "days from the revocation to the event",
        },
    ),
    "relations": View(
        "a record's word on a tie between two of its mentions: the one that it is about, and the one that it names",
        _RECORD
        | {
            "role": "the part that the named one plays in it",
            "about": "the type of the tie",
            "entity_id": "the named entity; missing where the mention is unresolved",
            "own": "the entity that the record is about",
            "direction": "from where the tie goes out from the one that the record is about, else to",
            "named_records": "how many records of any source are about the named entity",
            "identified": "yes where the record gives the named one an identifier, no where it tells less: another may "
            "have had the name before",
            "valid_from": "the day on which the tie begins",
            "valid_to": "the first day on which it no longer holds",
            "itself": "yes where both ends are one entity",
            "cycle": "yes where ties of the type lead from an entity back to itself",
            "years_apart": "whole years from the birth of `from` to that of `to`; missing unless both days are known",
            "answered": "of a tie that reads the same both ways: yes where a record about the named one names the "
            "other; no where those name others only, who all name the named one too; unsure where one of those does "
            "not; missing where there are none",
            "claimed": "how many others' records name the one that the record is about whom no record about it names",
            "partner": "whom a record about the named one names",
            "rivals": "how many others the records about one name in the same role of the same type",
            "ended_from": "the day of the end of `from`: death or deregistration",
            "ended_to": "the day of the end of `to`",
            "days_before_birth": "days from the beginning of the tie to the later birth or founding of its ends; "
            "that of the named one counts where it is identified",
            "days_after_end": "days from the earlier end of its ends, in the same way, to the beginning of the tie",
            "days_beyond_end": "days from that to the end of the tie",
            "days_open_after_end": "days that an open tie was told after the end of `from`",
        },
    ),
    "rows": View(
        "a record of an entity that its source holds several times, that a current register holds after its end, or "
        "that no record is about",
        _RECORD
        | {
            "about": "business_key; record_id where the source is a register, or no record is about the entity",
            "register": "yes where the source tells of no event: it holds each subject once",
            "tells": "hukou where the source is the register of hukou, else missing",
            "key": "the department's key of the subject, in a register the key of the row",
            "keys": "how many keys the source has for the entity in this role",
            "kept_key": "the key of the record that was recorded last",
            "delivered_at": "when the record was delivered",
            "nameless": "yes where the record tells neither a name nor an identifier: twins look like that",
            "own_records": "how many records of any source are about the entity, and do not just name it",
            "ended": "the day of the entity's death or deregistration",
            "days_after_end": "days from that to the delivery",
        },
    ),
}
"""The views by name. Every column is a text; a number of days, years or records is a decimal one, null is unknown."""
