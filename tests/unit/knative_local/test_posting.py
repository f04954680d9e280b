"""The HTTP client of the dispatcher, against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from knative.local.eventing.delivery import Answer
from knative.local.eventing.posting import MAX_BODY_BYTES, HttpPoster

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


class Scripted:
    """A server that writes what it is told, connection by connection."""

    def __init__(self, *answers: bytes, closes: bool = False) -> None:
        self.answers = list(answers)
        self.closes = closes
        self.requests: list[bytes] = []
        self.n_connections = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.n_connections += 1
        try:
            while True:
                self.requests.append(await read_request(reader))
                writer.write(self.answers[min(len(self.requests), len(self.answers)) - 1])
                await writer.drain()
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def post(
    talk: Talk, headers: Mapping[str, str] | None = None, *, times: int = 1, timeout_s: float | None = 5
) -> list[Answer]:
    """Post a few times, one after the other."""

    async def run() -> list[Answer]:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a/b?c=d"
        poster = HttpPoster()
        answers = []
        for _ in range(times):
            answers.append(await poster.post(url, headers or {}, b"body", timeout_s=timeout_s))
            await asyncio.sleep(0.01)
        await poster.close()
        server.close()
        return answers

    return asyncio.run(asyncio.wait_for(run(), 20))


def test_a_request_is_sent_whole_and_the_answer_read() -> None:
    server = Scripted(b"HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\nKne-Hint: look\r\n\r\nbusy")
    (answer,) = post(server.talk, {"ce-id": "1"})
    assert answer == Answer(status=409, headers={"content-length": "4", "kne-hint": "look"}, body=b"busy")
    (request,) = server.requests
    assert request.startswith(b"POST /a/b?c=d HTTP/1.1\r\nhost: 127.0.0.1:")
    assert request.endswith(b"\r\nce-id: 1\r\ncontent-length: 4\r\n\r\nbody")


def test_a_connection_is_kept() -> None:
    server = Scripted(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    assert [answer.status for answer in post(server.talk, times=3)] == [202, 202, 202]
    assert server.n_connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
def test_bodies_in_chunks_and_interim_answers_are_understood(answer: bytes) -> None:
    found = post(Scripted(answer).talk, times=2)
    assert [(one.status, one.body) for one in found] == [(200, b"abcde")] * 2


def test_a_body_may_end_with_the_connection() -> None:
    server = Scripted(b"HTTP/1.1 200 OK\r\n\r\nabc", closes=True)
    assert [answer.body for answer in post(server.talk, times=2)] == [b"abc", b"abc"]
    assert server.n_connections == 2


def test_a_204_has_no_body() -> None:
    server = Scripted(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert [answer.status for answer in post(server.talk, times=2)] == [204, 204]
    assert server.n_connections == 1


def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing() -> None:
    server = Scripted(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", closes=True)
    assert [answer.status for answer in post(server.talk, times=3)] == [202, 202, 202]


def test_a_connection_that_the_server_gives_up_is_not_kept() -> None:
    server = Scripted(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    post(server.talk, times=2)
    assert server.n_connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: lots\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + str(MAX_BODY_BYTES + 1).encode() + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"",
    ],
)
def test_what_is_no_answer_is_no_response(answer: bytes) -> None:
    (found,) = post(Scripted(answer, closes=True).talk)
    assert found.status is None
    assert found.fault


def test_a_server_that_says_nothing_is_a_timeout() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    (found,) = post(silent, timeout_s=0.05)
    assert found == Answer(fault="no answer within 0.05 s")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ftp://x/", "nonsense", "http://127.0.0.1:99999/"])
def test_nobody_there_is_no_response(url: str) -> None:
    found = asyncio.run(HttpPoster().post(url, {}, b"", timeout_s=2))
    assert found.status is None
    assert found.fault


def test_a_line_break_in_a_value_makes_no_header() -> None:
    server = Scripted(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    post(server.talk, {"content-type": "a\r\nx-evil: 1", "b": "c\nd"})
    assert b"\r\nx-evil" not in server.requests[0]
    assert b"\nd" not in server.requests[0]
