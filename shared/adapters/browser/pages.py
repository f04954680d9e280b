"""A real browser behind `Pages`: one Chromium per process, a few tabs on the source's site, many fetches per script.

Requests go out from a page that ran the site's own script, with the browser's own identity; nothing is disguised, and
a refusal is reported, not defeated. Any thread may call `fetch_many`; each call has a tab of its own, and all together
send no more requests at once than a visitor's browser would.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from shared.adapters.browser.chromium import Chromium, Tab
from shared.errors import Blocked, SourceSilent, Unavailable
from shared.ports.collection import PageRequest, PageResponse

PARALLEL = 6
"""Requests under way at once, all tabs together: what a visitor's browser allows itself per host."""

PER_SCRIPT = 60
"""Fetches per script: enough to make its own cost vanish, few enough to hand bodies on early."""

RENEW_AFTER = 500
"""Fetches after which a tab is closed: a page, or its worker, gives back late what it fetched, up to 100 MB a tab."""

FETCH_TIMEOUT_S = 20.0
OPEN_TIMEOUT_S = 20.0

_HEADERS = ("content-type", "etag", "last-modified", "retry-after", "date")
"""What is told of an answer besides its status and body."""

_FETCH = """async (asks, names, width, timeout_ms) => {
  const fetchAll = async (asks, referrer, names, width, timeout_ms) => {
    const told = new Array(asks.length), bodies = new Array(asks.length);
    let next = 0;
    const work = async () => {
      while (next < asks.length) {
        const i = next++, [url, headers] = asks[i];
        try {
          const signal = AbortSignal.timeout(timeout_ms);
          const r = await fetch(url, {headers, referrer, cache: 'no-store', signal});
          const body = await r.arrayBuffer();
          told[i] = [r.status, body.byteLength, ...names.map((name) => r.headers.get(name) || '')];
          bodies[i] = new Uint8Array(body);
        } catch (e) {
          bodies[i] = new TextEncoder().encode(String(e));
          told[i] = [0, bodies[i].length, ...names.map(() => '')];
        }
      }
    };
    await Promise.all(Array.from({length: Math.min(width, asks.length)}, work));
    const deflate = new CompressionStream('deflate'), sink = deflate.writable.getWriter();
    const packed = new Response(deflate.readable).arrayBuffer();
    for (const body of bodies) sink.write(body);
    sink.close();
    const bytes = new Uint8Array(await packed);
    if (bytes.toBase64) return [told, bytes.toBase64()];
    let text = '';
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return [told, btoa(text)];
  };
  const serve = `onconnect = ({ports: [port]}) => {
    port.onmessage = ({data}) => (${fetchAll})(...data).then(
      (done) => port.postMessage({done}), (e) => port.postMessage({fault: String(e)}));
    port.postMessage('ready');
  }`;
  const start = () => new Promise((ready) => {
    try {
      const worker = new SharedWorker(URL.createObjectURL(new Blob([serve])));
      worker.onerror = () => ready(null);
      setTimeout(() => ready(null), 5000);
      worker.port.onmessage = () => ready(worker.port);
    } catch (e) { ready(null); }
  });
  const port = await (window[Symbol.for('touchline')] ??= start());
  const urls = asks.map(([path, headers]) => [new URL(path, location.href).href, headers]);
  const given = [urls, location.href, names, width, timeout_ms];
  if (port === null) return fetchAll(...given);
  return new Promise((done, fail) => {
    port.onmessage = ({data}) => data.done ? done(data.done) : fail(new Error(data.fault));
    port.postMessage(given);
  });
}"""
# A worker of the page asks, with the page's origin, cookies and referrer: what a page itself fetches, the browser tells
# its driver in five messages each and keeps for it, which took half of all processor time of a fetch. A site whose
# rules forbid such a worker is asked by the page itself.
# Bodies leave the page deflated and in one piece: as text they would be escaped, carried and parsed at six times the
# size (measured on match details: 27 MB of text, 4.7 MB packed, at no cost in fetches per second).


