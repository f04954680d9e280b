"""A real browser behind `Pages`: one Chromium per process, a few pages of the source, many fetches per call into one.

Requests go out from inside a page that ran the site's own script, with the browser's own identity; nothing is
disguised, and a refusal is reported, not defeated. Playwright lives in one thread with its own event loop; any thread
may call `fetch_many`. Images, fonts and media are switched off in the browser rather than by intercepting requests,
which would send every fetch on a detour through the driver.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
import zlib
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TYPE_CHECKING, Any, TypeVar

from shared.errors import Blocked, TouchlineError, Unavailable
from shared.ports import Answer, Ask

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Playwright

T = TypeVar("T")

PARALLEL = 6
"""Requests under way at once, all pages together: what a visitor's browser allows itself per host."""

PER_CALL = 60
"""Fetches per `evaluate`: enough to make the call's own cost vanish, few enough to hand bodies on early."""

FETCH_TIMEOUT_S = 20.0
OPEN_TIMEOUT_S = 20.0
CLOSE_TIMEOUT_S = 5.0

_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-remote-fonts",
    "--blink-settings=imagesEnabled=false",
)
_MEDIA = [f"*.{ending}" for ending in ("mp4", "webm", "mp3", "ogg", "m3u8", "woff", "woff2", "ttf")]

_FETCH = """async ([asks, width, timeout_ms]) => {
  const told = new Array(asks.length), bodies = new Array(asks.length);
  let next = 0;
  const work = async () => {
    while (next < asks.length) {
      const i = next++, [path, etag] = asks[i];
      try {
        const r = await fetch(path, {
          headers: etag ? {'If-None-Match': etag} : {}, cache: 'no-store', signal: AbortSignal.timeout(timeout_ms),
        });
        const h = r.headers, body = await r.blob();
        told[i] = [r.status, body.size, h.get('content-type') || '', h.get('etag') || '', h.get('retry-after') || ''];
        bodies[i] = body;
      } catch (e) {
        const said = new Blob([String(e)]);
        told[i] = [0, said.size, '', '', ''];
        bodies[i] = said;
      }
    }
  };
  await Promise.all(Array.from({length: Math.min(width, asks.length)}, work));
  const packed = await new Response(new Blob(bodies).stream().pipeThrough(new CompressionStream('deflate'))).blob();
  const reader = new FileReader();
  await new Promise((done, failed) => { reader.onload = done; reader.onerror = failed; reader.readAsDataURL(packed); });
  return [told, reader.result.slice(reader.result.indexOf(',') + 1)];
}"""
# Bodies leave the page as one deflated blob: as text they would be escaped and parsed again at each of the four
# borders between page and caller (measured: a quarter more fetches per second, tests/bench/scrape.py).


