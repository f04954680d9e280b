"""The first readiness check: something listens, or nothing does."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from shared.adapters import tcp_probe
from shared.errors import Unavailable


def test_who_listens_is_there() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        tcp_probe.connect(f"redis://:secret@127.0.0.1:{server.getsockname()[1]}/0", default_port=1, timeout_s=20)
        tcp_probe.connect("postgresql://127.0.0.1/db", default_port=server.getsockname()[1], timeout_s=20)


def test_where_nobody_listens_the_address_is_named_without_the_password() -> None:
    with pytest.raises(Unavailable, match=r"nothing listens at 127\.0\.0\.1:1") as caught:
        tcp_probe.connect("redis://:secret@127.0.0.1:1/0", default_port=6379, timeout_s=20)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("postgresql://u:p@h:5432/db", True),
        ("postgresql://h/db?sslmode=require", True),
        ("postgresql:///db?host=/run/postgresql", False),
        ("postgresql://h/db?service=main", False),
        ("postgresql://a,b/db", False),
        ("postgresql:///db", False),
    ],
)
def test_only_one_tcp_address_can_be_connected_to(url: str, is_one: bool) -> None:
    assert tcp_probe.names_one_host(url) is is_one
