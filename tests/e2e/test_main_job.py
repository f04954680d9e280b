"""The main job of one league: its API and command line afterwards, and the same rows whatever is killed within it.

One module, so that the run that nobody disturbs serves as the platform of the one and as the measure of the other.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest

from k8s.local.cli import touchline as cli
from tests.support.running_platform import ROOT, PlatformProcess, eventually, fingerprint
from tests.support.waiting import NO_AUTHORITIES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

OPTIONS = ("--leagues", "russia", "--seed", "7")
DONE = "forecasts of the next round"


@dataclass(frozen=True)
class Outcome:
    """What a finished main job has stored."""

    rows: dict[str, tuple[int, int]]
    table: Any
    forecasts: list[dict[str, Any]]


def read_outcome(running: PlatformProcess) -> Outcome:
    forecasts = running.get("/analyze/leagues/russia/forecasts", limit=500)["items"]
    return Outcome(
        rows=fingerprint(running.clickhouse()),
        table=[without(row, "fetched_at") for row in running.get("/stats/leagues/russia/table")["rows"]],
        forecasts=[without(item, "made_at") for item in forecasts],
    )


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a row without the field that says when it was made."""
    return {key: value for key, value in row.items() if key != name}


@pytest.fixture(scope="module")
def finished() -> Iterator[tuple[PlatformProcess, Outcome]]:
    """A platform that has done its main job undisturbed, and what it had stored then."""
    platform = PlatformProcess(*OPTIONS)
    try:
        platform.start()
        platform.wait_for_output(DONE, 300)
        outcome = read_outcome(platform)
        platform.wait_for_output("Running until Ctrl-C", 60)
        yield platform, outcome
    finally:
        platform.stop()


@pytest.fixture
def running(finished: tuple[PlatformProcess, Outcome]) -> PlatformProcess:
    """The platform that has done its main job."""
    return finished[0]


@pytest.fixture
def undisturbed(finished: tuple[PlatformProcess, Outcome]) -> Outcome:
    """What the main job stores when nothing is killed."""
    return finished[1]


def send(running: PlatformProcess, method: str, path: str, **request: Any) -> httpx.Response:
    return httpx.request(method, f"{running.url}{path}", timeout=20, verify=NO_AUTHORITIES, **request)


@pytest.mark.parametrize(
    ("method", "path", "request_", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("GET", "/stats/leagues/atlantis/table", {}, 404),
        ("GET", "/stats/leagues/russia/table?as_of=yesterday", {}, 400),
        ("GET", "/stats/leagues/russia/table?venue=moon", {}, 400),
        ("GET", "/stats/leagues/russia/matches?limit=0", {}, 400),
        ("GET", "/stats/leagues/russia/matches?cursor=nonsense", {}, 400),
        ("GET", "/stats/matches/not-a-number", {}, 404),
        ("GET", "/stats/matches/99999999999999999999999999", {}, 404),
        ("GET", "/analyze/leagues/russia/forecasts?round=last", {}, 400),
        ("POST", "/stats/leagues", {}, 405),
        ("POST", "/register", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ("POST", "/register", {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}}, 400),
        ("POST", "/register", {"json": {"username": 7, "password": ["x"]}}, 400),
        ("POST", "/register", {"json": {"username": "somebody", "password": "x" * 1025}}, 400),
        ("POST", "/register", {"content": b"x" * 2_000_000, "headers": {"content-type": "application/json"}}, 413),
        ("POST", "/register", {"data": {"username": "a", "password": "b"}}, 400),
        ("POST", "/login", {"json": {"username": "nobody", "password": "not this one"}}, 401),
        ("POST", "/login", {"data": {"username": "nobody", "password": "not this one"}}, 403),
        ("POST", "/sessions/refresh", {"json": {"refresh_token": "made up"}}, 401),
        ("GET", "/sessions", {}, 401),
        ("DELETE", "/sessions", {}, 401),
        ("GET", "/.well-known/../sessions", {}, 401),
        ("GET", "/.well-known/openid-configuration", {}, 404),
        ("POST", "/scrape", {"json": {}}, 401),
        ("GET", "/scrape/jobs", {}, 401),
        ("POST", "/events/league-updated", {"json": {}}, 404),
        ("POST", "/events/tick", {"json": {}}, 404),
        ("GET", "/stats/../scrape/jobs", {}, 401),
    ],
)
def test_mistakes_are_problems(
    running: PlatformProcess, method: str, path: str, request_: dict[str, Any], status: int
) -> None:
    response = send(running, method, path, **request_)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert "Traceback" not in response.text


