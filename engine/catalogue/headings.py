"""The columns of a catalogue file: their names, and the Chinese headings under which departments write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from engine.errors import InputError
from engine.spelling import nearest

HEADINGS: dict[str, tuple[str, ...]] = {
    "classification": ("信息资源分类", "资源分类"),
    "name": ("信息资源名称", "资源名称"),
    "code": ("信息资源代码", "资源代码"),
    "provider": ("信息资源提供方", "资源提供方"),
    "provider_code": ("信息资源提供方代码", "提供方代码", "资源提供方代码"),
    "summary": ("信息资源摘要", "资源摘要", "摘要"),
    "format": ("信息资源格式", "资源格式", "格式"),
    "items": ("信息项信息", "信息项"),
    "item_name": ("信息项名称",),
    "item_data_type": ("数据类型", "信息项数据类型"),
    "item_length": ("数据长度", "信息项数据长度"),
    "update_cycle": ("更新周期",),
    "sharing_type": ("共享类型", "共享属性"),
    "sharing_condition": ("共享条件",),
    "sharing_method": ("共享方式",),
    "legal_basis": ("不予共享依据", "法律依据"),
    "open": ("是否向社会开放", "开放属性", "是否开放"),
    "open_condition": ("开放条件",),
    "published_on": ("发布日期",),
    "application_system": ("所属应用系统", "应用系统"),
}
"""Each column with its Chinese headings; the first is what an export in Chinese writes."""

ITEM_COLUMNS = ("item_name", "item_data_type", "item_length")
OPTIONAL = {
    "sharing_condition", "sharing_method", "legal_basis", "open_condition", "application_system", "items",
    *ITEM_COLUMNS,
}  # fmt: skip


def recognised(headings: Iterable[str], *, where: str) -> dict[str, str]:
    """Return the column that each heading stands for, by heading; headings of no column are left out.

    Blanks, width, case and an asterisk that marks what must be filled in do not matter.

    Raises:
        InputError: two headings for one column, or a column that is needed is missing; all of them at once.

    >>> list(recognised(["信息资源代码 *", "备注"], where="x.csv").items())
    Traceback (most recent call last):
    engine.errors.InputError: x.csv: no column classification (信息资源分类), name (信息资源名称), ...
    """
    known = {_plain(word): column for column, words in HEADINGS.items() for word in (column, *words)}
    given = list(headings)
    found = {heading: known[_plain(heading)] for heading in given if _plain(heading) in known}
    columns = list(found.values())
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        said = "; ".join(f"{column}: {', '.join(h for h, c in found.items() if c == column)}" for column in twice)
        raise InputError(f"{where}: several headings for one column: {said}", hint="keep one of them")
    missing = [column for column in HEADINGS if column not in columns and column not in OPTIONAL]
    faults = [f"{column} ({HEADINGS[column][0]})" for column in missing]
    if not {"items", "item_name"} & set(columns):
        faults.append("item_name (信息项名称) or items (信息项信息)")
    if {"items", "item_name"} <= set(columns):
        raise InputError(
            f"{where}: both item_name and items; which of them is meant cannot be known", hint="keep one of them"
        )
    if faults:
        unread = [heading for heading in given if heading not in found]
        close = nearest(unread[0], [word for column in missing for word in HEADINGS[column]]) if unread else ""
        close = f"; '{unread[0]}' is not known{close}" if "did you mean" in close else ""
        raise InputError(
            f"{where}: no column {', '.join(faults)}{close}", hint="docs/guide/catalogue.md lists the columns"
        )
    return found


def _plain(heading: str) -> str:
    return re.sub(r"[\s*_]", "", unicodedata.normalize("NFKC", heading)).lower()
