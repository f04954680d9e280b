"""Drives Chromium through Playwright for callers in any thread: starts it, opens tabs, runs scripts in them.

Playwright's objects belong to one event loop, which runs in a thread of its own. The browser is driven openly: it
says that it is automated and keeps its own User-Agent. Images, fonts and media are switched off in the browser rather
than by intercepting requests, which would send every fetch on a detour through the driver.

The browser ends with this process, however that ends: the driver quits when its pipe closes.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from shared.errors import Unavailable

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Playwright

T = TypeVar("T")

LAUNCH_TIMEOUT_S = 20.0
CALL_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 5.0

DRIVER_HEAP_MB = 96
"""Heap of Playwright's driver, which collects garbage late without a limit: with this it stays at 140 MB, without it
grows to 270 MB over a few seasons."""

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Only data is fetched: no images, fonts or media.
    "--blink-settings=imagesEnabled=false",
    "--disable-remote-fonts",
    # All tabs show one site; a process each would take 55 MB more and fetch no faster.
    "--renderer-process-limit=1",
)
_MEDIA = [f"*.{ending}" for ending in ("mp4", "webm", "mp3", "ogg", "m3u8", "woff", "woff2", "ttf")]


class Chromium:
    """A running browser; shared by all threads of the process that started it."""

    def __init__(self, executable: str, *, sandbox: bool = True) -> None:
        """Start it; `Unavailable` when it does not.

        Its own sandbox needs user namespaces, which the usual seccomp profile of containers forbids; there the
        container is the sandbox.
        """
        self._sandbox = sandbox
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="chromium", daemon=True)
        self._thread.start()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None
        self._is_lost = False
        try:
            self.call(self._launch(executable), timeout_s=2 * LAUNCH_TIMEOUT_S)
        except Unavailable as exc:
            self.close()
            raise Unavailable(f"the browser does not start: {exc}") from exc

    @property
    def is_alive(self) -> bool:
        """Whether it still takes calls."""
        return not self._is_lost and self._browser is not None and self._browser.is_connected()

    def call(self, work: Coroutine[Any, Any, T], *, timeout_s: float = CALL_TIMEOUT_S) -> T:
        """Run a coroutine in the browser's loop and wait for its result here.

        Raises
        ------
        Unavailable : the browser or the page is gone, refused, or did not answer in time.
        """
        from playwright.async_api import Error

        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_s)
        except FutureTimeout:
            future.cancel()
            raise Unavailable(f"the browser did not answer within {timeout_s:.0f} s") from None
        except Error as exc:
            # Nobody but us closes tabs, so this is the end of the browser or of the driver. When the driver was killed,
            # its browser object still reports that it is connected.
            self._is_lost = self._is_lost or "closed" in exc.message
            raise Unavailable(f"the browser failed or is gone: {exc.message.splitlines()[0][:200]}") from exc

    def open_tab(self) -> Tab:
        """Open a new, empty tab."""
        return Tab(self, self.call(self._new_page()))

    def close(self) -> None:
        """End browser, driver and thread, however broken they are."""
        if self._loop.is_closed():
            return
        with suppress(Unavailable):
            self.call(self._end(), timeout_s=2 * CLOSE_TIMEOUT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_TIMEOUT_S)

    def _run(self) -> None:
        self._loop.run_forever()
        # Pipes of the driver are closed by callbacks that the end of the loop would leave undone. They run in this
        # thread, as the one that closes the browser may run a loop of its own.
        self._loop.run_until_complete(_cancel_tasks())
        self._loop.close()

    async def _launch(self, executable: str) -> None:
        from playwright.async_api import async_playwright

        os.environ.setdefault("NODE_OPTIONS", f"--max-old-space-size={DRIVER_HEAP_MB}")
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=executable,
            args=list(FLAGS),
            # Chromium's own sandbox refuses to work for root.
            chromium_sandbox=self._sandbox and os.geteuid() != 0,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=LAUNCH_TIMEOUT_S * 1000,
        )
        # Service workers could answer in the site's name without a request; then an answer would prove nothing.
        self._context = await self._browser.new_context(service_workers="block")

    async def _new_page(self) -> Page:
        if self._context is None:
            raise Unavailable("the browser is gone")
        page = await self._context.new_page()
        devtools = await self._context.new_cdp_session(page)
        await devtools.send("Network.setBlockedURLs", {"urls": _MEDIA})
        return page

    async def _end(self) -> None:
        timeout_s = 1.0 if self._is_lost else CLOSE_TIMEOUT_S
        if self._browser is not None:
            with suppress(Exception):  # a browser that is closed may fail in any way
                await asyncio.wait_for(self._browser.close(), timeout_s)
        if self._playwright is not None:
            with suppress(Exception):
                await asyncio.wait_for(self._playwright.stop(), timeout_s)


async def _cancel_tasks() -> None:
    """Cancel the tasks that still run in this loop and let them end."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(3):
        await asyncio.sleep(0)


class Tab:
    """One page of the browser; used by one thread at a time."""

    def __init__(self, browser: Chromium, page: Page) -> None:
        self._browser = browser
        self._page = page
        self._crashed = False
        self.n_fetched = 0
        """Fetches through this tab, counted by the caller."""
        page.on("crash", self._note_crash)

    @property
    def is_lost(self) -> bool:
        """Whether it can no longer be used."""
        return self._crashed or self._page.is_closed() or not self._browser.is_alive

    def goto(self, url: str, *, timeout_s: float) -> int:
        """Open an address and let its scripts run until it is loaded; the HTTP status."""
        answer = self._browser.call(
            self._page.goto(url, wait_until="load", timeout=timeout_s * 1000), timeout_s=timeout_s + 5
        )
        return 200 if answer is None else answer.status

    def run(self, function: str, *arguments: Any, timeout_s: float) -> Any:
        """Call an async JavaScript function in the page with JSON values and return its result."""
        return self._browser.call(
            self._page.evaluate(f"(values) => ({function})(...values)", list(arguments)), timeout_s=timeout_s
        )

    def close(self) -> None:
        """Close the tab."""
        if not self.is_lost:
            with suppress(Unavailable):
                self._browser.call(self._page.close(), timeout_s=CLOSE_TIMEOUT_S)

    def _note_crash(self, _: Page) -> None:
        self._crashed = True
