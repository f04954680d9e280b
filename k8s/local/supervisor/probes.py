"""Questions that only a process which really serves can answer."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from shared.errors import Unavailable


def http_ok(url: str, *, timeout_s: float = 5.0) -> None:
    """``GET`` answers 200; `Unavailable` tells what came instead."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise Unavailable(f"{url} answers {answer.status}: {answer.read(300).decode(errors='replace')}")
    except (http.client.HTTPException, OSError) as exc:
        raise Unavailable(f"{url}: {exc}") from exc
    finally:
        connection.close()


def worker_waits(tasks_url: str) -> None:
    """A worker waits for tasks at the broker: its remote control is off, so it cannot be asked itself."""
    import redis

    try:
        with redis.Redis.from_url(tasks_url, socket_timeout=2, socket_connect_timeout=2) as broker:
            waiting = any(client["cmd"] == "brpop" for client in broker.client_list())
    except redis.RedisError as exc:
        raise Unavailable(f"the task broker does not answer: {exc}") from exc
    if not waiting:
        raise Unavailable("no worker waits for tasks")
