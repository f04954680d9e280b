"""Handles are lent to one at a time, kept by what they were set to, and never more than the limit."""

from __future__ import annotations

import gzip
import threading
from pathlib import Path

import pytest

from k8s.local.engines.clickhouse import server
from k8s.local.engines.clickhouse.engine import (
    TOO_MANY_QUERIES,
    EngineError,
    HandlePool,
    SessionSettings,
    clear_deduplication_tokens,
)

A: SessionSettings = ("a", ())
B: SessionSettings = ("b", (("max_threads", "1"),))


class Handle:
    """Remembers what it was opened for."""

    def __init__(self, key: SessionSettings) -> None:
        self.key = key
        self.closed = False

    def close(self) -> None:
        assert not self.closed
        self.closed = True


class Pool(HandlePool):
    """A pool of such handles that remembers all it opened."""

    def __init__(self, limit: int, wait_s: float = 0.0) -> None:
        self.opened: list[Handle] = []
        super().__init__(self._open, limit=limit, wait_s=wait_s)

    def _open(self, key: SessionSettings) -> Handle:
        self.opened.append(Handle(key))
        return self.opened[-1]


def test_a_handle_is_lent_again_for_the_same_key_only() -> None:
    pool = Pool(limit=4)
    with pool.lease(A) as first:
        pass
    with pool.lease(A) as second, pool.lease(B) as other:
        assert second is first
        assert other.key == B
    assert pool.n_open == 2


def test_two_at_once_have_one_each() -> None:
    pool = Pool(limit=4)
    with pool.lease(A) as one, pool.lease(A) as two:
        assert one is not two


def test_the_idle_handle_used_longest_ago_makes_room() -> None:
    pool = Pool(limit=2)
    with pool.lease(A) as oldest:
        pass
    with pool.lease(B) as newer:
        pass
    with pool.lease(("c", ())):
        assert oldest.closed
        assert not newer.closed
        assert pool.n_open == 2


def test_at_the_limit_the_next_is_refused_after_its_wait() -> None:
    pool = Pool(limit=1)
    with pool.lease(A), pytest.raises(EngineError) as caught, pool.lease(B):
        pass
    assert caught.value.code == TOO_MANY_QUERIES


def test_who_waits_gets_what_is_given_back() -> None:
    pool = Pool(limit=1, wait_s=30)
    got: list[SessionSettings] = []

    def wait() -> None:
        with pool.lease(B) as handle:
            got.append(handle.key)

    with pool.lease(A):
        waiting = threading.Thread(target=wait)
        waiting.start()
    waiting.join()
    assert got == [B]
    assert pool.n_open == 1


def test_a_handle_not_to_be_kept_is_closed() -> None:
    pool = Pool(limit=1)
    with pool.lease(A, keep=False) as handle:
        pass
    assert handle.closed
    assert pool.n_open == 0


def test_a_handle_that_cannot_be_opened_takes_no_room() -> None:
    def refuse(key: SessionSettings) -> None:
        raise EngineError("no such database", 81)

    pool = HandlePool(refuse, limit=1, wait_s=0)
    for _ in range(3):
        with pytest.raises(EngineError, match="no such database"), pool.lease(A):
            pass
    assert pool.n_open == 0


def test_closing_ends_the_idle_at_once_and_the_lent_when_given_back() -> None:
    pool = Pool(limit=2)
    with pool.lease(A) as handles:
        with pool.lease(B) as idle:
            pass
        pool.close()
        assert idle.closed
        assert not handles.closed
    assert handles.closed
    assert pool.n_open == 0


def test_insert_tokens_are_forgotten_and_nothing_else(tmp_path: Path) -> None:
    table = tmp_path / "clickhouse" / "store" / "e83" / "e83d893f"
    for folder in ("deduplication_logs", "all_1_1_0"):
        (table / folder).mkdir(parents=True)
        (table / folder / "file").touch()
    clear_deduplication_tokens(tmp_path)
    assert [path.name for path in table.iterdir()] == ["all_1_1_0"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_expands_beyond_bounds_is_refused_before_it_does(
    monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(server, "MAX_BODY_BYTES", 100_000)
    assert server._decode(encoding, gzip.compress(b" " * 50_000)) == b" " * 50_000
    with pytest.raises(server.RequestRefused) as caught:
        server._decode(encoding, gzip.compress(b" " * 50_000_000))
    assert caught.value.status == 413
