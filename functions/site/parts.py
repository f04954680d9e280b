"""The parts of a page: answers of other functions, read at the same time, each within its time, kept for worse days.

An answer is kept with its ETag and asked about again once it is `FRESH_S` old. When its function fails or is late, the
kept one is shown with its age; without one the part fails alone and says so in its box.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from functions.site.ports import Functions, Reply
from shared.errors import TouchlineError, Unavailable
from shared.ports.cache import Cache
from shared.ports.clock import Clock

FRESH_S = 2.0
"""An answer that young is shown without another question: what a goal may be late, beside the source's own delay."""
TIMEOUT_S = 0.8
"""For each part, from the moment the page is asked for."""
KEPT_S = 24 * 3600
MEMORY_BYTES = 24_000_000
"""Of bodies that a process keeps parsed; Valkey has the others."""
READERS = 16


@dataclass(frozen=True, slots=True)
class Part:
    """One answer that a page needs."""

    function: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    fresh_s: float = FRESH_S

    @property
    def address(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def part(function: str, path: str, *, fresh_s: float = FRESH_S, **query: Any) -> Part:
    """Return a part; parameters without a value are left out."""
    given = tuple((name, _to_text(value)) for name, value in query.items() if value not in (None, "", False))
    return Part(function, path, given, fresh_s)


def _to_text(value: Any) -> str:
    return "true" if value is True else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a function answered, and when."""

    value: Any
    tag: str
    """Digest of the body."""
    etag: str
    """As the function named it; empty when it did not."""
    n_bytes: int
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A part as a page shows it."""

    part: Part
    answer: Answer | None = None
    is_late: bool = False
    """The function did not answer in time, so this is the last kept answer, or none."""
    is_absent: bool = False
    """The function knows no such thing."""

    @property
    def ok(self) -> bool:
        """Whether there is something to show."""
        return self.answer is not None

    @property
    def value(self) -> Any:
        """The answer's JSON; None without one."""
        return self.answer.value if self.answer else None

    @property
    def tag(self) -> str:
        """Changes with what the page shows of this part."""
        state = f"{int(self.is_late)}{int(self.is_absent)}"
        age = self.answer.asked_at.isoformat() if self.answer and self.is_late else ""
        return f"{self.part.address} {self.answer.tag if self.answer else ''} {state} {age}"


Results = Mapping[str, Result]


class PartReader:
    """Reads the parts of pages. Shared by all threads."""

    def __init__(self, functions: Functions, cache: Cache, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        self._functions = functions
        self._cache = cache
        self._clock = clock
        self._timeout_s = timeout_s
        self._memory = _Memory(MEMORY_BYTES)
        self._pool = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="part")
        self._flights: dict[str, Future[Result]] = {}
        self._lock = Lock()

    def read(self, parts: Mapping[str, Part]) -> dict[str, Result]:
        """Return each part by its name; never later than the time limit."""
        now = self._clock.now()
        results: dict[str, Result] = {}
        running: dict[str, Future[Result]] = {}
        for name, each in parts.items():
            kept = self._memory.get(each.address)
            if kept is not None and now - kept.asked_at < timedelta(seconds=each.fresh_s):
                results[name] = Result(part=each, answer=kept)
            else:
                running[name] = self._start(each)
        deadline = now + timedelta(seconds=self._timeout_s)
        for name, future in running.items():
            results[name] = self._wait(parts[name], future, deadline)
        return {name: results[name] for name in parts}

    def _wait(self, each: Part, future: Future[Result], deadline: datetime) -> Result:
        left_s = max(0.001, (deadline - self._clock.now()).total_seconds())
        try:
            return future.result(min(left_s, self._timeout_s))
        except TimeoutError:
            return Result(part=each, answer=self._find_kept_answer(each), is_late=True)

    def _start(self, each: Part) -> Future[Result]:
        """Return the reading of a part that somebody else began already, or begin it."""
        with self._lock:
            flight = self._flights.get(each.address)
            if flight is None:
                flight = self._flights[each.address] = self._pool.submit(self._read, each)
            return flight

    def _read(self, each: Part) -> Result:
        try:
            return self._ask(each)
        except TouchlineError:
            return Result(part=each, answer=self._find_kept_answer(each), is_late=True)
        finally:
            with self._lock:
                self._flights.pop(each.address, None)

    def _ask(self, each: Part) -> Result:
        kept = self._find_kept_answer(each)
        headers = {"Accept": "application/json"}
        if kept is not None and kept.etag:
            headers["If-None-Match"] = kept.etag
        now = self._clock.now()
        reply = self._functions.send(each.function, "GET", each.address, headers)
        if reply.status == 304 and kept is not None:
            answer = replace(kept, asked_at=now)
            self._memory.put(each.address, answer)
            return Result(part=each, answer=answer)
        if reply.status == 200:
            return Result(part=each, answer=self._keep(each, reply, now, kept))
        if 400 <= reply.status < 429:
            return Result(part=each, is_absent=True)
        raise Unavailable(f"{each.function} returns {reply.status} for {each.address}")

    def _keep(self, each: Part, reply: Reply, now: datetime, kept: Answer | None) -> Answer:
        answer = _to_answer(reply.body, reply.headers.get("etag", ""), now)
        self._memory.put(each.address, answer)
        if kept is None or kept.tag != answer.tag:
            head = json.dumps({"etag": answer.etag, "asked_at": now.isoformat()}).encode()
            self._cache.put(_key(each), head + b"\n" + reply.body, ttl_s=KEPT_S)
        return answer

    def _find_kept_answer(self, each: Part) -> Answer | None:
        if (kept := self._memory.get(each.address)) is not None:
            return kept
        stored = self._cache.get(_key(each))
        if stored is None:
            return None
        head, _, body = stored.partition(b"\n")
        fields = json.loads(head)
        return _to_answer(body, fields["etag"], datetime.fromisoformat(fields["asked_at"]))


def _key(each: Part) -> str:
    return f"site:part:{each.function}:{each.address}"


def _to_answer(body: bytes, etag: str, asked_at: datetime) -> Answer:
    try:
        value = json.loads(body)
    except ValueError as exc:
        raise Unavailable("the answer is not JSON") from exc
    tag = hashlib.sha256(body).hexdigest()[:16]
    return Answer(value=value, tag=tag, etag=etag, n_bytes=len(body), asked_at=asked_at)


class _Memory:
    """Parsed answers, the last used first to stay; bounded by the bytes they were parsed from."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._n_bytes = 0

    def get(self, key: str) -> Answer | None:
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
            return answer

    def put(self, key: str, answer: Answer) -> None:
        with self._lock:
            before = self._answers.pop(key, None)
            self._n_bytes += answer.n_bytes - (before.n_bytes if before else 0)
            self._answers[key] = answer
            while self._n_bytes > self._max_bytes and len(self._answers) > 1:
                self._n_bytes -= self._answers.popitem(last=False)[1].n_bytes


Waves = tuple[Callable[..., Mapping[str, Part]], ...]
"""Each names the parts that follow from those before."""
