"""The engine of analysts' SQL: ClickHouse over HTTP as a user of its own, with the limits of each statement."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode, urlsplit

from shared.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    import pyarrow as pa

_WAIT_S = 20.0
"""Longer than any statement may run."""
_REASONS = {
    159: "it took longer than its time",
    241: "it needs more memory than it may have",
    396: "it has too many rows",
}
_SHOWN = 400


class ClickHouseAnalyst:
    """Runs statements of analysts at an address like that of `CLICKHOUSE_URL`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or (8443 if self._secure else 8123)
        login = f"{unquote(parts.username or 'default')}:{unquote(parts.password or '')}"
        self._headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
        self._database = unquote(parts.path.strip("/")) or "default"

    def lines(self, sql: str, settings: Mapping[str, Any]) -> list[str]:
        """Return the rows of a statement with one column of text."""
        return self._run(sql, settings, "TSVRaw").decode(errors="replace").splitlines()

    def arrow(self, sql: str, settings: Mapping[str, Any]) -> pa.Table:
        """Return the rows of a SELECT."""
        import pyarrow as pa

        return pa.ipc.open_stream(self._run(sql, settings, "ArrowStream")).read_all()

    def _run(self, sql: str, settings: Mapping[str, Any], output: str) -> bytes:
        query = urlencode({"database": self._database, "default_format": output, **settings})
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=_WAIT_S)
        try:
            connection.request("POST", f"/?{query}", sql.encode(errors="backslashreplace"), self._headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable("ClickHouse does not answer") from exc
        finally:
            connection.close()
        if response.status == 200:
            return content
        raise _fault(int(response.headers.get("X-ClickHouse-Exception-Code") or 0), content.decode(errors="replace"))


def _fault(code: int, text: str) -> InvalidInput | Unavailable:
    if code in (0, 202, 210, 999):
        return Unavailable("ClickHouse cannot now")
    if code in _REASONS:
        return InvalidInput(f"the query was ended: {_REASONS[code]}")
    message = text.partition("DB::Exception: ")[2].removeprefix("default: ").strip()
    return InvalidInput(f"the query is refused: {message[:_SHOWN]}")
