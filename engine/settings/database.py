"""A source in a database: which settings belong together, how its URI is filled in, and no password in the project."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus, urlencode, urlsplit

from engine.spelling import nearest

if TYPE_CHECKING:
    from engine.settings.source import Source

SCHEMES = ("postgresql", "sqlite")
SECRET = ("password", "sslpassword")
"""The parameters of a URI that no message shows."""

HIDDEN = "***"
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_WHOLE_PASSWORD = re.compile(r"(?<=:)\$\{(\w+)\}(?=@)|(?:(?<=[?&]password=)|(?<=[?&]sslpassword=))\$\{(\w+)\}")
_USER_PASSWORD = re.compile(r"(://[^@/?#:\s]*:)(\S*)(?=@)")
_PARAMETER = re.compile(r"((?:ssl)?password=)[^&\s'\"]*", re.IGNORECASE)
_OF_FILES = ("format", "encoding", "delimiter", "sheet", "optional", "declared_rows")
_OF_DATABASES = ("table", "query", "cursor")


class Address(NamedTuple):
    """Where a database is: the URI to connect with, and the texts in it that no message shows."""

    uri: str
    secrets: tuple[str, ...]


def filled(text: str) -> str:
    """Return a text with `${VARIABLE}` filled in from the environment; one that is not set stays as it is."""
    return _VARIABLE.sub(lambda found: os.environ.get(found[1], found[0]), text)


def address(uri: str) -> Address:
    """Return the address that a configured URI stands for.

    A variable that is the whole password is taken as it is; any other text is URI text, percent-encoded where needed.

    Raises:
        ValueError: the URI cannot be taken apart; the message shows nothing of it.
    """
    plain = _WHOLE_PASSWORD.sub(lambda found: quote(os.environ.get(found[1] or found[2], found[0]), safe=""), uri)
    parts = urlsplit(filled(plain))
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError("an @ stands behind the host; in a password write / ? # @ as %2F %3F %23 %40")
    user, at, host = parts.netloc.rpartition("@")
    name, colon, password = user.partition(":")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    secrets = {unquote(password), *(value for key, value in pairs if key in SECRET)} - {""}
    netloc = name + colon + quote(unquote(password), safe="") + at + host
    whole = f"{parts.scheme}://{netloc}{parts.path}" + (f"?{urlencode(pairs)}" if pairs else "")
    shown = {form for secret in secrets for form in (secret, quote(secret, safe=""), quote_plus(secret))}
    return Address(whole, tuple(sorted(shown, key=len, reverse=True)))


def identity(uri: str) -> str:
    """Return what tells a database from others: the filled URI without user, password and other secrets."""
    parts = urlsplit(address(uri).uri)
    pairs = [(key, value) for key, value in parse_qsl(parts.query) if key not in (*SECRET, "user")]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}?{urlencode(pairs)}"


def redacted(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Return a text without the secrets, and without what looks like the password of a URI.

    >>> redacted("no such host: postgresql://ann:hush@db/x")
    'no such host: postgresql://ann:***@db/x'
    """
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return _PARAMETER.sub(rf"\1{HIDDEN}", _USER_PASSWORD.sub(rf"\1{HIDDEN}", text))


def delivery_faults(source: Source) -> Iterator[str]:
    """Yield what is wrong with how a source says where its rows are."""
    where = f"source {source.name}"
    if bool(source.files) == bool(source.uri):
        yield f"{where}: " + ("files and uri exclude each other" if source.uri else "'files' or 'uri' is missing")
    yield from (f"{where}: {fault}" for fault in (_database_faults(source) if source.uri else _file_faults(source)))


def _file_faults(source: Source) -> Iterator[str]:
    for name in _OF_DATABASES:
        if getattr(source, name):
            yield f"'{name}' is of a database; it needs `uri`"
    mapped = source.columns() if source.optional else ()
    for name in source.optional:
        if name in source.key:
            yield f"optional: '{name}' is the key, which every file needs"
        elif name not in mapped:
            yield f"optional: '{name}' is mapped nowhere{nearest(name, mapped)}"


def _database_faults(source: Source) -> Iterator[str]:
    for name in _OF_FILES:
        if getattr(source, name):
            yield f"'{name}' is of files; a source with `uri` has none"
    if bool(source.table) == bool(source.query):
        yield "table and query exclude each other" if source.table else "'table' or 'query' is missing"
    if not (source.delivered_at is None or isinstance(source.delivered_at, str)):
        yield "delivered_at: a database has no files; give one date, or none"
    if source.cursor and source.key and source.cursor not in source.key and source.recorded_at is None:
        yield "cursor: of two versions of a record the later is not known; set `recorded_at` too"
    yield from (f"uri: {fault}" for fault in _uri_faults(source.uri or ""))


def _uri_faults(uri: str) -> Iterator[str]:
    if any(_VARIABLE.sub("", text) for text in _passwords(uri)):
        yield "a password stands in it; write `${VARIABLE}` in its place and set that in the environment"
    if _VARIABLE.search(filled(uri)):
        return
    try:
        scheme = urlsplit(address(uri).uri).scheme
    except ValueError as error:
        yield str(error) if "@" in str(error) else "it cannot be taken apart; write scheme://user@host:port/database"
        return
    if scheme not in SCHEMES:
        yield f"unknown scheme '{scheme}'{nearest(scheme, SCHEMES)}" if scheme else "no scheme, such as sqlite:///"


def _passwords(uri: str) -> Iterator[str]:
    """Yield what stands where passwords stand, as the project writes it."""
    yield from (found[2] for found in _USER_PASSWORD.finditer(uri))
    for pair in re.split(r"[?&]", uri)[1:]:
        name, _, value = pair.partition("=")
        if unquote_plus(name) in SECRET:
            yield value
