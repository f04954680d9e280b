"""Fetching inside a page of a real browser: against the stand-in, and against a site that misbehaves."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from k8s.local.standin.__main__ import listen
from k8s.local.standin.site.asgi_app import build
from k8s.local.standin.site.challenge import DEFAULT_LIFETIME_S, Challenge
from k8s.local.standin.site.clock import DEFAULT_NOW, SiteClock, parse_instant
from k8s.local.standin.site.json_interface import JsonInterface
from k8s.local.standin.site.pages import Pages
from k8s.local.standin.world.simulated_world import SimulatedWorld
from shared.adapters.browser.pages import PARALLEL, BrowserPages
from shared.errors import Blocked, SourceSilent, Unavailable
from shared.ports.collection import PageRequest
from tests.support.collection.processes import ROOT, browser_path
from tests.support.waiting import eventually

SEASONS = "/api/v1/unique-tournament/203/seasons"
PAGE = (200, "text/html", b"<!doctype html><title>site</title><script>document.cookie='seen=1'</script>")


class Site:
    """A site with settable responses, which records its requests."""

    def __init__(self) -> None:
        self.response: Callable[[str], tuple[int, str, bytes]] = lambda path: (200, "application/json", b"{}")
        self.page = PAGE
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.n_now = self.n_most = 0
        self._connections: set[socket.socket] = set()
        lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                with lock:
                    site._connections.add(self.connection)

            def finish(self) -> None:
                with lock:
                    site._connections.discard(self.connection)
                super().finish()

            def do_GET(self) -> None:
                with lock:
                    site.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                    site.n_now += 1
                    site.n_most = max(site.n_most, site.n_now)
                try:
                    status, content_type, body = site.page if self.path == "/" else site.response(self.path)
                finally:
                    with lock:
                        site.n_now -= 1
                self.send_response(status)
                for name, value in {"Content-Type": content_type, **site.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        # A browser may hold unused connections, on which a thread of the server still waits.
        for connection in [*self._connections]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def open_pages() -> Iterator[Callable[..., BrowserPages]]:
    executable = browser_path()
    opened: list[BrowserPages] = []

    def open_one(url: str, n_pages: int = 2) -> BrowserPages:
        opened.append(BrowserPages(url, executable=lambda: executable, n_pages=n_pages))
        return opened[-1]

    yield open_one
    for pages in opened:
        pages.close()


class StandIn:
    """The stand-in, with a settable clock for its access passes."""

    def __init__(self) -> None:
        import uvicorn

        self.now_s = time.time()
        world, clock = SimulatedWorld(1), SiteClock(parse_instant(DEFAULT_NOW))
        challenge = Challenge(b"secret", wall_clock=lambda: self.now_s)
        app = build(JsonInterface(world, clock, 1), Pages(world, clock, challenge), clock, challenge)
        listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1, ws="none")
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    standin = StandIn()
    yield standin
    standin.close()


def browser_processes(*names: str) -> list[psutil.Process]:
    return [child for child in psutil.Process().children(recursive=True) if _has_name(child, names or ("chrom",))]


def _has_name(process: psutil.Process, names: tuple[str, ...]) -> bool:
    try:
        return any(name in process.name() for name in names)
    except psutil.NoSuchProcess:  # it ended after it was listed
        return False


def test_the_stand_in_admits_a_page_that_ran_its_script(
    standin: StandIn, open_pages: Callable[..., BrowserPages]
) -> None:
    pages = open_pages(standin.url)
    first, second, missing = pages.fetch_many(
        [
            PageRequest(path=SEASONS),
            PageRequest(path="/api/v1/unique-tournament/203"),
            PageRequest(path="/api/v1/event/1"),
        ]
    )
    assert (first.status, second.status, missing.status) == (200, 200, 404)
    assert json.loads(first.text)["seasons"]
    assert first.etag
    assert pages.fetch_many([PageRequest(path=SEASONS, etag=first.etag)])[0].status == 304


def test_an_expired_pass_is_renewed_by_loading_the_page_again(
    standin: StandIn, open_pages: Callable[..., BrowserPages]
) -> None:
    pages = open_pages(standin.url)
    assert pages.fetch_many([PageRequest(path=SEASONS)])[0].status == 200
    standin.now_s += DEFAULT_LIFETIME_S
    assert [response.status for response in pages.fetch_many([PageRequest(path=SEASONS)] * 3)] == [200] * 3


def test_responses_keep_the_order_of_the_requests_and_every_byte(
    site: Site, open_pages: Callable[..., BrowserPages]
) -> None:
    site.response = lambda path: (200, "application/json", f'{{"é日🏟":"{path}","n":"{path[1:] * 50}"}}'.encode())
    requests = [PageRequest(path=f"/{number}") for number in range(150)]
    responses = open_pages(site.url).fetch_many(requests)
    assert [json.loads(response.text)["é日🏟"] for response in responses] == [request.path for request in requests]
    assert responses[77].text.endswith("77" * 50 + '"}')


def test_status_validators_and_waits_of_responses_are_returned(
    site: Site, open_pages: Callable[..., BrowserPages]
) -> None:
    site.headers = {"ETag": '"abc"', "Retry-After": "17", "Last-Modified": "Sat, 21 Nov 2026 12:00:00 GMT"}
    site.response = lambda path: (int(path[1:]), "application/json", b"{}")
    responses = open_pages(site.url).fetch_many([PageRequest(path=f"/{status}") for status in (200, 404, 429, 503)])
    assert [response.status for response in responses] == [200, 404, 429, 503]
    assert {(response.etag, response.retry_after_s) for response in responses} == {('"abc"', 17.0)}
    assert {response.last_modified for response in responses} == {"Sat, 21 Nov 2026 12:00:00 GMT"}


def test_requests_are_conditional_by_etag_or_else_by_date(site: Site, open_pages: Callable[..., BrowserPages]) -> None:
    site.response = lambda path: (304, "", b"")
    date = "Sat, 21 Nov 2026 12:00:00 GMT"
    requests = [
        PageRequest(path="/a", etag='"e"', last_modified=date),
        PageRequest(path="/b", last_modified=date),
        PageRequest(path="/c"),
    ]
    assert [response.status for response in open_pages(site.url).fetch_many(requests)] == [304] * 3
    conditions = {path: headers for path, headers in site.requests if path != "/"}
    names = ("if-none-match", "if-modified-since")
    assert [tuple(conditions[request.path].get(name) for name in names) for request in requests] == [
        ('"e"', None),
        (None, date),
        (None, None),
    ]


def test_the_browser_keeps_its_user_agent_and_fetches_from_inside_the_page(
    site: Site, open_pages: Callable[..., BrowserPages]
) -> None:
    open_pages(site.url).fetch_many([PageRequest(path="/data", etag='"e"')])
    (headers,) = (headers for path, headers in site.requests if path == "/data")
    assert "Chrome" in headers["user-agent"]
    assert headers["sec-fetch-site"] == "same-origin"
    assert headers["sec-fetch-mode"] == "cors"
    assert headers["if-none-match"] == '"e"'
    assert headers["cookie"] == "seen=1"
    assert headers["referer"] == f"{site.url}/"


def test_the_page_is_opened_once_per_tab_and_pictures_not_at_all(
    site: Site, open_pages: Callable[..., BrowserPages]
) -> None:
    site.page = (200, "text/html", PAGE[2] + b"<img src=/a.png><style>body{background:url(/b.png)}</style>")
    pages = open_pages(site.url)
    for _ in range(3):
        pages.fetch_many([PageRequest(path="/data")])
    paths = [path for path, _ in site.requests]
    assert paths.count("/") == 1
    assert not [path for path in paths if path.endswith(".png")]


def test_a_tab_that_fetched_much_is_renewed(
    site: Site, open_pages: Callable[..., BrowserPages], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.browser.pages.RENEW_AFTER", 4)
    pages = open_pages(site.url)
    for _ in range(3):
        pages.fetch_many([PageRequest(path="/a"), PageRequest(path="/b")])
    assert [path for path, _ in site.requests].count("/") == 2


def test_a_site_that_forbids_workers_sees_the_same_visitor(site: Site, open_pages: Callable[..., BrowserPages]) -> None:
    visitors = []
    for rules in ({}, {"Content-Security-Policy": "worker-src 'none'"}):
        site.headers, site.requests = {**rules}, []
        (response,) = open_pages(site.url).fetch_many([PageRequest(path="/data", etag='"e"')])
        assert (response.status, response.text) == (200, "{}")
        visitors.append(next(headers for path, headers in site.requests if path == "/data"))
    free, forbidden = visitors
    # Chromium sends no client hints with requests of a worker; the User-Agent itself is there.
    assert free == {name: value for name, value in forbidden.items() if not name.startswith("sec-ch-ua")}
    assert "user-agent" in free


def test_many_callers_never_send_more_than_a_visitors_browser_would(
    site: Site, open_pages: Callable[..., BrowserPages]
) -> None:
    def slow(path: str) -> tuple[int, str, bytes]:
        time.sleep(0.01)
        return 200, "application/json", b"{}"

    site.response = slow
    pages = open_pages(site.url, n_pages=3)
    with ThreadPoolExecutor(8) as callers:
        calls = [callers.submit(pages.fetch_many, [PageRequest(path=f"/{k}/{n}") for n in range(40)]) for k in range(8)]
        assert all(response.status == 200 for call in calls for response in call.result())
    assert 2 <= site.n_most <= PARALLEL


@pytest.mark.parametrize(
    "refusal",
    [
        (403, "application/json", b'{"error":{"code":403,"reason":"challenge"}}'),
        (403, "text/plain", b"no"),
        (200, "text/html", b"<html>Are you human? captcha</html>"),
    ],
)
def test_a_refusal_is_reported_after_one_new_page_at_most(
    site: Site, open_pages: Callable[..., BrowserPages], refusal: tuple[int, str, bytes]
) -> None:
    site.response = lambda path: refusal
    with pytest.raises(Blocked, match="refuses /data"):
        open_pages(site.url).fetch_many([PageRequest(path="/data")] * 200)
    paths = [path for path, _ in site.requests]
    assert paths.count("/") <= 2
    assert len(paths) <= 200 + 2


def test_a_page_that_is_refused_is_reported(site: Site, open_pages: Callable[..., BrowserPages]) -> None:
    site.page = (403, "text/html", b"go away")
    with pytest.raises(Blocked):
        open_pages(site.url).fetch_many([PageRequest(path="/data")])


def test_a_site_that_is_down_gives_no_responses_and_its_page_does_not_open(
    open_pages: Callable[..., BrowserPages],
) -> None:
    site = Site()
    site.headers = {"Connection": "close"}
    pages = open_pages(site.url)
    assert pages.fetch_many([PageRequest(path="/data")])[0].status == 200
    site.close()
    assert pages.fetch_many([PageRequest(path="/data")])[0].status == 0
    with pytest.raises(SourceSilent):
        open_pages(site.url).fetch_many([PageRequest(path="/data")])


def test_a_page_that_answers_500_is_unavailable(site: Site, open_pages: Callable[..., BrowserPages]) -> None:
    site.page = (500, "text/html", b"oops")
    pages = open_pages(site.url)
    with pytest.raises(SourceSilent, match="500"):
        pages.fetch_many([PageRequest(path="/data")])
    site.page = PAGE
    assert pages.fetch_many([PageRequest(path="/data")])[0].status == 200


def test_dialogs_do_not_stop_the_page(site: Site, open_pages: Callable[..., BrowserPages]) -> None:
    site.page = (200, "text/html", b"<script>alert('buy'); confirm('really?')</script>")
    assert open_pages(site.url).fetch_many([PageRequest(path="/data")])[0].status == 200


@pytest.mark.parametrize("with_driver", [False, True])
def test_a_killed_browser_fails_the_call_and_the_next_starts_another(
    site: Site, open_pages: Callable[..., BrowserPages], with_driver: bool
) -> None:
    began, is_killed = threading.Event(), threading.Event()

    def slow(path: str) -> tuple[int, str, bytes]:
        began.set()
        is_killed.wait(60)
        return 200, "application/json", b"{}"

    pages = open_pages(site.url)
    pages.fetch_many([PageRequest(path="/data")])
    site.response = slow
    with ThreadPoolExecutor(1) as caller:
        call = caller.submit(pages.fetch_many, [PageRequest(path=f"/{number}") for number in range(300)])
        assert began.wait(60)
        for process in browser_processes("chrom", "node") if with_driver else browser_processes():
            with suppress(psutil.NoSuchProcess):  # it ended together with an earlier one
                process.kill()
        is_killed.set()
        with pytest.raises(Unavailable, match="gone"):
            call.result(60)
    assert pages.fetch_many([PageRequest(path="/data")])[0].status == 200


def test_a_killed_page_process_fails_its_call_only(site: Site, open_pages: Callable[..., BrowserPages]) -> None:
    pages = open_pages(site.url)
    pages.fetch_many([PageRequest(path="/data")])
    for process in browser_processes():
        with suppress(psutil.NoSuchProcess):  # it ended after it was listed
            if "--type=renderer" in process.cmdline():
                process.kill()
    deadline_s = time.monotonic() + 20
    while True:
        try:
            assert pages.fetch_many([PageRequest(path="/data")])[0].status == 200
            return
        except Unavailable:
            assert time.monotonic() < deadline_s


def test_a_browser_that_does_not_start_says_why() -> None:
    pages = BrowserPages("http://127.0.0.1:1", executable=lambda: "/bin/false")
    with pytest.raises(Unavailable, match="does not start"):
        pages.fetch_many([PageRequest(path="/data")])
    pages.close()


def test_closing_leaves_no_process_and_no_folder_behind(site: Site, open_pages: Callable[..., BrowserPages]) -> None:
    pages = open_pages(site.url)
    pages.fetch_many([PageRequest(path="/data")])
    assert browser_processes()
    pages.close()
    eventually(lambda: not browser_processes())
    assert not [thread for thread in threading.enumerate() if thread.name == "chromium"]


def test_no_browser_outlives_a_process_that_was_killed(site: Site) -> None:
    script = (
        "import sys, time\n"
        "from shared.adapters.browser.pages import BrowserPages; from shared.ports.collection import PageRequest\n"
        "pages = BrowserPages(sys.argv[1], executable=lambda: sys.argv[2])\n"
        "pages.fetch_many([PageRequest(path='/data')]); print('open', flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, site.url, browser_path()], cwd=ROOT, stdout=subprocess.PIPE)
    assert owner.stdout is not None
    with owner.stdout:
        assert owner.stdout.readline() == b"open\n"
        family = psutil.Process(owner.pid).children(recursive=True)
        assert family
        owner.kill()
        owner.wait()
    assert not psutil.wait_procs(family, timeout=30)[1]
