"""Parts of a page: read together, each within its time, kept for worse days."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from functions.site.parts import FRESH_S, PartReader, Result, part
from shared.errors import Unavailable
from shared.testing.clock import HandClock
from shared.testing.memory_cache import MemoryCache

NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
TABLE = part("query-stats", "/stats/leagues/italy/table")


@dataclass
class Reply:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Functions:
    """Answers with one value; a test turns it."""

    def __init__(self) -> None:
        self.value: Any = {"rows": [1]}
        self.status = 200
        self.is_silent = False
        self.waits_for: threading.Event | None = None
        self.asked: list[Mapping[str, str]] = []

    def send(
        self, function: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        self.asked.append(dict(headers or {}))
        if self.waits_for is not None:
            self.waits_for.wait(10)
        if self.is_silent:
            raise Unavailable(f"{function} does not answer")
        text, etag = json.dumps(self.value).encode(), f'"{self.value}"'
        if (headers or {}).get("If-None-Match") == etag:
            return Reply(304)
        return Reply(self.status, text, {"etag": etag})


def make(
    functions: Functions, cache: MemoryCache | None = None, timeout_s: float = 10.0
) -> tuple[PartReader, HandClock]:
    clock = HandClock(NOW)
    return PartReader(functions, cache or MemoryCache(), clock, timeout_s=timeout_s), clock


def read(reader: PartReader) -> Result:
    return reader.read({"table": TABLE})["table"]


def test_a_young_answer_is_shown_without_a_question() -> None:
    functions = Functions()
    reader, _clock = make(functions)
    assert read(reader).value == read(reader).value == {"rows": [1]}
    assert len(functions.asked) == 1


def test_an_older_one_is_asked_about_and_sent_once() -> None:
    functions = Functions()
    reader, clock = make(functions)
    first = read(reader)
    clock.move(FRESH_S + 1)
    second = read(reader)
    assert functions.asked[1]["If-None-Match"] == "\"{'rows': [1]}\""
    assert (second.value, second.tag) == (first.value, first.tag)
    functions.value = {"rows": [2]}
    clock.move(FRESH_S + 1)
    third = read(reader)
    assert third.value == {"rows": [2]}
    assert third.tag != first.tag


def test_while_a_function_fails_the_last_answer_is_shown_with_its_age() -> None:
    functions = Functions()
    reader, clock = make(functions)
    read(reader)
    functions.is_silent = True
    clock.move(minutes=7)
    result = read(reader)
    assert result.ok
    assert result.is_late
    assert result.answer is not None
    assert result.answer.asked_at == NOW


def test_another_process_shows_what_this_one_kept() -> None:
    functions, cache = Functions(), MemoryCache()
    reader, _clock = make(functions, cache)
    read(reader)
    functions.is_silent = True
    other, _clock = make(functions, cache)
    assert (read(other).value, read(other).is_late) == ({"rows": [1]}, True)


def test_without_a_kept_answer_the_part_fails_alone() -> None:
    functions = Functions()
    functions.status = 500
    reader, _clock = make(functions)
    result = read(reader)
    assert (result.ok, result.is_late, result.is_absent) == (False, True, False)


def test_what_a_function_does_not_know_is_absent_not_late() -> None:
    functions = Functions()
    functions.status = 404
    reader, _clock = make(functions)
    assert read(reader).is_absent


def test_a_page_does_not_wait_for_a_late_part_and_the_next_page_has_it() -> None:
    functions = Functions()
    functions.waits_for = threading.Event()
    reader, _clock = make(functions, timeout_s=0.01)
    assert not read(reader).ok
    flight = next(iter(reader._flights.values()))
    functions.waits_for.set()
    assert flight.result(10).ok
    assert read(reader).ok


def test_two_pages_that_want_one_part_ask_once() -> None:
    functions = Functions()
    functions.waits_for = threading.Event()
    reader, _clock = make(functions)
    results: list[Result] = []
    pages = [threading.Thread(target=lambda: results.append(read(reader))) for _ in range(4)]
    for page in pages:
        page.start()
    functions.waits_for.set()
    for page in pages:
        page.join()
    assert [each.ok for each in results] == [True] * 4
    assert len(functions.asked) == 1
