"""Posts events to the broker's ingress, whose address the SinkBinding gives as `K_SINK`."""

from __future__ import annotations

import http.client
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from shared.adapters.http.keep_alive import KeepAliveClient
from shared.errors import Unavailable
from shared.events import cloudevents, envelope, tracing
from shared.events.envelope import Event

TIMEOUT_S = 10.0


class HttpSink:
    """An `EventSink` over HTTP; one kept connection per thread."""

    def __init__(self, url: str, *, overrides: Iterable[tuple[str, str]] = (), timeout_s: float = TIMEOUT_S) -> None:
        """Store the address; connects with the first event. `overrides` are extensions added to every event."""
        self._overrides = dict(overrides)
        parts = urlsplit(url)
        self._http = KeepAliveClient(parts, timeout_s=timeout_s)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def send(self, event: Event) -> None:
        """Return once the broker holds the event durably; it carries the trace of the work it came from.

        Raises
        ------
        Unavailable : it does not answer, or answers anything but 2xx. It may hold the event all the same; sent again,
            it is the same event to its readers.
        """
        event = envelope.with_trace(event)
        headers, body = cloudevents.to_http(replace(event, extensions={**event.extensions, **self._overrides}))
        if trace := event.extensions.get(tracing.HEADER):
            headers[tracing.HEADER] = trace
        try:
            status = self._http.request("POST", self._path, headers, body).status
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable(f"the broker does not take event {event.id}") from exc
        if not 200 <= status < 300:
            raise Unavailable(f"the broker returns {status} for event {event.id}")

    def close(self) -> None:
        """Close this thread's connection."""
        self._http.close()
