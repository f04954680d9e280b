"""Takes one HTTP request apart as ClickHouse does: the statement, its data, parameters, settings and output format."""

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
"""Arguments that steer the transport; the engine would refuse them as unknown settings.

``client_protocol_version`` is not honoured: the client probes whether it is and falls back.
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
"""An INSERT's own text lies within this; what follows may be hundreds of megabytes of data."""


class Unreadable(ValueError):
    """The request is not one that ClickHouse's HTTP interface takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the engine is asked to do."""

    sql: str
    """The whole statement, or for an insert with data its part before FORMAT."""
    data: bytes | None = None
    """Rows in `input_format`; None for a statement without data."""
    input_format: str = ""
    output_format: str = ""
    """The FORMAT the statement ends with, or the request's default; empty: neither names one."""
    database: str = "default"
    settings: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ddl(self) -> bool:
        """Whether it changes what tables there are."""
        return _DDL.match(self.sql) is not None


def read(arguments: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Statement:
    """The statement of a request.

    Parameters
    ----------
    arguments : of the address, and of a form when one was sent.
    headers : names in lower case.
    body : decompressed.

    Raises
    ------
    Unreadable : no statement, text that is not UTF-8, or a setting whose name cannot be one.
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
        raise Unreadable("the request holds no statement")
    named = _FORMAT.search(sql)
    output_format = named[1] if named and not _INSERT.match(sql) else default_format
    return Statement(sql=sql, output_format=output_format, **common)  # type: ignore[arg-type]


def _insert_with_data(query: str, body: bytes) -> tuple[str, str, bytes] | None:
    """Statement, format and data of ``INSERT ... FORMAT x``, wherever the statement stands."""
    if query.strip():
        found = _DATA_INSERT.match(query)
        if not found:
            return None
        return found["head"].strip(), found["format"], query[found.end() :].encode() + body
    # Latin-1 maps bytes to characters one to one, so that positions hold although binary data follows.
    found = _DATA_INSERT.match(body[:_HEAD_BYTES].decode("latin-1"))
    if not found:
        return None
    return _text(found["head"].strip().encode("latin-1")), found["format"], body[found.end() :]


def _settings(arguments: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    named = {
        name: value
        for name, value in arguments.items()
        if name not in TRANSPORT
        and name not in ("query", "database", "default_format")
        and not name.startswith("param_")
    }
    if faults := [name for name in named if not _SETTING.match(name)]:
        raise Unreadable(f"{faults[0]!r} cannot be the name of a setting")
    return tuple(sorted(named.items()))


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        raise Unreadable("the statement is not UTF-8") from exc