def test_what_is_forecast_can_be_bet_on(running: PlatformProcess) -> None:
    """The clock makes the lines every minute, over HTTP from the forecasts that the functions beside it answer."""
    events = eventually(lambda: running.get("/lines", league="russia")["items"] or None, 90)
    coming = {item["match_id"] for item in running.get("/analyze/leagues/russia/forecasts", limit=500)["items"]}
    assert {event["match_id"] for event in events} <= coming
    for event in events:
        result = next(market for market in event["markets"] if market["kind"] == "1x2")
        assert sum(100 / selection["odds_hundredths"] for selection in result["selections"]) >= 1


def forged(**claims: Any) -> str:
    now = int(time.time())
    known = {"iss": "touchline", "aud": "touchline-api", "sub": "1", "roles": ["operator"], "iat": now, "exp": now + 60}
    return jwt.encode(known | claims, "not the key of this platform, but long enough", headers={"kid": "k1"})


@pytest.mark.parametrize("token", ["", "x", "a.b.c", forged(), forged(exp=1)])
def test_forged_and_expired_tokens_open_nothing(running: PlatformProcess, token: str) -> None:
    response = send(
        running, "POST", "/scrape", json={}, headers={"Authorization": f"Bearer {token}" if token else "Bearer"}
    )
    assert response.status_code == 401
    expected = 'Bearer error="invalid_token"' if token else "Bearer"
    assert response.headers["www-authenticate"] == expected


def test_a_new_user_may_look_but_not_collect(running: PlatformProcess) -> None:
    account = {"username": f"user{time.time_ns()}", "password": "long enough a password"}
    assert send(running, "POST", "/register", json=account).status_code == 201
    granted = send(running, "POST", "/login", json=account).json()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert send(running, "GET", "/scrape/jobs", headers=bearer).status_code == 200
    assert send(running, "POST", "/scrape", json={}, headers=bearer).status_code == 403


def test_a_user_logs_in_anywhere_sees_it_and_ends_it(running: PlatformProcess) -> None:
    account = {"username": f"user{time.time_ns()}", "password": "long enough a password"}
    assert send(running, "POST", "/register", json=account).status_code == 201
    first = send(running, "POST", "/login", json={**account, "device": "phone"}).json()
    other = send(running, "POST", "/token", data={"grant_type": "password", **account}).json()
    renewed = send(running, "POST", "/sessions/refresh", json={"refresh_token": first["refresh_token"]}).json()
    bearer = {"Authorization": f"Bearer {renewed['access_token']}"}
    listed = send(running, "GET", "/sessions", headers=bearer).json()["items"]
    assert [(each["device"], each["current"]) for each in listed] == [("phone", True), ("", False)]
    assert send(running, "DELETE", f"/sessions/{listed[1]['id']}", headers=bearer).status_code == 204
    completed = send(running, "POST", "/sessions/refresh", json={"refresh_token": other["refresh_token"]})
    assert completed.status_code == 401
    assert send(running, "GET", "/.well-known/jwks.json").json() == {"keys": []}, "HS256 keys are secrets"


def test_everything_simulated_says_so(running: PlatformProcess) -> None:
    assert "(simulated)" in running.get("/stats/leagues/russia/table")["name"]
    assert "(simulated)" in running.get("/analyze/leagues/russia/forecasts", round="next")["items"][0]["name"]
    assert all("(simulated)" in league["name"] for league in running.get("/stats/leagues")["items"])


def test_a_match_can_be_followed_from_the_list_to_its_shots(running: PlatformProcess) -> None:
    page = running.get("/stats/leagues/russia/matches", state="finished", limit=1)
    match = page["items"][0]
    goals = match["score"]["home"] + match["score"]["away"]
    parts = {
        part: running.get(f"/stats/matches/{match['match_id']}/{part}")["items"] for part in ("lineups", "incidents")
    }
    assert sum(incident["kind"] == "goal" for incident in parts["incidents"]) == goals
    assert sum(player["starter"] for player in parts["lineups"]) == 22


