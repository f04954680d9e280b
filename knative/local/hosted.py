"""One function in this process: its functions-framework application, unchanged, behind its containerConcurrency."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knative.local import environment
from knative.local.manifests import Service
from shared import http

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

QUEUE_FACTOR = 10
"""queue-proxy holds this many times the containerConcurrency before it answers 503."""
QUEUE_WAIT_S = 60.0


class Hosted:
    """A WSGI application; one that could not be loaded answers 503 and the others live on."""

    def __init__(self, service: Service, *, root: Path, variables: Mapping[str, str] | Exception) -> None:
        """Load the function. `variables` is its environment, or why there is none; `root` holds its source."""
        self.service = service
        self.fault = ""
        self._app: WSGIApplication | None = None
        self._limit = service.container_concurrency
        self._running = threading.BoundedSemaphore(self._limit) if self._limit else None
        self._waiting = 0
        self._lock = threading.Lock()
        try:
            if isinstance(variables, Exception):
                raise variables
            self._app = _load(root, variables)
        except (Exception, SystemExit) as exc:
            self.fault = f"{type(exc).__name__}: {exc}"
            _log.error("function %s cannot be loaded: %s", service.name, self.fault, extra={"action": "load"})
            _log.debug("function %s", service.name, exc_info=True)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or say that there is no room or no function."""
        if self._app is None:
            detail = f"function {self.service.name.name} could not be loaded; the log says why"
            return http.problem(503, "Unavailable", detail)(environ, start_response)
        if self._running is None:
            return self._app(environ, start_response)
        if not self._enter(self._running):
            response = http.problem(503, "Unavailable", f"function {self.service.name.name} has no room")
            response.headers["Retry-After"] = "1"
            return response(environ, start_response)
        try:
            answer = self._app(environ, start_response)
        except BaseException:
            self._running.release()
            raise
        return _Released(answer, self._running)

    def _enter(self, running: threading.BoundedSemaphore) -> bool:
        if running.acquire(blocking=False):
            return True
        with self._lock:
            if self._waiting >= self._limit * QUEUE_FACTOR:
                return False
            self._waiting += 1
        try:
            return running.acquire(timeout=QUEUE_WAIT_S)
        finally:
            with self._lock:
                self._waiting -= 1


class _Released:
    """An answer that gives its place back once it is sent."""

    def __init__(self, answer: Iterable[bytes], running: threading.BoundedSemaphore) -> None:
        self._answer = answer
        self._running = running

    def __iter__(self) -> Any:
        return iter(self._answer)

    def close(self) -> None:
        """Called by the server in any case."""
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        finally:
            self._running.release()


def _load(root: Path, variables: Mapping[str, str]) -> WSGIApplication:
    """What functions-framework makes of the function, in the function's own environment."""
    from functions_framework import create_app

    source = root / variables.get("FUNCTION_SOURCE", "main.py")
    paths = list(sys.path)
    with environment.only(variables):
        try:
            app: WSGIApplication = create_app(  # type: ignore[no-untyped-call]
                variables.get("FUNCTION_TARGET", "handle"),
                str(source),
                variables.get("FUNCTION_SIGNATURE_TYPE", "http"),
            )
        finally:
            # The framework lets each function import its neighbours as top-level modules; in one process the next
            # function would get the former one's `core` or `service`.
            sys.path[:] = paths
            sys.modules.pop(source.stem, None)
    return app