class BrowserPages:
    """`Pages` on Chromium. Starts nothing before the first fetch; shared by all threads of a process."""

    def __init__(self, base_url: str, *, executable: Callable[[], str], n_pages: int = 3, sandbox: bool = True) -> None:
        """Remember how to begin.

        Parameters
        ----------
        base_url : the site's address, opened once per tab so that its script runs there.
        executable : finds the browser when it is needed, or raises `Unavailable`.
        n_pages : tabs kept open, each serving one call at a time.
        sandbox : see `Chromium`.
        """
        self._site = f"{base_url.rstrip('/')}/"
        self._executable = executable
        self._sandbox = sandbox
        self._n_pages = n_pages
        self._slots = _Slots(PARALLEL)
        self._seats = threading.BoundedSemaphore(n_pages)
        self._lock = threading.Lock()
        self._browser: Chromium | None = None
        self._idle: list[Tab] = []
        self._pid = os.getpid()

    def fetch_many(self, requests: Sequence[PageRequest]) -> list[PageResponse]:
        """One answer per ask, in order.

        Raises
        ------
        Blocked : the source answers 403 or a challenge even after its page was loaded anew.
        SourceSilent : the site's page does not open.
        Unavailable : no browser, or it died meanwhile; the next call starts afresh.
        """
        if not requests:
            return []
        with self._seats, self._slots.caller():
            tab = self._take_tab()
            try:
                responses = self._answers(tab, requests)
            except BaseException:
                tab.close()
                raise
            self._give_back(tab)
            return responses

    def close(self) -> None:
        """Close the browser; a later fetch opens a new one."""
        with self._lock:
            browser, self._browser = self._browser, None
            self._idle.clear()
        if browser is not None and self._pid == os.getpid():
            browser.close()

    def _answers(self, tab: Tab, requests: Sequence[PageRequest]) -> list[PageResponse]:
        responses = self._run(tab, requests)
        refused = [i for i, (_, challenged) in enumerate(responses) if challenged]
        if refused:
            # Once: the mark the site's script left may have expired. A second refusal is meant.
            self._open_site(tab)
            for i, second in zip(refused, self._run(tab, [requests[i] for i in refused]), strict=True):
                responses[i] = second
        for request, (response, challenged) in zip(requests, responses, strict=True):
            if challenged or response.status == 403:
                raise Blocked(f"the source refuses {request.path}: {response.status} {response.text[:120]}")
        return [response for response, _ in responses]

    def _run(self, tab: Tab, requests: Sequence[PageRequest]) -> list[tuple[PageResponse, bool]]:
        """Answers, each with whether it is a challenge; after the first challenge the rest counts as one, unasked."""
        responses: list[tuple[PageResponse, bool]] = []
        for start in range(0, len(requests), PER_SCRIPT):
            part = [[request.path, _conditions(request)] for request in requests[start : start + PER_SCRIPT]]
            with self._slots.take(len(part)) as width:
                timeout_s = FETCH_TIMEOUT_S * -(-len(part) // width) + 5
                told, packed = tab.run(_FETCH, part, _HEADERS, width, int(FETCH_TIMEOUT_S * 1000), timeout_s=timeout_s)
            tab.n_fetched += len(part)
            responses += _unpack(told, packed)
            if any(challenged for _, challenged in responses[start:]):
                return responses + [(PageResponse(status=403), True)] * (len(requests) - len(responses))
        return responses

    def _give_back(self, tab: Tab) -> None:
        if tab.n_fetched >= RENEW_AFTER:
            tab.close()
            return
        with self._lock:
            self._idle.append(tab)

    def _take_tab(self) -> Tab:
        """An idle tab, or a new one that has run the site's script."""
        with self._lock:
            browser = self._running()
            while self._idle:
                tab = self._idle.pop()
                if not tab.is_lost:
                    return tab
        tab = browser.open_tab()
        try:
            self._open_site(tab)
        except BaseException:
            tab.close()
            raise
        return tab

    def _running(self) -> Chromium:
        """The browser, started when there is none that lives."""
        if self._browser is not None and (not self._browser.is_alive or self._pid != os.getpid()):
            # After a fork the parent's browser is not ours to close.
            gone, self._browser = self._browser, None
            self._idle.clear()
            if self._pid == os.getpid():
                gone.close()
        if self._browser is None:
            self._browser, self._pid = Chromium(self._executable(), sandbox=self._sandbox), os.getpid()
        return self._browser

    def _open_site(self, tab: Tab) -> None:
        """Load the site's page and let its script run."""
        try:
            status = tab.goto(self._site, timeout_s=OPEN_TIMEOUT_S)
        except Unavailable as exc:
            if tab.is_lost:
                raise
            raise SourceSilent(f"the source's page does not open: {exc}") from exc
        if status in (401, 403, 451):
            raise Blocked(f"the source refuses its own page: {status}")
        if status >= 400:
            raise SourceSilent(f"the source's page answers {status}")


class _Slots:
    """Shares the parallel requests fairly: nobody takes all while others call."""

    def __init__(self, n: int) -> None:
        self._n = self._free = n
        self._n_callers = 0
        self._changed = threading.Condition()

    @contextmanager
    def caller(self) -> Iterator[None]:
        """While it lasts, one more shares."""
        with self._changed:
            self._n_callers += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_callers -= 1

    @contextmanager
    def take(self, wanted: int) -> Iterator[int]:
        """Hold up to `wanted` slots, at least one; how many."""
        with self._changed:
            self._changed.wait_for(lambda: self._free > 0)
            share = max(1, self._n // max(1, self._n_callers))
            held = max(1, min(wanted, share, self._free))
            self._free -= held
        try:
            yield held
        finally:
            with self._changed:
                self._free += held
                self._changed.notify_all()


def _unpack(told: list[list[Any]], packed: str) -> list[tuple[PageResponse, bool]]:
    """The answers of one script, each with whether it is a challenge."""
    n_bytes = sum(size for _, size, *_ in told)
    bodies = zlib.decompressobj().decompress(base64.b64decode(packed), n_bytes + 1)
    responses, at = [], 0
    for status, size, content_type, etag, last_modified, retry_after, date in told:
        text = bodies[at : at + size].decode("utf-8", "replace")
        at += size
        wait_s = retry_after_s(retry_after, date)
        response = PageResponse(status=status, text=text, etag=etag, last_modified=last_modified, retry_after_s=wait_s)
        responses.append((response, _is_challenge(response, content_type)))
    return responses


def _is_challenge(response: PageResponse, content_type: str) -> bool:
    """Whether the source asks for proof of a visitor: it says so, or sends a page where data belongs."""
    return (response.status == 403 and _reason(response.text) == "challenge") or (
        response.status == 200 and "html" in content_type
    )


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["error"]["reason"])
    except (ValueError, KeyError, TypeError):
        return ""


def _conditions(request: PageRequest) -> dict[str, str]:
    """Headers that ask for news only. An ETag alone decides where there is one (RFC 9110, section 13.1.3)."""
    if request.etag:
        return {"If-None-Match": request.etag}
    return {"If-Modified-Since": request.last_modified} if request.last_modified else {}


def retry_after_s(header: str, date: str = "") -> float | None:
    """Seconds of a Retry-After header, which names seconds or a date; None when it names neither.

    Parameters
    ----------
    header : as the source sent it.
    date : its Date header: its own clock tells how far away its date is.
    """
    header = header.strip()
    if header.isascii() and header.isdigit() and len(header) < 10:
        return float(header)
    until, now = _moment(header), _moment(date) or datetime.now(UTC)
    return None if until is None else max(0.0, (until - now).total_seconds())


def _moment(http_date: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