def test_the_collection_can_be_looked_into_from_the_command_line(
    running: PlatformProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    def run_command(*arguments: str) -> str:
        assert cli.main(["--data", str(running.data), *arguments]) == 0
        return capsys.readouterr().out

    assert run_command("source", "status").startswith("sofascore: ok")
    job_id = run_command("jobs").splitlines()[-1].split()[0]  # newer ones are the clock's
    assert "done, 100 %" in run_command("jobs", job_id[:30])
    assert "done, 100 %" in run_command("jobs", "--watch")
    assert "complete" in run_command("completeness", "--league", "russia", "--season", "2025/26").splitlines()[1]
    assert run_command("source", "resume", "--reason", "a test").endswith("0 jobs continue\n")


def test_an_answer_seen_before_is_not_sent_again(running: PlatformProcess) -> None:
    first = send(running, "GET", "/stats/leagues/russia/table")
    again = send(running, "GET", "/stats/leagues/russia/table", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def command(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "k8s.local.cli.run", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_run_on_the_same_data_says_so_and_ends(running: PlatformProcess) -> None:
    completed = command("--data", str(running.data), "--port", "0")
    assert completed.returncode == 3
    assert f"in use by process {running.pid}" in completed.stderr


def test_a_taken_port_is_named(running: PlatformProcess, tmp_path_factory: pytest.TempPathFactory) -> None:
    completed = command("--data", str(tmp_path_factory.mktemp("other")), "--port", str(running.port))
    assert completed.returncode == 2
    assert f"port {running.port} is in use" in completed.stderr


def test_mistakes_on_the_command_line_are_told_in_a_sentence(running: PlatformProcess) -> None:
    for options in (["--leagues", "atlantis"], ["--replay", "/nowhere"], ["--now", "soon"]):
        completed = command(*options)
        assert completed.returncode == 2
        assert "Traceback" not in completed.stderr


def test_a_second_start_goes_on_from_its_state_and_ctrl_c_leaves_nothing(running: PlatformProcess) -> None:
    before = running.get("/stats/leagues/russia/table")
    running.interrupt()
    assert running.leftovers() == []
    running.start()
    running.wait_for_output("Running until Ctrl-C", 120)
    assert running.get("/stats/leagues/russia/table") == before


@pytest.fixture
def killed(finished: tuple[PlatformProcess, Outcome]) -> Iterator[PlatformProcess]:
    """A platform that is yet to be started, and then killed in parts; alone on the machine."""
    finished[0].stop()
    platform = PlatformProcess(*OPTIONS)
    yield platform
    platform.stop()


@pytest.mark.parametrize(
    "names",
    [
        ["olap", "bus", "postgres", "cache", "supervisor"],
        ["eventing", "worker", "functions", "browser", "standin"],
    ],
    ids="-".join,
)
def test_killed_processes_leave_no_gap_and_no_double(
    names: list[str], killed: PlatformProcess, undisturbed: Outcome
) -> None:
    """One after the other, each when a further part of the rows is stored, so that every kill meets work in flight."""
    killed.start()
    part = undisturbed.rows["appearances"][0] // (len(names) + 2)
    for number, name in enumerate(names, start=1):
        _kill(name, killed, at_appearances=number * part)
        if name == "supervisor":
            eventually(lambda: None if killed.leftovers() else True, 30, killed.leftovers)
            killed.start()
    killed.wait_for_output(DONE, 300)
    stored = read_outcome(killed)
    assert {kind for kind in stored.rows if stored.rows[kind] != undisturbed.rows[kind]} == set()
    assert stored == undisturbed


def _kill(name: str, platform: PlatformProcess, *, at_appearances: int) -> None:
    eventually(lambda: _n_appearances(platform) > at_appearances or None, 300, platform.printed)

    # What was killed before may still be on its way back, and this one with it: the browser belongs to the worker.
    def kill() -> bool:
        platform.kill(name)
        return True

    eventually(kill, 30, platform.printed)


def _n_appearances(platform: PlatformProcess) -> int:
    return int(platform.clickhouse().query("SELECT count() AS n FROM current_appearances")[0]["n"])
