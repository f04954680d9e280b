"""Picks the event log by the scheme of its URL; nothing connects before the log is used."""

from __future__ import annotations

from urllib.parse import urlsplit

from shared.errors import InvalidSettings
from shared.ports.log import EventLog


def connect(url: str) -> EventLog:
    """Return the event log behind `EVENT_LOG_URL`.

    Parameters
    ----------
    url : ``redis://`` or ``rediss://`` for Valkey Streams, ``kafka://host:port,...`` for Kafka. Options after the
        question mark: see `shared.adapters.valkey.event_log` and `shared.adapters.kafka.event_log`.

    Raises
    ------
    InvalidSettings : unknown scheme, or an unknown or malformed setting in the query.
    """
    scheme = urlsplit(url).scheme
    if scheme in {"redis", "rediss"}:
        from shared.adapters.valkey.event_log import ValkeyLog

        return ValkeyLog(url)
    if scheme == "kafka":
        from shared.adapters.kafka.event_log import KafkaLog

        return KafkaLog(url)
    raise InvalidSettings("EVENT_LOG_URL: expected redis://, rediss:// or kafka://")
