"""Posts events to the broker's ingress, whose address the SinkBinding gives as `K_SINK`."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from shared import tracing
from shared.errors import Unavailable
from shared.events import cloudevents, envelope
from shared.events.envelope import Event

TIMEOUT_S = 10.0


class HttpSink:
    """An `EventSink` over HTTP; one kept connection per thread."""

    def __init__(self, url: str, *, overrides: Iterable[tuple[str, str]] = (), timeout_s: float = TIMEOUT_S) -> None:
        """Remember the address; nothing connects yet. `overrides` are extensions laid over every event."""
        self._overrides = dict(overrides)
        parts = urlsplit(url)
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout_s = timeout_s
        self._of_thread = threading.local()

    def send(self, event: Event) -> None:
        """Return once the broker holds the event durably; it carries the trace of the work it came from.

        Raises
        ------
        Unavailable : it does not answer, or answers anything but 2xx. It may hold the event nevertheless; sending it
            again is the same event to its readers.
        """
        event = envelope.traced(event)
        headers, body = cloudevents.to_http(replace(event, extensions={**event.extensions, **self._overrides}))
        if trace := event.extensions.get(tracing.HEADER):
            headers[tracing.HEADER] = trace
        try:
            status = self._post(headers, body)
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable(f"the broker does not take event {event.id}") from exc
        if not 200 <= status < 300:
            raise Unavailable(f"the broker answers {status} to event {event.id}")

    def close(self) -> None:
        """Release this thread's connection."""
        self._forget()

    def _post(self, headers: dict[str, str], body: bytes) -> int:
        """The status; a kept connection that the broker closed meanwhile is tried once more, anew."""
        kept = getattr(self._of_thread, "connection", None)
        if kept is not None:
            try:
                return self._exchange(kept, headers, body)
            except (ConnectionError, http.client.BadStatusLine):
                self._forget()
        fresh = self._of_thread.connection = self._kind(self._host, self._port, timeout=self._timeout_s)
        return self._exchange(fresh, headers, body)

    def _exchange(self, connection: http.client.HTTPConnection, headers: dict[str, str], body: bytes) -> int:
        try:
            connection.request("POST", self._path, body, headers)
            response = connection.getresponse()
            response.read()
        except BaseException:
            self._forget()
            raise
        if response.will_close:
            self._forget()
        return response.status

    def _forget(self) -> None:
        connection = self._of_thread.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()
