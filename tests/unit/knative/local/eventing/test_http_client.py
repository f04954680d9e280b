"""The HTTP client of the dispatcher, against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping

import pytest

from knative.local.eventing.delivery.http_client import PooledHttpClient
from knative.local.eventing.delivery.http_connection import MAX_BODY_BYTES
from knative.local.eventing.delivery.policy import Response

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
    talk: Talk,
    headers: Mapping[str, str] | None = None,
    *,
    body: bytes = b"body",
    times: int = 1,
    timeout_s: float | None = 5,
) -> list[Response]:
    """Post a few times, one after the other."""

    async def run() -> list[Response]:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a/b?c=d"
        poster = PooledHttpClient()
        answers = []
        for _ in range(times):
            answers.append(await poster.post(url, headers or {}, body, timeout_s=timeout_s))
            await asyncio.sleep(0.01)
        await poster.close()
        server.close()
        return answers

    return asyncio.run(asyncio.wait_for(run(), 20))


def test_a_request_is_sent_whole_and_the_answer_read() -> None:
    server = Scripted(b"HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\nKne-Hint: look\r\n\r\nbusy")
    (answer,) = post(server.talk, {"ce-id": "1"})
    assert answer == Response(status=409, headers={"content-length": "4", "kne-hint": "look"}, body=b"busy")
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    first, *fields = head.lower().split(b"\r\n")
    assert first == b"post /a/b?c=d http/1.1"
    assert sorted(field.partition(b": ")[0] for field in fields) == [b"ce-id", b"content-length", b"host"]
    assert {b"ce-id: 1", b"content-length: 4"} < set(fields)
    assert body == b"body"


def test_a_large_body_is_sent_whole() -> None:
    server = Scripted(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    large = bytes(range(256)) * 5_000
    assert [answer.status for answer in post(server.talk, body=large, times=2)] == [202, 202]
    assert [request.endswith(b"\r\n\r\n" + large) for request in server.requests] == [True, True]


@pytest.mark.parametrize("status", [b"301", b"302", b"303", b"307", b"308"])
def test_an_answer_that_points_elsewhere_is_not_followed(status: bytes) -> None:
    server = Scripted(b"HTTP/1.1 " + status + b" Moved\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")
    (answer,) = post(server.talk)
    assert answer.status == int(status)
    assert len(server.requests) == 1


def test_a_cookie_is_not_kept() -> None:
    server = Scripted(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
    post(server.talk, times=2)
    assert b"cookie" not in server.requests[1].lower()


def test_a_packed_body_stays_packed() -> None:
    packed = gzip.compress(b"text")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    (answer,) = post(Scripted(head.encode() + packed).talk)
    assert answer.body == packed


def test_a_header_of_any_bytes_can_be_written_down() -> None:
    (answer,) = post(Scripted(b"HTTP/1.1 200 OK\r\nKne-Why: caf\xe9\r\nContent-Length: 0\r\n\r\n").talk)
    assert answer.headers["kne-why"] == "caf\xe9"


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
    response = post(Scripted(answer).talk, times=2)
    assert [(one.status, one.body) for one in response] == [(200, b"abcde")] * 2


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


def test_a_close_that_the_event_loop_has_not_seen_yet_costs_nothing() -> None:
    class Closing(Scripted):
        """Closes each connection in the very moment of its response, without announcing it."""

        async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(self.answers[0])
            writer.close()

    async def run() -> list[int | None]:
        server = await asyncio.start_server(
            Closing(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").talk, "127.0.0.1", 0
        )
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        client = PooledHttpClient()
        statuses = [(await client.post(url, {}, b"", timeout_s=5)).status for _ in range(100)]
        await client.close()
        server.close()
        return statuses

    assert asyncio.run(run()) == [202] * 100


class HangsUpOnSecond:
    """Answers each connection's first request; closes on its second after writing what it is told."""

    def __init__(self, last_words: bytes = b"", *, first_connections: int = 1) -> None:
        self.last_words = last_words
        self.first_connections = first_connections
        self.n_connections = 0
        self.n_requests = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.n_connections += 1
        if self.n_connections <= self.first_connections:
            await self._hear(reader)
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        await self._hear(reader)
        writer.write(self.last_words)
        writer.close()

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        await read_request(reader)
        self.n_requests += 1


@pytest.mark.conforms("delivery-no-answer-retried")
def test_a_kept_connection_closed_without_an_answer_is_one_attempt() -> None:
    server = HangsUpOnSecond()
    first, second = post(server.talk, times=2)
    assert first.status == 202
    assert second.status is None
    assert (server.n_connections, server.n_requests) == (1, 2)


@pytest.mark.parametrize("last_words", [b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
def test_a_kept_connection_closed_within_the_answer_is_no_reason_to_send_again(last_words: bytes) -> None:
    server = HangsUpOnSecond(last_words)
    first, second = post(server.talk, times=2)
    assert first.status == 202
    assert second.status is None
    assert (server.n_connections, server.n_requests) == (1, 2)


def test_a_fresh_connection_closed_without_a_word_is_not_tried_again() -> None:
    server = HangsUpOnSecond(first_connections=0)
    (answer,) = post(server.talk)
    assert answer.status is None
    assert server.n_requests == 1


def test_a_connection_that_the_server_gives_up_is_not_kept() -> None:
    server = Scripted(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    post(server.talk, times=2)
    assert server.n_connections == 2


def test_a_second_response_that_nobody_asked_for_is_no_answer_to_the_next_request() -> None:
    once = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
    server = Scripted(once + b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", once)
    assert [answer.status for answer in post(server.talk, times=2)] == [202, 202]
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
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n16e361\r\n" + b"x" * 1_500_001 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"",
    ],
)
def test_what_is_no_answer_is_no_response(answer: bytes) -> None:
    (response,) = post(Scripted(answer, closes=True).talk)
    assert response.status is None
    assert response.error


@pytest.mark.conforms("delivery-timeout", "delivery-no-answer-retried")
def test_a_server_that_says_nothing_is_a_timeout() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    (response,) = post(silent, timeout_s=0.05)
    assert response == Response(error="no answer within 0.05 s")


@pytest.mark.conforms("delivery-no-answer-retried")
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ftp://x/", "nonsense", "http://127.0.0.1:99999/"])
def test_nobody_there_is_no_response(url: str) -> None:
    async def run() -> Response:
        poster = PooledHttpClient()
        answer = await poster.post(url, {}, b"", timeout_s=2)
        await poster.close()
        return answer

    response = asyncio.run(run())
    assert response.status is None
    assert response.error


def test_a_line_break_in_a_value_makes_no_header() -> None:
    server = Scripted(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    post(server.talk, {"content-type": "a\r\nx-evil: 1", "b": "c\nd"})
    assert b"\r\nx-evil" not in server.requests[0]
    assert b"\nd" not in server.requests[0]
