"""The public HTTP interface as an operator's program sees it: signed in when needed, patient with restarts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from k8s.local import credentials
from k8s.local import running as outside
from shared.errors import NotFound, Unavailable

POLL_S = 0.5
_PATIENCE_S = 120
_PATIENCE_AT_HAND_S = 5
"""Where somebody waits for the answer of a command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who asks for the job."""

    username: str
    password: str


class Api:
    """The public HTTP interface as a user's program sees it; signs in again when a token has expired."""

    def __init__(self, client: httpx.Client, operator: Operator, *, patience_s: float = _PATIENCE_S) -> None:
        """`patience_s`: how long a platform that does not answer is waited for."""
        self._client = client
        self._operator = operator
        self._patience_s = patience_s
        self._token = ""

    def collect(self, *, leagues: Iterable[str], seasons: Iterable[str]) -> dict[str, Any]:
        """Ask for a scrape job; the running one when the same was asked before."""
        asked: dict[str, Any] = {"seasons": list(seasons)}
        if wanted := list(leagues):
            asked["leagues"] = wanted
        return self._authorised("POST", "/scrape", json=asked)

    def job(self, job_id: str) -> dict[str, Any]:
        """Where a job stands."""
        return self._authorised("GET", f"/scrape/jobs/{job_id}")

    def jobs(self) -> list[dict[str, Any]]:
        """The newest jobs, without progress."""
        found: list[dict[str, Any]] = self._authorised("GET", "/scrape/jobs", params={"limit": 50})["items"]
        return found

    def quarantine(self, **query: str) -> list[dict[str, Any]]:
        """What was held back, all pages."""
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self._authorised("GET", "/scrape/quarantine", params={**query, "cursor": cursor})
            items += page["items"]
            cursor = page["next"]
        return items

    def held(self, entry_id: int) -> dict[str, Any]:
        """One of it, with its evidence."""
        return self._authorised("GET", f"/scrape/quarantine/{entry_id}")

    def release(self, entry_id: int, note: str) -> dict[str, Any]:
        """Let it pass."""
        return self._authorised("POST", f"/scrape/quarantine/{entry_id}/release", json={"note": note})

    def source(self) -> dict[str, Any]:
        """How the source stands."""
        return self._authorised("GET", "/scrape/source")

    def resume_source(self, reason: str) -> dict[str, Any]:
        """Let a source that refused us be asked again."""
        return self._authorised("POST", "/scrape/source/resume", json={"reason": reason})

    def completeness(self, *, league: str = "", season: str = "") -> dict[str, Any]:
        """What was collected of each season, and what is missing."""
        return self._authorised("GET", "/scrape/completeness", params={"league": league, "season": season})

    def get(self, path: str, **params: str | int) -> dict[str, Any] | None:
        """A public answer, None when nothing is stored under it."""
        response = patiently(lambda: self._client.get(path, params=params), self._patience_s)
        return None if response.status_code == 404 else content(response)

    def _authorised(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        response = self._send(method, path, **request) if self._token else None
        if response is None or response.status_code == 401:
            self._sign_in()
            response = self._send(method, path, **request)
        return content(response)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        return patiently(lambda: self._client.request(method, path, headers=headers, **request), self._patience_s)

    def _sign_in(self) -> None:
        credentials = {"username": self._operator.username, "password": self._operator.password}
        answer = patiently(lambda: self._client.post("/login", json=credentials), self._patience_s)
        self._token = content(answer)["access_token"]


@contextmanager
def of(data: Path) -> Iterator[Api]:
    """The interface of the one platform that runs below a directory, asked as its first operator."""
    found = outside.the_one(outside.running(data), data)
    kept = credentials.load_or_make(found.data / "secrets.json")
    operator = Operator(username=kept.operator_username, password=kept.operator_password)
    try:
        address = found.state.urls["public"]
    except KeyError as exc:
        raise NotFound(f"the platform in {found.data} answers nothing yet") from exc
    with httpx.Client(base_url=address, timeout=30) as client:
        yield Api(client, operator, patience_s=_PATIENCE_AT_HAND_S)


def patiently(ask: Callable[[], httpx.Response], patience_s: float = _PATIENCE_S) -> httpx.Response:
    """Ask until something other than trouble answers: a process that died is being restarted meanwhile."""
    deadline_s = time.monotonic() + patience_s
    while True:
        try:
            response = ask()
        except httpx.TransportError as exc:
            trouble = str(exc) or type(exc).__name__
        else:
            if response.status_code < 500 and response.status_code != 429:
                return response
            trouble = f"{response.status_code} {response.text[:300]}"
        if time.monotonic() > deadline_s:
            raise Unavailable(f"the platform does not answer: {trouble}")
        time.sleep(POLL_S)


def content(response: httpx.Response) -> dict[str, Any]:
    """The JSON of an answer.

    Raises
    ------
    NotFound : it says so.  Unavailable : any other error.
    """
    if response.status_code == 404:
        raise NotFound(response.json().get("detail", "not found"))
    if response.is_error:
        raise Unavailable(f"{response.request.url.path} answers {response.status_code}: {response.text[:300]}")
    told: dict[str, Any] = response.json()
    return told