class BrowserPages:
    """`Pages` on Chromium. Starts nothing before the first fetch; shared by all threads of a process."""

    def __init__(self, base_url: str, *, executable: Callable[[], str | None], n_pages: int = 3) -> None:
        """Remember how to begin.

        Parameters
        ----------
        base_url : the site's address; its page there is opened once per page of ours.
        executable : finds the browser's path when it is needed; None means Playwright's own.
        n_pages : pages kept open, each serving one call at a time.
        """
        self._base_url = base_url.rstrip("/")
        self._executable = executable
        self._n_pages = n_pages
        self._lock = threading.Lock()
        self._thread: _LoopThread | None = None
        self._pid = 0

    def fetch_many(self, asks: Sequence[Ask]) -> list[Answer]:
        """One answer per ask, in order.

        Raises
        ------
        Blocked : the source answers 403 or a challenge even after its page was loaded anew.
        Unavailable : no browser, or it died meanwhile, or its page does not open; the next call starts afresh.
        """
        if not asks:
            return []
        deadline_s = 2 * OPEN_TIMEOUT_S + 2 * FETCH_TIMEOUT_S * -(-len(asks) // PARALLEL)
        return self._running().call(lambda site: site.fetch_many(asks), timeout_s=deadline_s)

    def close(self) -> None:
        """Close the browser and its thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None and self._pid == os.getpid():
            thread.stop()

    def _running(self) -> _LoopThread:
        with self._lock:
            if self._thread is None or self._pid != os.getpid():
                self._thread = _LoopThread(lambda: _Site(self._base_url, self._executable, self._n_pages))
                self._pid = os.getpid()
            return self._thread


class _LoopThread:
    """The one thread in which Playwright lives."""

    def __init__(self, make_site: Callable[[], _Site]) -> None:
        self._loop = asyncio.new_event_loop()
        self._site = make_site()
        self._thread = threading.Thread(target=self._loop.run_forever, name="pages", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[_Site], Coroutine[Any, Any, T]], *, timeout_s: float) -> T:
        """Run a coroutine of the site there and wait for its result here."""
        future = asyncio.run_coroutine_threadsafe(work(self._site), self._loop)
        try:
            return future.result(timeout_s)
        except FutureTimeout as exc:
            future.cancel()
            raise Unavailable(f"the browser did not answer within {timeout_s:.0f} s") from exc

    def stop(self) -> None:
        """Close the site, then end the loop and its thread."""
        try:
            self.call(lambda site: site.close(), timeout_s=3 * CLOSE_TIMEOUT_S)
        except TouchlineError:
            pass  # the browser's processes end with the driver's pipe
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSE_TIMEOUT_S)
            if not self._thread.is_alive():
                self._loop.close()


class _Site:
    """The open browser; used only inside the loop's thread."""

    def __init__(self, base_url: str, executable: Callable[[], str | None], n_pages: int) -> None:
        self._base_url = base_url
        self._executable = executable
        self._seats = asyncio.Semaphore(n_pages)
        self._idle: list[Page] = []
        self._opening = asyncio.Lock()
        self._slots = _Slots(PARALLEL)
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None

    async def fetch_many(self, asks: Sequence[Ask]) -> list[Answer]:
        """Answers from one page; a page that failed is not used again."""
        from playwright.async_api import Error

        async with self._seats, self._slots.caller():
            page = await self._take_page()
            try:
                answers = await self._answers(page, asks)
            except (Error, TimeoutError) as exc:
                await self._discard(page)
                raise Unavailable(f"the page was lost: {_brief(exc)}") from exc
            except BaseException:
                await self._discard(page)
                raise
            self._idle.append(page)
            return answers

    async def close(self) -> None:
        """Close the browser and the driver, however broken they are."""
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        self._context = None
        self._idle.clear()
        if browser is not None:
            await _quietly(browser.close())
        if playwright is not None:
            await _quietly(playwright.stop())

    async def _answers(self, page: Page, asks: Sequence[Ask]) -> list[Answer]:
        answers = await self._evaluate(page, asks)
        refused = [i for i, (_, challenged) in enumerate(answers) if challenged]
        if refused:
            # Once: the mark the site's script left may have expired. A second refusal is meant.
            await self._open_site(page)
            again = await self._evaluate(page, [asks[i] for i in refused])
            for i, second in zip(refused, again, strict=True):
                answers[i] = second
        for ask, (answer, challenged) in zip(asks, answers, strict=True):
            if challenged or answer.status == 403:
                raise Blocked(f"the source refuses {ask.path}: {answer.status} {answer.text[:120]}")
        return [answer for answer, _ in answers]

    async def _evaluate(self, page: Page, asks: Sequence[Ask]) -> list[tuple[Answer, bool]]:
        """Answers, each with whether it is a challenge."""
        answers: list[tuple[Answer, bool]] = []
        for start in range(0, len(asks), PER_CALL):
            part = [[ask.path, ask.etag] for ask in asks[start : start + PER_CALL]]
            async with self._slots.take(len(part)) as width:
                timeout_s = FETCH_TIMEOUT_S * -(-len(part) // width) + 5
                told, packed = await asyncio.wait_for(
                    page.evaluate(_FETCH, [part, width, int(FETCH_TIMEOUT_S * 1000)]), timeout_s
                )
            answers += await asyncio.to_thread(_unpack, told, packed)
            if any(challenged for _, challenged in answers[start:]):
                answers += [(Answer(status=403), True)] * (len(asks) - len(answers))
        return answers

    async def _take_page(self) -> Page:
        """An idle page, or a new one that has run the site's script."""
        from playwright.async_api import Error

        while self._idle:
            page = self._idle.pop()
            if not page.is_closed() and self._browser is not None and self._browser.is_connected():
                return page
        try:
            async with self._opening:
                context = await self._ready_context()
            page = await asyncio.wait_for(context.new_page(), OPEN_TIMEOUT_S)
        except (Error, TimeoutError, OSError) as exc:
            await self.close()
            raise Unavailable(f"the browser does not open: {_brief(exc)}") from exc
        try:
            devtools = await asyncio.wait_for(context.new_cdp_session(page), OPEN_TIMEOUT_S)
            await devtools.send("Network.setBlockedURLs", {"urls": _MEDIA})
            await self._open_site(page)
        except (Error, TimeoutError) as exc:
            await self._discard(page)
            raise Unavailable(f"the source's page does not open: {_brief(exc)}") from exc
        except BaseException:
            await self._discard(page)
            raise
        return page

    async def _open_site(self, page: Page) -> None:
        """Load the site's page and let its script run."""
        answer = await page.goto(self._base_url + "/", wait_until="load", timeout=OPEN_TIMEOUT_S * 1000)
        if answer is not None and answer.status == 403:
            raise Blocked(f"the source refuses its own page: {answer.status}")
        if answer is not None and answer.status >= 400:
            raise Unavailable(f"the source's page answers {answer.status}")

    async def _ready_context(self) -> BrowserContext:
        """The context of the running browser; launches one when there is none."""
        if self._context is not None and self._browser is not None and self._browser.is_connected():
            return self._context
        await self.close()
        from playwright.async_api import async_playwright

        executable = self._executable()
        self._playwright = await asyncio.wait_for(async_playwright().start(), OPEN_TIMEOUT_S)
        flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(_FLAGS)
        self._browser = await self._playwright.chromium.launch(
            executable_path=executable,
            args=flags,
            chromium_sandbox=os.geteuid() != 0,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=OPEN_TIMEOUT_S * 1000,
        )
        # Service workers could answer in the site's name without a request; then an answer would prove nothing.
        self._context = await self._browser.new_context(service_workers="block")
        return self._context

    async def _discard(self, page: Page) -> None:
        """Close a page; when even that fails the browser goes too."""
        if self._browser is None:
            return
        if not self._browser.is_connected() or not await _quietly(page.close()):
            await self.close()


class _Slots:
    """Shares the parallel requests fairly: nobody takes all while others call."""

    def __init__(self, n: int) -> None:
        self._n = self._free = n
        self._n_callers = 0
        self._freed = asyncio.Condition()

    def caller(self) -> _Caller:
        """A context in which one call counts."""
        return _Caller(self)

    def take(self, wanted: int) -> _Taken:
        """A context that holds up to `wanted` slots, at least one, and tells how many."""
        return _Taken(self, wanted)


class _Caller:
    def __init__(self, slots: _Slots) -> None:
        self._slots = slots

    async def __aenter__(self) -> None:
        self._slots._n_callers += 1

    async def __aexit__(self, *_: object) -> None:
        self._slots._n_callers -= 1


class _Taken:
    def __init__(self, slots: _Slots, wanted: int) -> None:
        self._slots, self._wanted, self._held = slots, wanted, 0

    async def __aenter__(self) -> int:
        slots = self._slots
        async with slots._freed:
            await slots._freed.wait_for(lambda: slots._free > 0)
            share = max(1, slots._n // max(1, slots._n_callers))
            self._held = max(1, min(self._wanted, share, slots._free))
            slots._free -= self._held
        return self._held

    async def __aexit__(self, *_: object) -> None:
        slots = self._slots
        slots._free += self._held
        async with slots._freed:
            slots._freed.notify_all()


def _unpack(told: list[list[Any]], packed: str) -> list[tuple[Answer, bool]]:
    """The answers of one call into the page, each with whether it is a challenge."""
    n_bytes = sum(size for _, size, *_ in told)
    bodies = zlib.decompressobj().decompress(base64.b64decode(packed), n_bytes + 1)
    answers, at = [], 0
    for status, size, content_type, etag, retry_after in told:
        text = bodies[at : at + size].decode("utf-8", "replace")
        at += size
        answer = Answer(status=status, text=text, etag=etag, retry_after_s=_seconds(retry_after))
        answers.append((answer, _is_challenge(answer, content_type)))
    return answers


def _is_challenge(answer: Answer, content_type: str) -> bool:
    """Whether the source asks for proof of a visitor: it says so, or sends a page where data belongs."""
    return (answer.status == 403 and _reason(answer.text) == "challenge") or (
        answer.status == 200 and "html" in content_type
    )


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["error"]["reason"])
    except (ValueError, KeyError, TypeError):
        return ""


def _seconds(retry_after: str) -> float | None:
    """Seconds of a Retry-After header; its date form is rare enough to be left to our own back-off."""
    return float(retry_after) if retry_after.isdigit() else None


async def _quietly(closing: Coroutine[Any, Any, None]) -> bool:
    """Wait a little for something to close; False when it did not."""
    try:
        await asyncio.wait_for(closing, CLOSE_TIMEOUT_S)
    except Exception:
        # What is being thrown away may fail in any way; its process ends with the driver's pipe.
        return False
    return True


def _brief(exc: BaseException) -> str:
    return (str(exc).splitlines() or [type(exc).__name__])[0][:200]
