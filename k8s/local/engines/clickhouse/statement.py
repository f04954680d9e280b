"""Parses an HTTP request as ClickHouse does: the statement, its data, parameters, settings and output format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

TRANSPORT = frozenset(
    {
        "buffer_size", "client_protocol_version", "close_session", "compress", "decompress", "enable_http_compression",
        "http_headers_progress_interval_ms", "http_native_compression_disable_checksumming_on_decompress",
        "http_zlib_compression_level", "password", "query_id", "quota_key", "role", "send_progress_in_http_headers",
        "session_check", "session_id", "session_timeout", "stacktrace", "user", "wait_end_of_query",
    }
)  # fmt: skip
"""Parameters of the transport; the engine would refuse them as unknown settings.

``client_protocol_version`` is ignored: the client checks for support and falls back.
"""

_NAME = r'(?:`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*)'
_COLUMNS = r'\((?:[^()`"]|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")*\)'
_DATA_INSERT = re.compile(
    rf"\s*(?P<head>INSERT\s+INTO\s+(?:TABLE\s+)?{_NAME}(?:\s*\.\s*{_NAME})?\s*(?:{_COLUMNS})?"
    r"(?:\s*SETTINGS\s+(?P<settings>.*?))?)\s*\bFORMAT\s+(?P<format>\w+)[ \t;]*(?:\r?\n|$)",
    re.IGNORECASE | re.DOTALL,
)
_INSERT = re.compile(r"\s*INSERT\s", re.IGNORECASE)
_FORMAT = re.compile(r"\bFORMAT\s+(\w+)(?:\s+SETTINGS\s[^'\"]*(?:'[^']*'[^'\"]*)*)?[\s;]*$", re.IGNORECASE)
_DDL = re.compile(r"\s*(?:ALTER|ATTACH|CREATE|DETACH|DROP|EXCHANGE|OPTIMIZE|RENAME|TRUNCATE)\b", re.IGNORECASE)
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")

_HEAD_BYTES = 65_536
"""The text of an INSERT ends within this; data of hundreds of megabytes may follow."""


class InvalidRequest(ValueError):
    """ClickHouse's HTTP interface does not accept this request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement with everything that the engine needs to run it."""

    sql: str
    """The whole statement, or for an insert with data its part before FORMAT."""
    data: bytes | None = None
    """Rows in `input_format`; None for a statement without data."""
    input_format: str = ""
    output_format: str = ""
    """The FORMAT at the end of the statement, else the request's default; empty if there is neither."""
    database: str = "default"
    settings: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ddl(self) -> bool:
        """True if it creates, changes or drops tables."""
        return _DDL.match(self.sql) is not None


def parse_request(arguments: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Statement:
    """Parse the statement of a request.

    Parameters
    ----------
    arguments : parameters of the URL and of a form.
    headers : with names in lower case.
    body : decompressed.

    Raises
    ------
    InvalidRequest : no statement, text that is not UTF-8, or an invalid name of a setting.
    """
    common = {
        "database": arguments.get("database") or headers.get("x-clickhouse-database") or "default",
        "settings": _settings(arguments),
        "parameters": {name[6:]: value for name, value in arguments.items() if name.startswith("param_")},
    }
    default_format = arguments.get("default_format") or headers.get("x-clickhouse-format") or ""
    query = arguments.get("query", "")
    if insert := _insert_with_data(query, body):
        head, input_format, data = insert
        return Statement(sql=head, data=data, input_format=input_format, **common)  # type: ignore[arg-type]
    sql = "\n".join(part for part in (query, _text(body)) if part)
    if not sql.strip():
        raise InvalidRequest("the request contains no statement")
    match = _FORMAT.search(sql)
    output_format = match[1] if match and not _INSERT.match(sql) else default_format
    return Statement(sql=sql, output_format=output_format, **common)  # type: ignore[arg-type]


def _insert_with_data(query: str, body: bytes) -> tuple[str, str, bytes] | None:
    """Return statement, format and data of ``INSERT ... FORMAT x``; the statement may be in the URL or in the body."""
    if query.strip():
        match = _DATA_INSERT.match(query)
        if not match:
            return None
        return match["head"].strip(), match["format"], query[match.end() :].encode() + body
    # Latin-1 maps each byte to one character, so positions are right although binary data follows.
    match = _DATA_INSERT.match(body[:_HEAD_BYTES].decode("latin-1"))
    if not match:
        return None
    return _text(match["head"].strip().encode("latin-1")), match["format"], body[match.end() :]


def _settings(arguments: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    match = {
        name: value
        for name, value in arguments.items()
        if name not in TRANSPORT
        and name not in ("query", "database", "default_format")
        and not name.startswith("param_")
    }
    if faults := [name for name in match if not _SETTING.match(name)]:
        raise InvalidRequest(f"{faults[0]!r} is not a valid name of a setting")
    return tuple(sorted(match.items()))


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        raise InvalidRequest("the statement is not UTF-8") from exc
