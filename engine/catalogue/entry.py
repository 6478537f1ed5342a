"""One entry of a catalogue of government information resources: 12 core metadata and one extension.

The metadata are those of 政务信息资源目录编制指南（试行）of 2017 without 关联资源代码, and the extension 所属应用系统.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import polars as pl
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from engine.settings.base import Settings
from engine.values.credit_codes import is_uscc

CODE_FORM = r"^\d\.?\d{2}\.?\d{3}\.?\d*/\d+$"
"""类 of 1 digit, 项 of 2, 目 of 3, 细目 of any number (or none), "/", 顺序码 of any number; points may part them."""


class SharingType(StrEnum):
    """The three classes of sharing; one that is not shared names the law that forbids it."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NOT_SHARED = "not_shared"


class UpdateCycle(StrEnum):
    """How often the steward delivers anew."""

    REAL_TIME = "real_time"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    OTHER = "other"


SHARING_WORDS = {
    SharingType.UNCONDITIONAL: ("无条件共享", "无条件"),
    SharingType.CONDITIONAL: ("有条件共享", "有条件", "受限共享", "受限"),
    SharingType.NOT_SHARED: ("不予共享", "不共享", "not shared"),
}
CYCLE_WORDS = {
    UpdateCycle.REAL_TIME: ("实时", "real time"),
    UpdateCycle.DAILY: ("每日", "每天"),
    UpdateCycle.WEEKLY: ("每周",),
    UpdateCycle.MONTHLY: ("每月",),
    UpdateCycle.QUARTERLY: ("每季度", "每季"),
    UpdateCycle.YEARLY: ("每年",),
    UpdateCycle.OTHER: ("其他", "其它"),
}
OPEN_WORDS = {True: ("是", "开放", "yes", "true", "1"), False: ("否", "不开放", "no", "false", "0")}
"""What may be written for each value; the first is what an export in Chinese writes."""


def _read(words: dict[Any, tuple[str, ...]]) -> BeforeValidator:
    known = {word: value for value, listed in words.items() for word in listed}

    def read(value: Any) -> Any:
        text = value.strip().lower() if isinstance(value, str) else value
        if isinstance(text, str) and text not in known and text not in set(words):
            said = " or ".join(f"{listed[0]} ({key})" for key, listed in words.items())
            raise ValueError(f"is none of {said.replace('True', 'yes').replace('False', 'no')}")
        return known.get(text, text) if isinstance(text, str) else text

    return BeforeValidator(read)


class Item(Settings):
    """An information item 信息项: one column of the resource."""

    name: str = Field(min_length=1, description="信息项名称, unique in the entry")
    data_type: str = Field(min_length=1, description="数据类型, as the steward names it")
    length: str = Field("", pattern=r"^(\d+([,.]\d+)?)?$", description="数据长度, with decimals as `16,2`; or empty")


class Sharing(Settings):
    """共享属性: the class, and what it asks for."""

    type: Annotated[SharingType, _read(SHARING_WORDS)] = Field(description="共享类型")
    condition: str = Field("", description="共享条件; needed where sharing is conditional")
    method: str = Field("", description="共享方式")
    legal_basis: str = Field("", description="不予共享依据: the law or decree; needed where nothing is shared")

    @model_validator(mode="after")
    def _grounds(self) -> Sharing:
        if self.type is SharingType.NOT_SHARED and not self.legal_basis:
            raise ValueError("what is not shared (不予共享) needs its legal basis (不予共享依据, legal_basis)")
        if self.type is SharingType.CONDITIONAL and not self.condition:
            raise ValueError("conditional sharing (有条件共享) needs its condition (共享条件, sharing_condition)")
        return self


class Opening(Settings):
    """开放属性: whether the public may have it, and on what condition."""

    open: Annotated[bool, _read(OPEN_WORDS)] = Field(description="是否向社会开放")
    condition: str = Field("", description="开放条件; empty: none")


