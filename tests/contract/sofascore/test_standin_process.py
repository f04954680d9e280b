"""The stand-in as a process: one command, its URL on stdout, a site that admits only a real browser."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.support.collection.processes import browser_path
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
CHALLENGE = {"error": {"code": 403, "reason": "challenge"}}
BROWSER_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@contextmanager
def standin(*arguments: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "k8s.local.standin", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline()), process
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.fixture(scope="module")
def guarded_site() -> Iterator[str]:
    with standin() as (output, _):
        yield output["url"]


@pytest.fixture(scope="module")
def open_site() -> Iterator[str]:
    with standin("--no-challenge") as (output, _):
        yield output["url"]


def test_the_first_line_names_url_mode_and_leagues() -> None:
    with standin() as (output, process):
        spent = psutil.Process(process.pid).cpu_times()
        assert spent.user + spent.system < 5
        assert output["mode"] == "simulated"
        assert len(output["leagues"]) == 9
        assert output["leagues"][0] == {"ut": 17, "slug": "england", "name": "England (simulated)", "season": 2026}
        assert httpx.get(f"{output['url']}/health/ready").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_an_archive_is_replayed(tmp_path: Path) -> None:
    (tmp_path / "E0.csv").write_text("Div,Date,HomeTeam,AwayTeam,FTHG,FTAG\nE0,16/08/03,Alpha,Beta,2,1\n")
    with standin("--replay", str(tmp_path), "--no-challenge") as (output, _):
        assert output["mode"] == "replay"
        assert [(league["ut"], league["season"]) for league in output["leagues"]] == [(17, 2003)]
        page = httpx.get(f"{output['url']}/tournament/england/17").text
        assert "replay of real results" in page
        assert "Alpha - Beta 2:1" in page


@pytest.mark.parametrize("arguments", [("--replay", "/nowhere/at/all"), ("--now", "yesterday"), ("--report",)])
def test_bad_arguments_end_with_a_sentence_and_no_traceback(arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "k8s.local.standin", "--port", "0", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "standin: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plain_client_gets_the_challenge(guarded_site: str) -> None:
    for headers in ({}, {"X-Requested-With": "XMLHttpRequest", "Referer": f"{guarded_site}/", "Origin": guarded_site}):
        answer = httpx.get(f"{guarded_site}/api/v1/unique-tournament/17/seasons", headers=headers)
        assert answer.status_code == 403
        assert answer.json() == CHALLENGE


def test_pages_say_what_they_are(guarded_site: str) -> None:
    with httpx.Client(base_url=guarded_site) as client:
        for path in ("/", "/tournament/england/17"):
            page = client.get(path)
            assert page.status_code == 200
            assert "simulated" in page.text
            assert 'meta name="nonce"' in page.text
        assert client.get("/event/1").status_code == 404
        assert client.get("/tournament/x/99").status_code == 404
        assert client.post("/").status_code == 405


def test_a_browser_that_opened_a_page_may_fetch_from_inside_it(guarded_site: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    script = """async paths => Promise.all(paths.map(async path => {
        const answer = await fetch(path);
        return [answer.status, await answer.json()];
    }))"""
    seasons = "/api/v1/unique-tournament/17/seasons"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=BROWSER_ARGUMENTS)
        try:
            page = browser.new_page()
            direct = page.goto(guarded_site + seasons)
            assert (direct.status, direct.json()) == (403, CHALLENGE), "an address of the interface opened directly"
            page.goto(guarded_site)
            [[status, output]] = page.evaluate(script, [seasons])
            assert status == 200
            assert output["seasons"][0]["name"] == "England (simulated) 26/27"
            season = output["seasons"][1]["id"]
            base = f"/api/v1/unique-tournament/17/season/{season}"
            paths = [f"{base}/events/round/{number}" for number in range(1, 39)]
            answers = page.evaluate(script, paths)
            assert {status for status, _ in answers} == {200}
            assert page.goto(guarded_site + seasons).status == 403, "opened directly after the challenge was passed"
            beside = page.context.request.get(guarded_site + seasons)
            assert beside.status == 403, "a request with the cookies but from outside the page"
        finally:
            browser.close()


def test_an_expired_pass_is_refused_until_the_page_is_opened_again() -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    script = "async path => (await fetch(path, {cache: 'no-store'})).status"
    with standin("--pass-lifetime-s", "2") as (output, _), sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=BROWSER_ARGUMENTS)
        try:
            page = browser.new_page()
            path = "/api/v1/unique-tournament/17/seasons"

            def passes(*, opened: bool) -> bool:
                if opened:
                    page.goto(output["url"])
                status = page.evaluate(script, path)
                assert status in (200, 403)
                return bool(status == 200)

            eventually(lambda: passes(opened=True))  # within the two seconds, unless the machine stalls
            eventually(lambda: not passes(opened=False))
            eventually(lambda: passes(opened=True))
        finally:
            browser.close()


def test_an_unchanged_response_is_a_304(open_site: str) -> None:
    path = f"{open_site}/api/v1/unique-tournament/17/seasons"
    first = httpx.get(path)
    assert first.headers["cache-control"] == "max-age=60"
    assert first.headers["etag"]
    again = httpx.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert httpx.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert httpx.head(path).headers["content-length"] == first.headers["content-length"]


def test_a_missing_path_is_a_404_that_may_be_cached_for_an_hour(open_site: str) -> None:
    for path in ("/api/v1/event/1", "/api/v1/nothing", "/api/v2/event/1", "/api/v1", "/api/v1/sport/%00"):
        answer = httpx.get(open_site + path)
        assert answer.status_code == 404
        assert answer.content == b'{"error":{"code":404,"message":"Not Found"}}'
        assert answer.headers["cache-control"] == "max-age=3600"


def test_the_clock_moves_on_request(open_site: str) -> None:
    clock = f"{open_site}/standin/clock"
    live = f"{open_site}/api/v1/sport/football/events/live"
    assert httpx.get(clock).json() == {"now": "2026-11-21T12:00:00Z"}
    before = httpx.get(live).json()["events"]
    try:
        assert httpx.post(clock, json={"now": "2026-11-21T16:00:00+01:00"}).json() == {"now": "2026-11-21T15:00:00Z"}
        assert httpx.get(live).json()["events"] != before
    finally:
        httpx.post(clock, json={"now": "2026-11-21T12:00:00Z"})
    assert httpx.get(live).json()["events"] == before


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"now": 5}', b'{"now": "2026-01-01"}', b'{"then": ""}', b"x" * 9000]
)
def test_a_bad_time_for_the_clock_is_refused(open_site: str, body: bytes) -> None:
    answer = httpx.post(f"{open_site}/standin/clock", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["reason"]


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    def bodies(seed: str) -> list[bytes]:
        with standin("--no-challenge", "--seed", seed) as (output, _), httpx.Client(base_url=output["url"]) as client:
            base = "/api/v1/unique-tournament/203"
            season = client.get(f"{base}/seasons").json()["seasons"][1]["id"]
            events = client.get(f"{base}/season/{season}/events/last/0")
            event = events.json()["events"][0]["id"]
            parts = ("", "/statistics", "/lineups", "/incidents", "/shotmap")
            return [events.content] + [client.get(f"/api/v1/event/{event}{part}").content for part in parts]

    assert bodies("7") == bodies("7")
    assert bodies("7") != bodies("8")


def test_faults_are_changed_while_it_runs(open_site: str) -> None:
    hand = f"{open_site}/standin/hostility"
    with httpx.Client(base_url=open_site) as client:
        seasons = "/api/v1/unique-tournament/203/seasons"
        genuine = client.get(seasons).content
        try:
            assert httpx.post(hand, json={"tricks": "errors=1", "seed": 4}).status_code == 200
            assert client.get(seasons).status_code in (500, 502, 503)
            assert client.get("/health/ready").status_code == 200
            assert httpx.get(hand).json()["done"] == {"errors": 1}
            httpx.post(hand, json={"tricks": "cut=1"})
            with pytest.raises(httpx.RemoteProtocolError):
                client.get(seasons)
            assert httpx.post(hand, json={"tricks": "rain=1"}).status_code == 400
            assert httpx.post(hand, content=b"{").status_code == 400
        finally:
            httpx.post(hand, json={"tricks": ""})
        assert client.get(seasons).content == genuine
