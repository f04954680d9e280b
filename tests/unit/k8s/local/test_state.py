"""What one supervisor writes down for the next."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from k8s.local.supervisor import state_file as state
from k8s.local.supervisor.state_file import State


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_state_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    state_read = State(ports={"bus": 5000}, processes={"bus": {"pid": 1, "started": 2, "restarts": 0}}, ready=True)
    state.save(tmp_path / "state.json", state_read)
    assert state.load(tmp_path / "state.json") == state_read
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_of_two_that_save_at_once_the_newer_state_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state_read, path, replace = State(), tmp_path / "state.json", os.replace

    def ready() -> None:
        state_read.ready = True
        state.save(path, state_read)

    other = threading.Thread(target=ready)

    def late(draft: Path, final: Path) -> None:
        if not other.ident:
            other.start()
            other.join(0.2)
        replace(draft, final)

    monkeypatch.setattr(os, "replace", late)
    state.save(path, state_read)
    other.join()
    assert state.load(path).ready


@pytest.mark.parametrize("text", ["", "{", "[]", '{"unknown": 1}', "null"])
def test_unreadable_state_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    assert state.load(tmp_path / "state.json") == State()


def test_absent_state_is_an_empty_one(tmp_path: Path) -> None:
    assert state.load(tmp_path / "state.json") == State()


def test_port_is_kept_while_it_is_free() -> None:
    state_read = State()
    port = state.assign_port(state_read, "bus")
    assert state.assign_port(state_read, "bus") == port
    assert state_read.ports == {"bus": port}


def test_port_that_somebody_took_is_replaced(taken_port: int) -> None:
    state_read = State(ports={"bus": taken_port})
    assert state.assign_port(state_read, "bus") != taken_port


def test_a_port_that_is_unused_port_twice_is_given_to_one_process_only(monkeypatch: pytest.MonkeyPatch) -> None:
    offers = iter([5000, 5000, 5001])
    monkeypatch.setattr(state, "_unused_port", lambda: next(offers))
    monkeypatch.setattr(state, "is_free", lambda port: True)
    state_read = State()
    assert [state.assign_port(state_read, name) for name in ("bus", "cache")] == [5000, 5001]
    assert state_read.ports == {"bus": 5000, "cache": 5001}


def test_port_of_a_listener_is_not_free(taken_port: int) -> None:
    assert not state.is_free(taken_port)