class Entry(Settings):
    """An entry: the 12 core metadata in the order of the guide, then the extension. The provider is the steward."""

    classification: str = Field(min_length=1, description="信息资源分类")
    name: str = Field(min_length=1, description="信息资源名称")
    code: str = Field(description="信息资源代码")
    provider: str = Field(min_length=1, description="信息资源提供方")
    provider_code: str = Field(description="信息资源提供方代码")
    summary: str = Field(min_length=1, description="信息资源摘要")
    format: str = Field(min_length=1, description="信息资源格式")
    items: tuple[Item, ...] = Field(min_length=1, description="信息项信息")
    update_cycle: Annotated[UpdateCycle, _read(CYCLE_WORDS)] = Field(description="更新周期")
    sharing: Sharing = Field(description="共享属性")
    opening: Opening = Field(description="开放属性")
    published_on: date = Field(description="发布日期")
    application_system: str = Field("", description="所属应用系统")

    @property
    def steward(self) -> str:
        """Who keeps the resource and answers for its faults: the provider (谁提供、谁负责)."""
        return self.provider

    @field_validator("code")
    @classmethod
    def _formed(cls, code: str) -> str:
        """Return the code without points, so that one code is written in one way."""
        if not re.match(CODE_FORM, code, flags=re.ASCII):
            raise ValueError("is not of the form 类 项 目 细目/顺序码, as 1010010001/1")
        return plain_code(code)

    @field_validator("provider_code")
    @classmethod
    def _credited(cls, code: str) -> str:
        if not _is_credit_code(code.upper()):
            raise ValueError("is no unified social credit code: form or check character is wrong")
        return code.upper()

    @field_validator("items")
    @classmethod
    def _distinct(cls, items: tuple[Item, ...]) -> tuple[Item, ...]:
        twice = [name for name, times in Counter(item.name for item in items).items() if times > 1]
        if twice:
            raise ValueError(f"item names must be unique: {', '.join(twice)} more than once")
        return items


CORE = tuple(name for name in Entry.model_fields if name != "application_system")
EXTENSION = ("application_system",)


SAID = {
    "date_from_datetime_parsing": "is no whole date, as 2019-06-30",
    "date_parsing": "is no whole date, as 2019-06-30",
    "string_pattern_mismatch": "is no whole number, or one with decimals as 16,2",
    "extra_forbidden": "is no metadata of an entry",
}
"""What is said instead of the validator's own words."""


class Read(NamedTuple):
    """An entry, or every reason why there is none."""

    entry: Entry | None
    faults: tuple[str, ...]


def read_entry(raw: dict[str, Any]) -> Read:
    """Return the entry, or all its faults at once, each with the name of the metadata in both languages.

    >>> read_entry({"code": "1/2", "sharing": {"type": "不予共享"}}).faults[1:3]
    ('name (信息资源名称): is missing',
     "code (信息资源代码): is not of the form 类 项 目 细目/顺序码, as 1010010001/1 (got '1/2')")
    """
    try:
        return Read(entry=Entry.model_validate(raw), faults=())
    except ValidationError as error:
        details = error.errors()
    held = {detail["loc"][:1] for detail in details if len(detail["loc"]) > 1}
    told = [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in held]
    return Read(entry=None, faults=tuple(map(_fault, told)))


def _fault(detail: Any) -> str:
    first, *rest = detail["loc"]
    field = Entry.model_fields.get(str(first))
    place = f"{first} ({field.description})" if field else str(first)
    if rest and isinstance(rest[0], int):
        place = f"{place}, item {rest[0] + 1}"
    inner = [str(part) for part in rest if isinstance(part, str)]
    place += f", {inner[-1]}" if inner else ""
    got = detail.get("input")
    if detail["type"] in {"missing", "string_too_short", "too_short"} or got == "":
        return f"{place}: is missing"
    message = SAID.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" + (f" (got {got!r})" if isinstance(got, str | int) else "")


def plain_code(code: str) -> str:
    """Return the code as the catalogue keeps it: without points and blanks around it.

    >>> plain_code("1.01.001.0001/1")
    '1010010001/1'
    """
    return code.strip().replace(".", "")


@lru_cache(maxsize=65_536)
def _is_credit_code(code: str) -> bool:
    """Return whether the code checks; some milliseconds each, so a provider's is checked once."""
    return bool(pl.select(is_uscc(pl.lit(code, pl.String))).item())
