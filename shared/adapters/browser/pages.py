"""Fetches pages with a real browser: one Chromium per process, a few tabs on the site, many fetches per script.

Requests go out from a page that ran the site's own script, with the browser's own identity. Nothing is disguised, and a
refusal is reported, not worked around. Any thread may call `fetch_many`; each call has a tab of its own, and all calls
together send no more requests at once than a visitor's browser would.
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
"""Requests open at once, all tabs together: as many as a visitor's browser opens per host."""

PER_SCRIPT = 60
"""Fetches per script: enough to make its own cost vanish, few enough to return bodies early."""

RENEW_AFTER = 500
"""Fetches after which a tab is closed: a page or its worker frees fetched memory late, up to 100 MB a tab."""

FETCH_TIMEOUT_S = 20.0
OPEN_TIMEOUT_S = 20.0

_HEADERS = ("content-type", "etag", "last-modified", "retry-after", "date")
"""Headers that a response keeps, besides its status and body."""

_FETCH = """async (requests, names, width, timeout_ms) => {
  const fetchAll = async (requests, referrer, names, width, timeout_ms) => {
    const heads = new Array(requests.length), bodies = new Array(requests.length);
    let next = 0;
    const work = async () => {
      while (next < requests.length) {
        const i = next++, [url, headers] = requests[i];
        try {
          const signal = AbortSignal.timeout(timeout_ms);
          const r = await fetch(url, {headers, referrer, cache: 'no-store', signal});
          const body = await r.arrayBuffer();
          heads[i] = [r.status, body.byteLength, ...names.map((name) => r.headers.get(name) || '')];
          bodies[i] = new Uint8Array(body);
        } catch (e) {
          bodies[i] = new TextEncoder().encode(String(e));
          heads[i] = [0, bodies[i].length, ...names.map(() => '')];
        }
      }
    };
    await Promise.all(Array.from({length: Math.min(width, requests.length)}, work));
    const deflate = new CompressionStream('deflate'), sink = deflate.writable.getWriter();
    const packed = new Response(deflate.readable).arrayBuffer();
    for (const body of bodies) sink.write(body);
    sink.close();
    const bytes = new Uint8Array(await packed);
    if (bytes.toBase64) return [heads, bytes.toBase64()];
    let text = '';
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return [heads, btoa(text)];
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
  const urls = requests.map(([path, headers]) => [new URL(path, location.href).href, headers]);
  const job = [urls, location.href, names, width, timeout_ms];
  if (port === null) return fetchAll(...job);
  return new Promise((done, fail) => {
    port.onmessage = ({data}) => data.done ? done(data.done) : fail(new Error(data.fault));
    port.postMessage(job);
  });
}"""
# A worker of the page fetches, with the page's origin, cookies and referrer: for each fetch of a page itself the
# browser sends its driver five messages, which took half of the processor time. Where a site's rules forbid such a
# worker, the page fetches itself.
# Bodies leave the page deflated and in one piece: as text they would be escaped, copied and parsed at six times the
# size (measured on match details: 27 MB of text, 4.7 MB packed, at no cost in fetches per second).


