"""The tables of the legal entities of the synthetic city; see `engine.city.tables`."""

from __future__ import annotations

import polars as pl

from engine.tables import Table

_INTERVAL = {"valid_from": pl.Date, "valid_to": pl.Date}

FIRMS = Table(
    "firms",
    {
        "firm_id": pl.Int64,
        "cell": pl.Int64,
        "subject_kind": pl.String,
        "form": pl.String,
        "established": pl.Date,
        "ended": pl.Date,
        "revoked": pl.Date,
        "status": pl.String,
        "division": pl.String,
        "township": pl.String,
        "industry": pl.String,
        "capital": pl.Int64,
        "parent_id": pl.Int64,
        "group_id": pl.Int64,
        "scope": pl.String,
    },
    ("firm_id",),
)
"""`subject_kind`: 企业, 社会组织, 事业单位, 政府机构; `form`: 有限责任公司, 股份有限公司, 个人独资企业,
合伙企业, 分公司, 个体工商户, 农民专业合作社, 社会团体, 民办非企业单位, 基金会, 事业单位, 机关, 群团.
`ended`: deregistered; `status`: 存续, 吊销未注销, 吊销已注销, 注销, 歇业. `parent_id`: of a
branch; `group_id`: the firm that leads the group; `capital` in yuan."""

FIRM_NAMES = Table(
    "firm_names",
    {"firm_id": pl.Int64, "name": pl.String, "core": pl.String, **_INTERVAL},
    ("firm_id", "valid_from"),
)
"""`core` is the trade name (字号) inside the name."""

FIRM_IDENTIFIERS = Table(
    "firm_identifiers",
    {"firm_id": pl.Int64, "scheme": pl.String, "identifier": pl.String, **_INTERVAL},
    ("firm_id", "scheme", "valid_from"),
)
"""`scheme`: uscc, org_code, reg_no (15 digits, 13 before 2007), tax_no, licence."""

FIRM_ADDRESSES = Table(
    "firm_addresses",
    {"firm_id": pl.Int64, "address_id": pl.Int64, "township": pl.String, **_INTERVAL},
    ("firm_id", "valid_from"),
)

FIRM_PHONES = Table(
    "firm_phones",
    {"firm_id": pl.Int64, "phone": pl.String, **_INTERVAL, "agency": pl.Boolean},
    ("firm_id", "valid_from"),
)
"""`agency`: the number of a registration agent, shared by many firms."""

FIRM_EVENTS = Table(
    "firm_events",
    {
        "firm_id": pl.Int64,
        "code": pl.String,
        "date": pl.Date,
        "ordinal": pl.Int32,
        "other_firm_id": pl.Int64,
        "person_id": pl.Int64,
        "address_id": pl.Int64,
        "amount": pl.Int64,
        "number": pl.String,
        "detail": pl.String,
    },
    ("firm_id", "code", "date", "ordinal"),
)
"""A true event of a legal entity; `detail` carries the new value of a change (name, type, scope) or the variety.
NAME, the declaration of the name, is 12 days before EST by its nature and no breach of L12."""
