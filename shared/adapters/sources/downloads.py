"""Files of a source from its address: one at a time and in turn, only what is new, and never against its will.

Requests wait for the source's turn, say honestly who asks, and name the edition that is known; an unchanged file is not
sent again. A server in trouble is asked again after growing waits, `Retry-After` is kept. A refusal (401, 403, 429)
ends it: a person decides. What comes is kept as it came before anybody parses it.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from shared.adapters.browser.pages import retry_after_s
from shared.errors import Blocked, InvalidInput, NotFound, TooLarge, Unavailable
from shared.ports.clock import Clock
from shared.ports.collection import Document

if TYPE_CHECKING:
    import httpx

USER_AGENT = "Touchline (football analytics; reads public files)"
TIMEOUT_S = 30.0
LARGEST = 256 * 1024 * 1024
"""Bytes of one file."""
BETWEEN_S = 1.0
"""Seconds between two requests to a source, to which a random part comes."""
_WAITS_S = (5.0, 15.0, 60.0)
"""Before it is asked again."""
_UNCHANGED = 304
_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html)", re.IGNORECASE)
"""What a site that has moved, or is ill, sends with status 200 in place of any file."""
_REFUSED = (401, 403, 407, 429, 451)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What is known of an address."""

    etag: str
    last_modified: str
    version: int
    """Milliseconds since 1970."""
    sha256: str
    """Hex, of the content."""
    object: str
    """Where the content is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    content: bytes = b""
    etag: str = ""
    last_modified: str = ""
    wait_s: float = 0.0


class Editions(Protocol):
    """Remembers what was read."""

    def known(self, address: str) -> Edition | None:
        """The edition read last, or None."""

    def remember(self, address: str, edition: Edition, *, n_bytes: int, read_at: datetime) -> None:
        """This one was read last."""


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads files of one source."""

    client: Callable[[], httpx.Client]
    clock: Clock
    editions: Editions
    keep: Callable[[str, bytes], str]
    """Keeps an address's content as it came; its name in the store."""
    kept: Callable[[str], bytes]
    """Gives a kept file back by its name in the store."""
    turn: Callable[[], float] = lambda: 0.0
    """Takes the source's next turn; seconds until then."""
    record: Callable[[int, float], None] = lambda status, retry_after_s: None
    """Is told the status of each answer (0 when there was none) and the wait it asks for; may raise what ends it."""
    waits_s: tuple[float, ...] = _WAITS_S
    """Before it is asked again, in this call."""
    sleep: Callable[[float], None] = time.sleep
    jitter_s: float = BETWEEN_S / 2
    _client: httpx.Client | None = field(default=None, init=False)

    def read(self, address: str) -> Document | None:
        """The file, or None when it is the one that was read last.

        Raises
        ------
        Blocked : the source refuses us.
        NotFound : there is no such file.
        Unavailable : it does not answer, or is in trouble.
        InvalidInput : it answers with a page.
        """
        known = self.editions.known(address)
        answer = self._answer(address, known)
        if answer.status == _UNCHANGED:
            return None
        digest, now = hashlib.sha256(answer.content).hexdigest(), self.clock.now()
        is_new = known is None or known.sha256 != digest
        edition = Edition(
            etag=answer.etag,
            last_modified=answer.last_modified,
            version=_version(answer.last_modified, now),
            sha256=digest,
            object=self.keep(address, answer.content) if known is None or is_new else known.object,
        )

        def loaded() -> None:
            self.editions.remember(address, edition, n_bytes=len(answer.content), read_at=now)

        if not is_new:
            loaded()
            return None
        return Document(
            name=address,
            version=edition.version,
            content=answer.content,
            sibling=self._beside(address),
            on_loaded=loaded,
        )

    def again(self, address: str) -> Document:
        """The file that was read last, from the store and without a request; `NotFound` when none was."""
        known = self.editions.known(address)
        if known is None:
            raise NotFound(f"{address} was never read")
        content = self.kept(known.object)
        return Document(name=address, version=known.version, content=content, sibling=self._beside(address))

    def close(self) -> None:
        """Release the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _beside(self, address: str) -> Callable[[str], bytes]:
        return lambda name: self._answer(urljoin(address, name), None).content

    def _answer(self, address: str, known: Edition | None) -> _Answer:
        """A file or the word that it is unchanged."""
        for wait_s in (*self.waits_s, None):
            self.sleep(self.turn() + random.uniform(0, self.jitter_s))
            answer = self._request(address, known)
            self.record(answer.status, answer.wait_s)
            if answer.status and answer.status < 500:
                return _judged(answer, address)
            if wait_s is not None:
                self.sleep(max(answer.wait_s, wait_s))
        raise Unavailable(f"{address} does not answer, or is in trouble")

    def _request(self, address: str, known: Edition | None) -> _Answer:
        """What was answered; status 0 when nothing was."""
        import httpx

        if self._client is None:
            self._client = self.client()
        headers = {"User-Agent": USER_AGENT}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        elif known and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        try:
            with self._client.stream("GET", address, headers=headers) as answer:
                return _read_answer(answer, address)
        except httpx.TransportError:
            return _Answer(status=0)


def _read_answer(answer: httpx.Response, address: str) -> _Answer:
    """An answer with its body, unless that is too large; what it says of its size is not believed."""
    content = bytearray()
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > LARGEST:
            raise TooLarge(f"{address} is larger than {LARGEST} bytes")
    headers = answer.headers
    return _Answer(
        status=answer.status_code,
        content=bytes(content),
        etag=headers.get("etag", ""),
        last_modified=headers.get("last-modified", ""),
        wait_s=retry_after_s(headers.get("retry-after", ""), headers.get("date", "")) or 0.0,
    )


def _judged(answer: _Answer, address: str) -> _Answer:
    if answer.status in _REFUSED:
        raise Blocked(f"{address} refuses us with {answer.status}; ask its operator, or use a copy of the file")
    if answer.status in (404, 410):
        raise NotFound(f"{address} answers {answer.status}")
    if answer.status not in (200, _UNCHANGED):
        raise Unavailable(f"{address} answers {answer.status}")
    if _PAGE.match(answer.content):
        raise InvalidInput(f"{address} answers with a page instead of a file")
    return answer


def _version(last_modified: str, now: datetime) -> int:
    """Of an edition: when it was made, else when it was read."""
    try:
        modified_at = parsedate_to_datetime(last_modified) if last_modified else now
    except ValueError:
        modified_at = now
    return int(min(modified_at.timestamp(), now.timestamp()) * 1000)