class BrowserPages:
    """`Pages` on Chromium; shared by all threads of a process."""

    def __init__(self, base_url: str, *, executable: Callable[[], str], n_pages: int = 3, sandbox: bool = True) -> None:
        """Store the parameters; the browser starts with the first fetch.

        Parameters
        ----------
        base_url : the site's address, opened once per tab so that its script runs there.
        executable : returns the path of the browser, or raises `Unavailable`.
        n_pages : tabs kept open, each serving one call at a time.
        sandbox : see `Chromium`.
        """
        self._site = f"{base_url.rstrip('/')}/"
        self._executable = executable
        self._sandbox = sandbox
        self._n_pages = n_pages
        self._slots = _FairSlots(PARALLEL)
        self._free_tabs = threading.BoundedSemaphore(n_pages)
        self._lock = threading.Lock()
        self._browser: Chromium | None = None
        self._idle: list[Tab] = []
        self._pid = os.getpid()

    def fetch_many(self, requests: Sequence[PageRequest]) -> list[PageResponse]:
        """Return one response per request, in order.

        Raises
        ------
        Blocked : the source returns 403 or a challenge even after its page was loaded again.
        SourceSilent : the site's page does not open.
        Unavailable : no browser, or it ended meanwhile; the next call starts a new one.
        """
        if not requests:
            return []
        with self._free_tabs, self._slots.share():
            tab = self._take_tab()
            try:
                responses = self._fetch(tab, requests)
            except BaseException:
                tab.close()
                raise
            self._return_tab(tab)
            return responses

    def close(self) -> None:
        """Close the browser; a later fetch opens a new one."""
        with self._lock:
            browser, self._browser = self._browser, None
            self._idle.clear()
        if browser is not None and self._pid == os.getpid():
            browser.close()

    def _fetch(self, tab: Tab, requests: Sequence[PageRequest]) -> list[PageResponse]:
        responses = self._run(tab, requests)
        challenges = [i for i, (_, challenged) in enumerate(responses) if challenged]
        if challenges:
            # Once, as the token that the site's script left may have expired. A second refusal is final.
            self._open_site(tab)
            for i, second in zip(challenges, self._run(tab, [requests[i] for i in challenges]), strict=True):
                responses[i] = second
        for request, (response, challenged) in zip(requests, responses, strict=True):
            if challenged or response.status == 403:
                raise Blocked(f"the source refuses {request.path}: {response.status} {response.text[:120]}")
        return [response for response, _ in responses]

    def _run(self, tab: Tab, requests: Sequence[PageRequest]) -> list[tuple[PageResponse, bool]]:
        """Return responses, each with whether it is a challenge; the first challenge ends the requests."""
        responses: list[tuple[PageResponse, bool]] = []
        for start in range(0, len(requests), PER_SCRIPT):
            part = [[request.path, _conditions(request)] for request in requests[start : start + PER_SCRIPT]]
            with self._slots.take(len(part)) as width:
                timeout_s = FETCH_TIMEOUT_S * -(-len(part) // width) + 5
                heads, packed = tab.run(_FETCH, part, _HEADERS, width, int(FETCH_TIMEOUT_S * 1000), timeout_s=timeout_s)
            tab.n_fetched += len(part)
            responses += _unpack(heads, packed)
            if any(challenged for _, challenged in responses[start:]):
                return responses + [(PageResponse(status=403), True)] * (len(requests) - len(responses))
        return responses

    def _return_tab(self, tab: Tab) -> None:
        if tab.n_fetched >= RENEW_AFTER:
            tab.close()
            return
        with self._lock:
            self._idle.append(tab)

    def _take_tab(self) -> Tab:
        """Return an idle tab, or a new one that has run the site's script."""
        with self._lock:
            browser = self._start_browser()
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

    def _start_browser(self) -> Chromium:
        """Return the browser; start one unless one runs."""
        if self._browser is not None and (not self._browser.is_alive or self._pid != os.getpid()):
            # After a fork the parent's browser must stay open.
            lost, self._browser = self._browser, None
            self._idle.clear()
            if self._pid == os.getpid():
                lost.close()
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
            raise Blocked(f"the source's own page returns {status}")
        if status >= 400:
            raise SourceSilent(f"the source's page returns {status}")


class _FairSlots:
    """Shares the parallel requests fairly: no caller takes all while others call."""

    def __init__(self, n: int) -> None:
        self._n = self._free = n
        self._n_callers = 0
        self._changed = threading.Condition()

    @contextmanager
    def share(self) -> Iterator[None]:
        """Count one more caller inside."""
        with self._changed:
            self._n_callers += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_callers -= 1

    @contextmanager
    def take(self, n_wanted: int) -> Iterator[int]:
        """Take up to `n_wanted` slots, at least one, for the time inside; yields their number."""
        with self._changed:
            self._changed.wait_for(lambda: self._free > 0)
            share = max(1, self._n // max(1, self._n_callers))
            n_taken = max(1, min(n_wanted, share, self._free))
            self._free -= n_taken
        try:
            yield n_taken
        finally:
            with self._changed:
                self._free += n_taken
                self._changed.notify_all()


def _unpack(heads: list[list[Any]], packed: str) -> list[tuple[PageResponse, bool]]:
    """Return the responses of one script, each with whether it is a challenge."""
    n_bytes = sum(size for _, size, *_ in heads)
    bodies = zlib.decompressobj().decompress(base64.b64decode(packed), n_bytes + 1)
    responses, at = [], 0
    for status, size, content_type, etag, last_modified, retry_after, date in heads:
        text = bodies[at : at + size].decode("utf-8", "replace")
        at += size
        wait_s = retry_after_s(retry_after, date)
        response = PageResponse(status=status, text=text, etag=etag, last_modified=last_modified, retry_after_s=wait_s)
        responses.append((response, _is_challenge(response, content_type)))
    return responses


def _is_challenge(response: PageResponse, content_type: str) -> bool:
    """Whether the source demands proof of a visitor: it says so, or sends HTML where JSON belongs."""
    return (response.status == 403 and _reason(response.text) == "challenge") or (
        response.status == 200 and "html" in content_type
    )


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["error"]["reason"])
    except (ValueError, KeyError, TypeError):
        return ""


def _conditions(request: PageRequest) -> dict[str, str]:
    """Return the headers of a conditional request; an ETag comes first (RFC 9110, section 13.1.3)."""
    if request.etag:
        return {"If-None-Match": request.etag}
    return {"If-Modified-Since": request.last_modified} if request.last_modified else {}


def retry_after_s(header: str, date: str = "") -> float | None:
    """Return the seconds of a Retry-After header, which names seconds or a date; None when it names neither.

    Parameters
    ----------
    header : as the source sent it.
    date : its Date header, by whose clock the date of `header` counts.
    """
    header = header.strip()
    if header.isascii() and header.isdigit() and len(header) < 10:
        return float(header)
    until, now = _parse_http_date(header), _parse_http_date(date) or datetime.now(UTC)
    return None if until is None else max(0.0, (until - now).total_seconds())


def _parse_http_date(http_date: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
