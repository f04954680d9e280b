"""Probes of readiness that only a process which serves can answer."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from shared.errors import Unavailable


def check_http(url: str, *, timeout_s: float = 5.0) -> None:
    """Check that ``GET`` returns 200; `Unavailable` says what came instead."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        if response.status != 200:
            raise Unavailable(f"{url} returns {response.status}: {response.read(300).decode(errors='replace')}")
    except (http.client.HTTPException, OSError) as exc:
        raise Unavailable(f"{url}: {exc}") from exc
    finally:
        connection.close()


def check_postgres(url: str, *, timeout_s: float = 1.0) -> None:
    """Check that Postgres logs us in and answers a statement."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=max(1, round(timeout_s))) as connection:
            connection.execute("")
    except psycopg.OperationalError as exc:
        raise Unavailable(f"Postgres does not answer: {exc}") from exc


def check_valkey(url: str, *, timeout_s: float = 1.0) -> None:
    """Check that Valkey logs us in and answers ``PING``."""
    import redis

    try:
        with redis.Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s) as client:
            is_ready = client.ping()
    except redis.RedisError as exc:
        raise Unavailable(f"Valkey does not answer: {exc}") from exc
    if not is_ready:
        raise Unavailable("Valkey does not answer PING")


def check_worker(tasks_url: str) -> None:
    """Check that a worker waits for tasks at the broker; its own remote control is off."""
    import redis

    try:
        with redis.Redis.from_url(tasks_url, socket_timeout=2, socket_connect_timeout=2) as broker:
            waiting = any(client["cmd"] == "brpop" for client in broker.client_list())
    except redis.RedisError as exc:
        raise Unavailable(f"the task broker does not answer: {exc}") from exc
    if not waiting:
        raise Unavailable("no worker waits for tasks")
