"""A source: one department's data set, its files, and how their columns become mentions of subjects."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, Literal

from pydantic import Field, field_validator

from engine.settings.base import Settings
from engine.settings.events import EventMapping, RelationMapping, SpellMapping, Witnessing
from engine.settings.fields import Delimiter, Delivery, FieldMapping, Mapped, Names, RowCounts
from engine.settings.modes import Mode, Modes

FileFormat = Literal["csv", "tsv", "jsonl", "parquet", "excel"]
Encoding = Literal["utf-8", "utf-16", "gb18030", "latin-1"]


Cycle = Literal["实时", "每日", "每周", "每月", "每季度", "每学期", "每年", "其他"]


class Item(Settings):
    """A value of the row that cleansing rules read and that is no attribute of a subject."""

    columns: Names = Field(min_length=1, description="the file's column, or several whose values are joined")
    join: str = Field(" ", description="what stands between the values of several columns")
    date_format: str | None = Field(None, description="for a date in an unusual form, its strftime pattern")
    kind: str = Field("text", description="the kind of value: decides cleansing, and which rules concern it")
    values: dict[str, str] = Field(
        {}, description='what the department\'s own codes mean in the terms of the rules: `{ "01" = "HUK.REG" }`'
    )

    def mapping(self) -> FieldMapping:
        """Return where the value comes from."""
        return FieldMapping(columns=self.columns, join=self.join, date_format=self.date_format)


class Mention(Settings):
    """One subject that a row names: a birth row names the child, the mother and the father."""

    subject: str = Field(description="the subject, one of the project's `[subject.NAME]`")
    role: str = Field("", description="the part it plays in the row; empty for the principal")
    business_key: Names = Field((), description="the department's own key of this subject, when the row has one")
    fields: dict[str, Mapped] = Field(
        min_length=1,
        description='the subject\'s attributes and the columns that hold them: `surname = "Last name"`',
    )


class Source(Settings):
    """A department's data set: the keys of `sources/NAME.toml`, or of a `[[source]]` in `lifetree.toml`."""

    name: str = Field(
        pattern=r"^[\w.-]+$", description="unique in the project; in sources/NAME.toml the file's name unless given"
    )
    title: str = Field("", description="what people call it")
    steward: str = Field("", description="the department that answers for it: findings go back there")
    cycle: Cycle | None = Field(None, description="how often it is delivered anew, as a catalogue's update cycle says")
    catalogue: str | None = Field(
        None, description="the code of its entry in a catalogue, against which `lifetree catalog check` holds its files"
    )
    files: Names = Field(
        (),
        description="paths or globs, relative to the project; `${VARIABLE}` is taken from the environment; this or "
        "`uri` is needed",
    )
    uri: str | None = Field(
        None,
        description="instead of files, a database: `postgresql://user@host/database`, or `sqlite:///file.db` relative "
        "to the project; a password only as `${VARIABLE}`",
    )
    table: str | None = Field(None, description="of a database: the table or view, `schema.name` or `name`")
    query: str | None = Field(None, description="of a database, instead of `table`: one SELECT")
    cursor: str | None = Field(
        None,
        description="of a database: a column that grows with every insert and update; a build then reads only the rows "
        "that are new by it and keeps those read before",
    )
    format: FileFormat | None = Field(
        None, description="unset: from the file's suffix (.csv .tsv .jsonl .parquet .xlsx, each also .gz or .zst)"
    )
    encoding: Encoding | None = Field(
        None, description="of CSV, TSV and JSONL; unset: detected, and reported when not UTF-8"
    )
    optional: Names = Field(
        (), description="mapped columns that some of the files may lack; there they count as missing"
    )
    delimiter: Delimiter | None = Field(
        None, description="of CSV; unset: the one among , ; tab | % that splits the header"
    )
    sheet: str | None = Field(None, description="of an Excel file; unset: the first")
    key: Names = Field(
        (),
        description="the column(s) that identify a row, blanks around their texts left out; without them, a hash "
        "of the whole row",
    )
    mode: Modes = Field(
        "append",
        description="what a delivery says of the records before it. `append`: rows add records, or newer versions of "
        "them. `delta`: the same, but where its `op` says so a row withdraws its record. `replace`: it is the whole "
        "source, and what was delivered before counts no more. Of several deliveries a table by file name or glob, of "
        'which the first that fits counts, else `append`: `{"full*.csv" = "replace", "day*.csv" = "delta"}`',
    )
    op: str | None = Field(
        None,
        description="the column of a `delta` delivery that says what its row does: U, I, update or insert, that it "
        "adds or replaces; D or delete, that it withdraws",
    )
    delivered_at: Delivery | None = Field(
        None,
        description="the delivery's date, ISO 8601, never the clock; of several deliveries a table of dates by file "
        'name or glob, of which the first that fits counts: `{"jan.csv" = "2024-01-31", "feb*.csv" = "2024-02-29"}`',
    )
    declared_rows: RowCounts | None = Field(
        None,
        description="the rows that a file holds by what the department says, held against those that were read (rule "
        'I5); of several files a table by file name or glob: `{"jan.csv" = 1200, "feb*.csv" = 1250}`',
    )
    recorded_at: Mapped | None = Field(
        None,
        description="the column with the department's own record time; without an offset it is taken as UTC",
    )
    mentions: tuple[Mention, ...] = Field(
        min_length=1,
        alias="mention",
        description="one `[[mention]]` (or `[[source.mention]]`) per subject that a row names",
    )
    items: dict[str, Item] = Field(
        {},
        description="values of the row that rules read, by the name that rules know: "
        '`amount = { columns = "金额", kind = "amount" }`',
    )
    required: Names = Field(
        (), description="attributes of the principal, or items, without which a row is incomplete (rule I1)"
    )
    events: tuple[EventMapping, ...] = Field(
        (), alias="event", description="one `[[event]]` (or `[[source.event]]`) per event that a row witnesses"
    )
    relations: tuple[RelationMapping, ...] = Field(
        (), alias="relation", description="one `[[relation]]` (or `[[source.relation]]`) per tie between its mentions"
    )
    spells: tuple[SpellMapping, ...] = Field(
        (), alias="spell", description="one `[[spell]]` (or `[[source.spell]]`) per residence that a row states"
    )

    @field_validator("declared_rows", "mode", mode="before")
    @classmethod
    def _in_order(cls, value: Any) -> Any:
        """Return a table as pairs, of which the order is part."""
        return tuple(value.items()) if isinstance(value, dict) else value

    def place(self) -> str:
        """Return where its rows come from, in the project's own words: no variable is filled in."""
        return f"{self.uri}, {self.table or 'query'}" if self.uri else ", ".join(self.files)

    def delivery_of(self, file: PurePath) -> str | None:
        """Return when a file was delivered: the date of the first name or glob that fits; None where none does."""
        if self.delivered_at is None or isinstance(self.delivered_at, str):
            return self.delivered_at
        return next((date for pattern, date in self.delivered_at if file.match(pattern)), None)

    def mode_of(self, file: PurePath) -> Mode:
        """Return the mode of a delivered file: that of the first name or glob that fits, else append."""
        if isinstance(self.mode, str):
            return self.mode
        return next((mode for pattern, mode in self.mode if file.match(pattern)), "append")

    def op_of(self, file: PurePath) -> str | None:
        """Return the column that says what a row of a file does; None where it is no delta."""
        return self.op if self.mode_of(file) == "delta" else None

    def settled(self, file: PurePath) -> Source:
        """Return the source with the mode and the delivery date of one file, wherever that lies."""
        return self.model_copy(update={"mode": self.mode_of(file), "delivered_at": self.delivery_of(file)})

    def declared_rows_of(self, file: PurePath) -> int | None:
        """Return how many rows a file should hold: by the first name or glob that fits; None where none does."""
        if self.declared_rows is None or isinstance(self.declared_rows, int):
            return self.declared_rows
        return next((rows for pattern, rows in self.declared_rows if file.match(pattern)), None)

    def columns(self) -> tuple[str, ...]:
        """Return every column of the file that the mapping reads, in first-use order."""
        used = [*self.key, *(self.recorded_at.columns if self.recorded_at else ())]
        for mention in self.mentions:
            used += mention.business_key
            used += [column for field in mention.fields.values() for column in field.columns]
        used += [column for item in self.items.values() for column in item.columns]
        told: tuple[Witnessing, ...] = (*self.events, *self.relations, *self.spells)
        used += [column for one in told for column in one.columns()]
        return tuple(dict.fromkeys(used))
