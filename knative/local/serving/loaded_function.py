"""One function in this process: its functions-framework application, unchanged, behind what a cluster puts there."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from knative.local.serving import environment
from knative.local.serving.queue_proxy import QueueProxy
from knative.manifests.model import Service
from shared.web import http

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

_log = logging.getLogger(__name__)

DEFAULT_BODY_LIMIT_BYTES = 1_048_576
"""Of a function that names no limit."""


class LoadedFunction:
    """A function behind its queue; one that could not be loaded answers 503 and the others live on."""

    def __init__(self, service: Service, *, root: Path, variables: Mapping[str, str] | Exception) -> None:
        """Load the function. `variables` is its environment, or why there is none; `root` holds its source."""
        self.service = service
        self.fault = ""
        self.bare: WSGIApplication = self._not_loaded
        """The function without its queue: probes do not wait for their turn."""
        self.body_limit = DEFAULT_BODY_LIMIT_BYTES
        """The largest body it takes, as it says itself."""
        try:
            if isinstance(variables, Exception):
                raise variables
            app = _load(root, variables)
            self.bare, self.body_limit = app, int(app.config["MAX_CONTENT_LENGTH"] or DEFAULT_BODY_LIMIT_BYTES)
        except (Exception, SystemExit) as exc:
            self.fault = f"{type(exc).__name__}: {exc}"
            _log.error("function %s cannot be loaded: %s", service.name, self.fault, extra={"action": "load"})
            _log.debug("function %s", service.name, exc_info=True)
        self.queue_proxy = QueueProxy(self.bare, service)

    def _not_loaded(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        detail = f"function {self.service.name.name} could not be loaded; the log says why"
        return http.problem(503, "Unavailable", detail)(environ, start_response)


def _load(root: Path, variables: Mapping[str, str]) -> Flask:
    """What functions-framework makes of the function, in the function's own environment."""
    from functions_framework import create_app

    source = root / variables.get("FUNCTION_SOURCE", "main.py")
    paths = list(sys.path)
    with environment.only(variables):
        try:
            app: Flask = create_app(  # type: ignore[no-untyped-call]  # the framework has no types
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
