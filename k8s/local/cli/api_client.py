"""Client of the platform's HTTP API for operators: logs in when needed and retries while a process restarts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from k8s.local import credentials, running_platform
from shared.errors import NotFound, Unavailable

POLL_S = 0.5
_RETRY_FOR_S = 120
_RETRY_COMMAND_FOR_S = 5
"""Shorter for commands, as a person waits for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Login of an operator."""

    username: str
    password: str


class ApiClient:
    """Client of the HTTP API; logs in again when its token has expired."""

    def __init__(self, client: httpx.Client, operator: Operator, *, retry_for_s: float = _RETRY_FOR_S) -> None:
        """Use `client`; requests are retried for `retry_for_s` seconds while the platform does not answer."""
        self._client = client
        self._operator = operator
        self._retry_for_s = retry_for_s
        self._token = ""

    def start_job(self, *, leagues: Iterable[str], seasons: Iterable[str]) -> dict[str, Any]:
        """Start a scrape job; returns the running one if it is the same."""
        body: dict[str, Any] = {"seasons": list(seasons)}
        if slugs := list(leagues):
            body["leagues"] = slugs
        return self._request_json("POST", "/scrape", json=body)

    def job(self, job_id: str) -> dict[str, Any]:
        """Return a job with its progress."""
        return self._request_json("GET", f"/scrape/jobs/{job_id}")

    def collect_archives(self) -> list[dict[str, Any]]:
        """Read files of open archives for some seconds; return each archive with its counts."""
        items: list[dict[str, Any]] = self._request_json("POST", "/archives/collect", json={})["items"]
        return items

    def jobs(self) -> list[dict[str, Any]]:
        """Return the newest jobs, without progress."""
        items: list[dict[str, Any]] = self._request_json("GET", "/scrape/jobs", params={"limit": 50})["items"]
        return items

    def quarantine(self, **query: str) -> list[dict[str, Any]]:
        """Return the quarantine entries of all pages."""
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self._request_json("GET", "/scrape/quarantine", params=_without_empty({**query, "cursor": cursor}))
            items += page["items"]
            cursor = page["next"]
        return items

    def quarantine_entry(self, entry_id: int) -> dict[str, Any]:
        """Return one quarantine entry with its raw responses."""
        return self._request_json("GET", f"/scrape/quarantine/{entry_id}")

    def release(self, entry_id: int, note: str) -> dict[str, Any]:
        """Release a quarantine entry."""
        return self._request_json("POST", f"/scrape/quarantine/{entry_id}/release", json={"note": note})

    def source(self) -> dict[str, Any]:
        """Return the health of the source."""
        return self._request_json("GET", "/scrape/source")

    def resume_source(self, reason: str) -> dict[str, Any]:
        """Resume collection from a source that had refused us."""
        return self._request_json("POST", "/scrape/source/resume", json={"reason": reason})

    def completeness(self, *, league: str = "", season: str = "") -> dict[str, Any]:
        """Return the completeness report of each season."""
        return self._request_json(
            "GET", "/scrape/completeness", params=_without_empty({"league": league, "season": season})
        )

    def sales_monitor(self) -> dict[str, Any]:
        """Return the state of the shop's analytics."""
        return self._request_json("GET", "/shop/v1/sales/monitor")

    def get(self, path: str, **params: str | int) -> dict[str, Any] | None:
        """GET a public path; None for 404."""
        response = request_with_retry(lambda: self._client.get(path, params=_without_empty(params)), self._retry_for_s)
        return None if response.status_code == 404 else read_json(response)

    def _request_json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        response = self._send(method, path, **request) if self._token else None
        if response is None or response.status_code == 401:
            self._sign_in()
            response = self._send(method, path, **request)
        return read_json(response)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        return request_with_retry(
            lambda: self._client.request(method, path, headers=headers, **request), self._retry_for_s
        )

    def _sign_in(self) -> None:
        credentials = {"username": self._operator.username, "password": self._operator.password}
        response = request_with_retry(lambda: self._client.post("/login", json=credentials), self._retry_for_s)
        self._token = read_json(response)["access_token"]


@contextmanager
def connect(data: Path) -> Iterator[ApiClient]:
    """Connect to the only platform that runs below a directory, as its first operator."""
    platform = running_platform.single_running(data)
    secrets = credentials.load_or_create(platform.data / "secrets.json")
    operator = Operator(username=secrets.operator_username, password=secrets.operator_password)
    try:
        address = platform.state.urls["public"]
    except KeyError as exc:
        raise NotFound(f"the platform in {platform.data} is starting and has no public address yet; try again") from exc
    with httpx.Client(base_url=address, timeout=30) as client:
        yield ApiClient(client, operator, retry_for_s=_RETRY_COMMAND_FOR_S)


def request_with_retry(send: Callable[[], httpx.Response], retry_for_s: float = _RETRY_FOR_S) -> httpx.Response:
    """Send until there is a response below 500 other than 429: a process that died is being restarted."""
    deadline_s = time.monotonic() + retry_for_s
    while True:
        try:
            response = send()
        except httpx.TransportError as exc:
            problem = str(exc) or type(exc).__name__
        else:
            if response.status_code < 500 and response.status_code != 429:
                return response
            problem = f"{response.status_code} {response.text[:300]}"
        if time.monotonic() > deadline_s:
            raise Unavailable(f"the platform does not answer: {problem}")
        time.sleep(POLL_S)


def read_json(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON of a response.

    Raises
    ------
    NotFound : the status is 404.  Unavailable : any other error status.
    """
    if response.status_code == 404:
        raise NotFound(response.json().get("detail", "not found"))
    if response.is_error:
        raise Unavailable(f"{response.request.url.path} answers {response.status_code}: {response.text[:300]}")
    document: dict[str, Any] = response.json()
    return document


def _without_empty(params: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return the parameters with a value: functions refuse a parameter that is empty."""
    return {name: value for name, value in params.items() if value != ""}
