"""The public door of a running platform: what a stranger may send, and what the command line says to mistakes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from k8s.local.cli import touchline as cli
from tests.support.running_platform import ROOT, Running
from tests.support.waiting import NO_AUTHORITIES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    platform = Running("--leagues", "russia")
    try:
        platform.start()
        platform.wait_said("Running until Ctrl-C", 300)
        yield platform
    finally:
        platform.stop()


def send(running: Running, method: str, path: str, **request: Any) -> httpx.Response:
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
        ("GET", "/stats/matches/99999999999999999999999999", {}, 400),
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
def test_mistakes_are_problems(running: Running, method: str, path: str, request_: dict[str, Any], status: int) -> None:
    response = send(running, method, path, **request_)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert "Traceback" not in response.text


def forged(**claims: Any) -> str:
    now = int(time.time())
    known = {"iss": "touchline", "aud": "touchline-api", "sub": "1", "roles": ["operator"], "iat": now, "exp": now + 60}
    return jwt.encode(known | claims, "not the key of this platform, but long enough", headers={"kid": "k1"})


@pytest.mark.parametrize("token", ["", "x", "a.b.c", forged(), forged(exp=1)])
def test_forged_and_expired_tokens_open_nothing(running: Running, token: str) -> None:
    response = send(
        running, "POST", "/scrape", json={}, headers={"Authorization": f"Bearer {token}" if token else "Bearer"}
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_new_user_may_look_but_not_collect(running: Running) -> None:
    account = {"username": f"user{time.time_ns()}", "password": "long enough a password"}
    assert send(running, "POST", "/register", json=account).status_code == 201
    granted = send(running, "POST", "/login", json=account).json()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert send(running, "GET", "/scrape/jobs", headers=bearer).status_code == 200
    assert send(running, "POST", "/scrape", json={}, headers=bearer).status_code == 403


def test_a_user_logs_in_anywhere_sees_it_and_ends_it(running: Running) -> None:
    account = {"username": f"user{time.time_ns()}", "password": "long enough a password"}
    assert send(running, "POST", "/register", json=account).status_code == 201
    first = send(running, "POST", "/login", json={**account, "device": "phone"}).json()
    other = send(running, "POST", "/token", data={"grant_type": "password", **account}).json()
    renewed = send(running, "POST", "/sessions/refresh", json={"refresh_token": first["refresh_token"]}).json()
    bearer = {"Authorization": f"Bearer {renewed['access_token']}"}
    listed = send(running, "GET", "/sessions", headers=bearer).json()["items"]
    assert [(each["device"], each["current"]) for each in listed] == [("phone", True), ("", False)]
    assert send(running, "DELETE", f"/sessions/{listed[1]['id']}", headers=bearer).status_code == 204
    ended = send(running, "POST", "/sessions/refresh", json={"refresh_token": other["refresh_token"]})
    assert ended.status_code == 401
    assert send(running, "GET", "/.well-known/jwks.json").json() == {"keys": []}, "HS256 keys are secrets"


def test_everything_simulated_says_so(running: Running) -> None:
    assert "(simulated)" in running.get("/stats/leagues/russia/table")["name"]
    assert "(simulated)" in running.get("/analyze/leagues/russia/forecasts", round="next")["items"][0]["name"]
    assert all("(simulated)" in league["name"] for league in running.get("/stats/leagues")["items"])


def test_a_match_can_be_followed_from_the_list_to_its_shots(running: Running) -> None:
    page = running.get("/stats/leagues/russia/matches", state="finished", limit=1)
    match = page["items"][0]
    goals = match["score"]["home"] + match["score"]["away"]
    parts = {
        part: running.get(f"/stats/matches/{match['match_id']}/{part}")["items"] for part in ("lineups", "incidents")
    }
    assert sum(incident["kind"] == "goal" for incident in parts["incidents"]) == goals
    assert sum(player["starter"] for player in parts["lineups"]) == 22


def test_the_collection_can_be_looked_into_from_the_command_line(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> str:
        assert cli.main(["--data", str(running.data), *arguments]) == 0
        return capsys.readouterr().out

    assert told("source", "status").startswith("sofascore: ok")
    job_id = told("jobs").splitlines()[-1].split()[0]  # newer ones are the clock's
    assert "done, 100 %" in told("jobs", job_id[:30])
    assert "done, 100 %" in told("jobs", "--watch")
    assert "complete" in told("completeness", "--league", "russia", "--season", "2025/26").splitlines()[1]
    assert told("source", "resume", "--reason", "a test").endswith("0 jobs continue\n")


def test_an_answer_seen_before_is_not_sent_again(running: Running) -> None:
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


def test_a_second_run_on_the_same_data_says_so_and_ends(running: Running) -> None:
    ended = command("--data", str(running.data), "--port", "0")
    assert ended.returncode == 3
    assert f"in use by process {running.pid}" in ended.stderr


def test_a_taken_port_is_named(running: Running, tmp_path_factory: pytest.TempPathFactory) -> None:
    ended = command("--data", str(tmp_path_factory.mktemp("other")), "--port", str(running.port))
    assert ended.returncode == 2
    assert f"port {running.port} is taken" in ended.stderr


def test_mistakes_on_the_command_line_are_told_in_a_sentence(running: Running) -> None:
    for options in (["--leagues", "atlantis"], ["--replay", "/nowhere"], ["--now", "soon"]):
        ended = command(*options)
        assert ended.returncode == 2
        assert "Traceback" not in ended.stderr


def test_a_second_start_goes_on_from_its_state_and_ctrl_c_leaves_nothing(running: Running) -> None:
    before = running.get("/stats/leagues/russia/table")
    running.interrupt()
    assert running.leftovers() == []
    running.start()
    running.wait_said("Running until Ctrl-C", 120)
    assert running.get("/stats/leagues/russia/table") == before
