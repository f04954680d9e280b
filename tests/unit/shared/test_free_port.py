"""Ports for servers of tests."""

from __future__ import annotations

import socket

import pytest

from shared.testing import valkey_process
from shared.testing.valkey_process import free_port


def test_no_port_is_handed_out_twice() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50


def test_a_port_that_somebody_has_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first, free = free_port(), free_port()
    monkeypatch.setattr(valkey_process, "_ports", iter([first, free]))
    with socket.create_server(("127.0.0.1", first)):
        assert free_port() == free
