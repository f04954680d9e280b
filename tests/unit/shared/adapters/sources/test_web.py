"""Files from an address: only what is new, in turn, and never against the source's will."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from shared.adapters.sources import downloads as web
from shared.adapters.sources.downloads import Edition, Reader
from shared.errors import Blocked, NotFound, Unavailable
from shared.testing.clock import HandClock

ADDRESS = "https://example.org/mmz4281/2425/E0.csv"


class Site:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Editions:
    """In memory."""

    def __init__(self) -> None:
        self.by_address: dict[str, Edition] = {}

    def known(self, address: str) -> Edition | None:
        return self.by_address.get(address)

    def remember(self, address: str, edition: Edition, *, n_bytes: int, read_at: datetime) -> None:
        self.by_address[address] = edition


class Bench:
    def __init__(self, *answers: httpx.Response | Exception, turn: Callable[[], float] = lambda: 0.0) -> None:
        self.site, self.editions, self.kept, self.slept = Site(*answers), Editions(), list[bytes](), list[float]()
        self.reader = Reader(
            client=lambda: httpx.Client(transport=httpx.MockTransport(self.site)),
            clock=HandClock(),
            editions=self.editions,
            keep=self._keep,
            kept=lambda name: self.kept[int(name.removeprefix("raw/")) - 1],
            turn=turn,
            sleep=self.slept.append,
        )

    def _keep(self, address: str, content: bytes) -> str:
        self.kept.append(content)
        return f"raw/{len(self.kept)}"


def answer(status: int = 200, body: bytes = b"Div,Date\n", **headers: str) -> httpx.Response:
    return httpx.Response(
        status, content=body, headers={name.replace("_", "-"): output for name, output in headers.items()}
    )


def test_a_file_is_kept_as_it_came_and_dated_by_its_server() -> None:
    bench = Bench(answer(etag='"a"', last_modified="Sun, 18 Aug 2024 10:00:00 GMT"))
    result = bench.reader.read(ADDRESS)
    assert result is not None
    assert (result.content, result.version) == (b"Div,Date\n", 1723975200000)
    assert bench.kept == [b"Div,Date\n"]
    assert not bench.editions.by_address, "not loaded yet"
    result.on_loaded()
    assert bench.editions.by_address[ADDRESS].object == "raw/1"
    (asked,) = bench.site.asked
    assert asked.headers["user-agent"] == web.USER_AGENT


@pytest.mark.parametrize(
    ("told", "header"),
    [({"etag": '"a"'}, "if-none-match"), ({"last_modified": "Sun, 18 Aug 2024 10:00:00 GMT"}, "if-modified-since")],
)
def test_only_what_is_new_is_asked_for(told: dict[str, Any], header: str) -> None:
    bench = Bench(answer(**told), answer(304, b""))
    result = bench.reader.read(ADDRESS)
    assert result
    result.on_loaded()
    assert bench.reader.read(ADDRESS) is None
    assert bench.site.asked[1].headers[header] == next(iter(told.values()))
    assert len(bench.kept) == 1


def test_the_same_bytes_again_are_no_new_edition() -> None:
    bench = Bench(answer(), answer(), answer(body=b"Div,Date,\n"))
    result = bench.reader.read(ADDRESS)
    assert result
    result.on_loaded()
    assert bench.reader.read(ADDRESS) is None
    assert bench.reader.read(ADDRESS) is not None
    assert len(bench.kept) == 2


@pytest.mark.parametrize(("status", "raised"), [(403, Blocked), (429, Blocked), (404, NotFound), (418, Unavailable)])
def test_a_refusal_is_not_asked_twice(status: int, raised: type[Exception]) -> None:
    bench = Bench(answer(status))
    with pytest.raises(raised):
        bench.reader.read(ADDRESS)
    assert len(bench.site.asked) == 1
    assert not bench.kept


def test_a_server_in_trouble_is_asked_again_after_growing_waits_or_as_it_says() -> None:
    bench = Bench(answer(503), httpx.ConnectError("gone"), answer(502, retry_after="90"), answer())
    assert bench.reader.read(ADDRESS)
    assert [wait for wait in bench.slept if wait >= 1] == [5.0, 15.0, 90.0]


def test_a_server_that_stays_in_trouble_is_left_alone() -> None:
    bench = Bench(*[answer(500) for _ in range(9)])
    with pytest.raises(Unavailable):
        bench.reader.read(ADDRESS)
    assert len(bench.site.asked) == 4


def test_every_request_waits_for_its_turn() -> None:
    bench = Bench(answer(), turn=lambda: 3.0)
    bench.reader.read(ADDRESS)
    assert 3.0 <= bench.slept[0] <= 3.0 + web.BETWEEN_S


def test_what_was_kept_is_read_again_without_a_request() -> None:
    bench = Bench(answer(last_modified="Sun, 18 Aug 2024 10:00:00 GMT"))
    with pytest.raises(NotFound):
        bench.reader.again(ADDRESS)
    result = bench.reader.read(ADDRESS)
    assert result
    result.on_loaded()
    again = bench.reader.again(ADDRESS)
    assert (again.content, again.version) == (result.content, result.version)
    assert len(bench.site.asked) == 1


def test_a_file_beside_it_is_read_from_the_same_folder() -> None:
    bench = Bench(answer(), answer(body=b"matches"))
    result = bench.reader.read(ADDRESS)
    assert result
    assert result.sibling("matches.csv") == b"matches"
    assert str(bench.site.asked[1].url) == "https://example.org/mmz4281/2425/matches.csv"
