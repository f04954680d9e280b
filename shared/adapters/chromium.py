"""Chromium over its DevTools pipe: start it, open tabs, run a script in them; thread-safe, no event loop, no driver.

Why not Playwright: it observes every request of every page (the protocol's Network domain cannot be left off) and
relays each message through a Node process. In-page fetches cost 1.7 times the processor time and 150 MB more that way
(measured, see README of scrape-league), and nothing it offers beyond these few calls is needed here. The browser is
driven openly: it says that it is automated and keeps its own User-Agent.

The pipe is also the leash: when this process ends, however it ends, the browser reads the end of the pipe and quits.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from pathlib import Path
from typing import Any

from shared.errors import Unavailable

LAUNCH_TIMEOUT_S = 20.0
CALL_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 3.0

_PROFILE = "touchline-browser-"
_READ_BYTES = 1 << 20

FLAGS = (
    "--headless",
    "--enable-automation",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--disable-hang-monitor",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--password-store=basic",
    "--use-mock-keychain",
    "--metrics-recording-only",
    "--mute-audio",
    # What a visitor would look at is not fetched: images, fonts.
    "--blink-settings=imagesEnabled=false",
    "--disable-remote-fonts",
)


class Chromium:
    """A running browser."""

    def __init__(self, executable: str) -> None:
        """Start it.

        Raises
        ------
        Unavailable : it does not start; its own last words are told.
        """
        _remove_orphaned_profiles()
        self._profile = Path(tempfile.mkdtemp(prefix=f"{_PROFILE}{os.getpid()}-"))
        self._lock = threading.Lock()
        self._number = 0
        self._waiting: dict[int, tuple[str, Future[dict[str, Any]]]] = {}
        self._tabs: dict[str, Tab] = {}
        self._lost = ""
        self._process, self._in, self._out = self._start(executable)
        self._reader = threading.Thread(target=self._read, name="chromium", daemon=True)
        self._reader.start()
        try:
            self.call("Target.setDiscoverTargets", {"discover": True}, timeout_s=LAUNCH_TIMEOUT_S)
            self._context: str = self.call("Target.createBrowserContext")["browserContextId"]
        except Unavailable as exc:
            words = self._last_words()
            self.close()
            raise Unavailable(f"the browser does not start: {words or exc}") from exc

    @property
    def is_alive(self) -> bool:
        """Whether it still answers, as far as is known."""
        return not self._lost and self._process.poll() is None

    def call(
        self, method: str, params: dict[str, Any] | None = None, *, session: str = "", timeout_s: float = CALL_TIMEOUT_S
    ) -> dict[str, Any]:
        """One command of the DevTools protocol and its result.

        Raises
        ------
        Unavailable : the browser or the tab is gone, refuses, or did not answer in time.
        """
        number, answer = self._send(method, params or {}, session)
        try:
            return answer.result(timeout_s)
        except FutureTimeout:
            raise Unavailable(f"the browser did not answer {method} within {timeout_s:.0f} s") from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)

    def open_tab(self) -> Tab:
        """A new, empty tab."""
        target = self.call("Target.createTarget", {"url": "about:blank", "browserContextId": self._context})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        tab = Tab(self, target, session)
        with self._lock:
            self._tabs[session] = tab
        tab.call("Page.enable")
        tab.call("Page.setLifecycleEventsEnabled", {"enabled": True})
        return tab

    def close(self) -> None:
        """End it, its processes and its profile."""
        if self.is_alive:
            with suppress(Unavailable):
                self.call("Browser.close", timeout_s=CLOSE_TIMEOUT_S)
        self._lose("it was closed")
        with suppress(OSError):
            os.close(self._in)
        try:
            self._process.wait(CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._reader.join(CLOSE_TIMEOUT_S)
        shutil.rmtree(self._profile, ignore_errors=True)

    def forget(self, tab: Tab) -> None:
        """Events of this tab are of no interest any more."""
        with self._lock:
            self._tabs.pop(tab.session, None)

    def _start(self, executable: str) -> tuple[subprocess.Popen[bytes], int, int]:
        """The process and our ends of its pipe; it wants commands on descriptor 3 and answers on 4."""
        its_in, our_out = os.pipe()
        our_in, its_out = os.pipe()
        flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        command = [executable, *flags, f"--user-data-dir={self._profile / 'profile'}", "about:blank"]
        try:
            with (self._profile / "log").open("wb") as log:
                process = subprocess.Popen(
                    # The shell only moves the descriptors; doing that between fork and exec is unsafe among threads.
                    ["/bin/sh", "-c", f'exec "$0" "$@" 3</dev/fd/{its_in} 4>/dev/fd/{its_out}', *command],
                    pass_fds=(its_in, its_out),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as exc:
            os.close(our_out)
            os.close(our_in)
            raise Unavailable(f"the browser does not start: {exc}") from exc
        finally:
            os.close(its_in)
            os.close(its_out)
        return process, our_out, our_in

    def _send(self, method: str, params: dict[str, Any], session: str) -> tuple[int, Future[dict[str, Any]]]:
        answer: Future[dict[str, Any]] = Future()
        with self._lock:
            if self._lost:
                raise Unavailable(f"the browser is gone: {self._lost}")
            self._number += 1
            number = self._number
            self._waiting[number] = (session, answer)
            message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
            try:
                _write(self._in, json.dumps(message).encode() + b"\0")
            except OSError as exc:
                self._waiting.pop(number)
                raise Unavailable("the browser is gone: its pipe is closed") from exc
        return number, answer

    def _read(self) -> None:
        """Hand answers to those who wait for them, until the browser ends."""
        parts: list[bytes] = []
        while True:
            try:
                piece = os.read(self._out, _READ_BYTES)
            except OSError:
                piece = b""
            if not piece:
                break
            *ends, rest = piece.split(b"\0")
            for end in ends:
                self._receive(b"".join([*parts, end]))
                parts.clear()
            if rest:
                parts.append(rest)
        self._lose("its pipe was closed")
        os.close(self._out)

    def _receive(self, raw: bytes) -> None:
        message = json.loads(raw)
        if "id" not in message:
            self._event(message["method"], message.get("params", {}), message.get("sessionId", ""))
            return
        with self._lock:
            _, answer = self._waiting.pop(message["id"], ("", None))
        if answer is None:
            return
        if "error" in message:
            answer.set_exception(Unavailable(f"the browser refuses: {message['error'].get('message', '')}"))
        else:
            answer.set_result(message.get("result", {}))

    def _event(self, method: str, params: dict[str, Any], session: str) -> None:
        if method in ("Target.targetCrashed", "Target.targetDestroyed", "Target.detachedFromTarget"):
            gone = params.get("targetId"), params.get("sessionId")
            for tab in self._known_tabs():
                if tab.target == gone[0] or tab.session == gone[1]:
                    self._lose_tab(tab, method.partition(".")[2])
            return
        with self._lock:
            concerned = self._tabs.get(session)
        if concerned is None:
            return
        if method == "Page.lifecycleEvent" and params.get("name") == "load":
            concerned.loaded(params["loaderId"])
        elif method == "Page.javascriptDialogOpening":
            # Nobody is there to answer it, and it would stop the page.
            with suppress(Unavailable):
                self._send("Page.handleJavaScriptDialog", {"accept": False}, session)

    def _known_tabs(self) -> list[Tab]:
        with self._lock:
            return list(self._tabs.values())

    def _lose_tab(self, tab: Tab, why: str) -> None:
        self.forget(tab)
        tab.is_lost = True
        self._fail([tab.session], f"the page is gone: {why}")

    def _lose(self, why: str) -> None:
        with self._lock:
            self._lost = self._lost or why
            tabs, self._tabs = list(self._tabs.values()), {}
        for tab in tabs:
            tab.is_lost = True
        self._fail(None, f"the browser is gone: {why}")

    def _fail(self, sessions: list[str] | None, why: str) -> None:
        with self._lock:
            failed = [
                number for number, (session, _) in self._waiting.items() if sessions is None or session in sessions
            ]
            answers = [self._waiting.pop(number)[1] for number in failed]
        for answer in answers:
            answer.set_exception(Unavailable(why))

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = (self._profile / "log").read_text("utf-8", "replace").strip().splitlines()
            return lines[-1][:200] if lines else ""
        return ""


class Tab:
    """One page of the browser. Not shared between threads."""

    def __init__(self, browser: Chromium, target: str, session: str) -> None:
        self._browser = browser
        self.target = target
        self.session = session
        self.is_lost = False
        self._loads: set[str] = set()
        self._loaded = threading.Condition()

    def call(
        self, method: str, params: dict[str, Any] | None = None, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> dict[str, Any]:
        """One command for this tab; raises as `Chromium.call`."""
        return self._browser.call(method, params, session=self.session, timeout_s=timeout_s)

    def goto(self, url: str, *, timeout_s: float) -> int:
        """Open an address and wait until it has loaded, its scripts run; the status of its answer.

        Raises
        ------
        Unavailable : it cannot be reached, or did not load in time.
        """
        begun = self.call("Page.navigate", {"url": url}, timeout_s=timeout_s)
        if begun.get("errorText"):
            raise Unavailable(f"{url} cannot be opened: {begun['errorText']}")
        with self._loaded:
            if not self._loaded.wait_for(lambda: self.is_lost or begun.get("loaderId") in self._loads, timeout_s):
                raise Unavailable(f"{url} did not load within {timeout_s:.0f} s")
            self._loads.clear()
        status = self.run("() => performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0", timeout_s=5)
        return int(status)

    def run(self, function: str, *arguments: Any, timeout_s: float) -> Any:
        """Call a JavaScript function in the page; its result, awaited, as JSON.

        Raises
        ------
        Unavailable : the page is gone, did not answer in time, or the function threw.
        """
        expression = f"({function})({', '.join(json.dumps(argument) for argument in arguments)})"
        asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", asked, timeout_s=timeout_s)
        if thrown := answer.get("exceptionDetails"):
            told = thrown.get("exception", {}).get("description") or thrown.get("text", "")
            raise Unavailable(f"the page's script failed: {told.splitlines()[0][:200] if told else 'no reason told'}")
        return answer["result"].get("value")

    def loaded(self, loader: str) -> None:
        """Told by the browser when a document has loaded."""
        with self._loaded:
            self._loads.add(loader)
            self._loaded.notify_all()

    def close(self) -> None:
        """Close the tab; a lost one is closed already."""
        self._browser.forget(self)
        if not self.is_lost and self._browser.is_alive:
            with suppress(Unavailable):
                self._browser.call("Target.closeTarget", {"targetId": self.target}, timeout_s=CLOSE_TIMEOUT_S)
        self.is_lost = True


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _remove_orphaned_profiles() -> None:
    """Profiles of processes that were killed; each is named for its process."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PROFILE}*"):
        pid = folder.name.removeprefix(_PROFILE).partition("-")[0]
        if pid.isdigit() and not _runs(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
