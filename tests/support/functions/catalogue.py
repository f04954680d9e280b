"""Every function there is, and an environment with which each can be loaded; nothing in it answers."""

from __future__ import annotations

from tests.support.reference import ROOT

FUNCTIONS = sorted(main.parent.name for main in (ROOT / "functions").glob("*/main.py"))
ENV = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "CLICKHOUSE_URL": "http://nobody:none@127.0.0.1:1/none",
    "CACHE_URL": "redis://127.0.0.1:1/0",
    "TASKS_URL": "redis://127.0.0.1:1/0",
    "LIMITS_URL": "redis://127.0.0.1:1/0",
    "EVENT_LOG_URL": "redis://127.0.0.1:1/0",
    "K_SINK": "http://127.0.0.1:1",
    "TOKEN_KEYS": f"k1:{'one' * 12}",
    "EXPORT_PARTS": "favourites=http://127.0.0.1:1/favourites/export",
    "MESSAGES_URL": "file:///nowhere",
    "OBJECT_STORE_URL": "file:///nowhere",
    "CODES_KEY": "three" * 12,
    "ERRORS_KEYS": "public-key",
    "FUNCTIONS_URL": "http://127.0.0.1:1/{function}",
    "HOOKS_KEY": "four" * 8,
    "SERVICE_TOKEN_KEYS": f"s1:{'two' * 12}",
    "SEALING_KEYS": f"s1:{'three' * 12}",
}
