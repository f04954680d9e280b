"""Requests to a platform, and the folder of earlier answers, each of which is asked for again by its ETag."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx

from .errors import OfflineWarning, Unavailable, from_problem

CACHE_BYTES = 1_000_000_000
MAX_WAIT_S = 120.0
"""Of all waits that an answer asks for (`Retry-After`)."""
_RETRIED = (429, 503)
_BUSY_WAIT_S = 1.0
_SHOWN_AFTER_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A body in the cache, and where it comes from."""

    path: Path
    url: str
    etag: str
    fetched_at: str


class Session:
    """A platform at an address, with a cache of its answers."""

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        cache: str | Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Take the address (else ``TOUCHLINE_URL``), an access token (``TOUCHLINE_TOKEN``) and the cache's folder."""
        self.url = (url or os.environ.get("TOUCHLINE_URL") or "http://127.0.0.1:8080").rstrip("/")
        token = token or os.environ.get("TOUCHLINE_TOKEN")
        headers = {"user-agent": "touchline-client", **({"authorization": f"Bearer {token}"} if token else {})}
        self._client = httpx.Client(base_url=self.url, headers=headers, timeout=60, transport=transport)
        self._owner = hashlib.sha256((token or "").encode()).hexdigest()  # another's answers are not ours
        self._sleep = sleep
        self.cache = Path(cache or os.environ.get("TOUCHLINE_CACHE") or _default_cache())

    def get(self, path: str, **params: Any) -> Answer:
        """Return the newest answer of an address: from the cache where it has not changed.

        Raises
        ------
        TouchlineError : what the platform says; `Unavailable` where it says nothing and nothing is kept.
        """
        request = self._client.build_request("GET", path, params=_spelled(params))
        kept = self._find_kept_answer(str(request.url))
        if kept and kept.etag:
            request.headers["if-none-match"] = kept.etag
        try:
            return self._send(request, kept)
        except httpx.TransportError as exc:
            if kept is None:
                raise Unavailable(f"{self.url} does not answer", url=str(request.url)) from exc
            age = datetime.now(UTC) - datetime.fromisoformat(kept.fetched_at)
            warnings.warn(f"{self.url} does not answer: kept {_spoken(age.total_seconds())} ago", OfflineWarning, 4)
            return kept

    def json(self, path: str, **params: Any) -> Any:
        """Return the JSON of an address."""
        return json.loads(self.get(path, **params).path.read_bytes())

    def post(self, path: str, body: Any, accept: str) -> Answer:
        """Return the answer to a JSON body; it is not kept for a later call."""
        request = self._client.build_request("POST", path, json=body, headers={"accept": accept})
        try:
            return self._send(request, None)
        except httpx.TransportError as exc:
            raise Unavailable(f"{self.url} does not answer", url=str(request.url)) from exc

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(self, request: httpx.Request, kept: Answer | None) -> Answer:
        waited_s = 0.0
        while True:
            with _closing(self._client.send(request, stream=True)) as response:
                if response.status_code == 304 and kept is not None:
                    os.utime(kept.path)
                    return kept
                if response.is_success:
                    return self._keep(request, response)
                response.read()
                wait_s = _retry_after_s(response)
                if response.status_code not in _RETRIED or waited_s + wait_s > MAX_WAIT_S:
                    raise from_problem(response.status_code, _json_of(response), str(request.url))
            self._sleep(wait_s)
            waited_s += wait_s

    def _keep(self, request: httpx.Request, response: httpx.Response) -> Answer:
        self.cache.mkdir(parents=True, exist_ok=True)
        url = str(request.url)
        key = self._key(url + request.content.decode("latin-1"))
        with tempfile.NamedTemporaryFile(dir=self.cache, delete=False) as file:
            for chunk in _with_progress(response):
                file.write(chunk)
        path = self.cache / key
        answer = Answer(
            path=path, url=url, etag=response.headers.get("etag", ""), fetched_at=datetime.now(UTC).isoformat()
        )
        os.replace(file.name, path)
        described = path.with_suffix(".json")
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps({**asdict(answer), "path": key}))
        os.replace(temporary, described)
        self._prune(path)
        return answer

    def _find_kept_answer(self, url: str) -> Answer | None:
        path = self.cache / self._key(url)
        try:
            return (
                Answer(**{**json.loads(path.with_suffix(".json").read_text()), "path": path}) if path.exists() else None
            )
        except (OSError, ValueError, TypeError):
            return None

    def _key(self, url: str) -> str:
        return hashlib.sha256(f"{self._owner} {url}".encode()).hexdigest()

    def _prune(self, newest: Path) -> None:
        """Delete the answers that were not asked for the longest, until the rest fits."""
        with suppress(OSError):
            files = sorted(((s := each.stat()).st_mtime, s.st_size, each) for each in self.cache.iterdir())
            surplus = sum(size for _, size, _ in files) - CACHE_BYTES
            for _, size, path in files:
                if surplus <= 0:
                    return
                if path.stem != newest.stem:
                    path.unlink(missing_ok=True)
                    surplus -= size


def _default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "touchline"


def _spelled(params: dict[str, Any]) -> dict[str, str]:
    """Return parameters as the platform writes them; those without a value are left out."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in params.items()
        if value is not None and value != ""
    }


def _retry_after_s(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    if text.isdecimal():
        return float(text)
    with suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()) if text else _BUSY_WAIT_S
    return _BUSY_WAIT_S


def _json_of(response: httpx.Response) -> Any:
    with suppress(ValueError):
        return response.json()
    return None


def _spoken(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"


def _with_progress(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body; what takes longer than a second draws a bar where somebody watches."""
    started, shown, length = time.monotonic(), False, int(response.headers.get("content-length") or 0)
    for chunk in response.iter_bytes():
        yield chunk
        n_bytes = response.num_bytes_downloaded
        if sys.stderr.isatty() and time.monotonic() - started > _SHOWN_AFTER_S:
            shown = True
            part = f"{'█' * (20 * n_bytes // length):░<20} " if length else ""
            sys.stderr.write(f"\r{part}{n_bytes / 1e6:,.1f} MB {response.url.path}")
    if shown:
        sys.stderr.write("\r\x1b[K")


@contextmanager
def _closing(response: httpx.Response) -> Iterator[httpx.Response]:
    try:
        yield response
    finally:
        response.close()
