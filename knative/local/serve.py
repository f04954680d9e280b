"""``python -m knative.local.serve --manifests knative --public-port P --internal-port I --eventing-url U``.

Serves every function at ``http://127.0.0.1:P`` by the gateway's routes, and at the inner port by name for eventing.
"""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from knative.local.serving import environment, front_page
from knative.local.serving import queue_proxy as queueproxy
from knative.manifests import loader, report
from knative.manifests.model import Manifests
from knative.manifests.references import References
from shared.errors import TouchlineError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from knative.local.serving.function_router import FunctionRouter

_log = logging.getLogger(__name__)

SPARE_THREADS = 8
"""Beyond the requests that all functions may hold: health and pages."""
IDLE_CONNECTIONS = 1000
_PR_SET_PDEATHSIG = 1


def build(found: Manifests, options: argparse.Namespace, given: Mapping[str, str]) -> FunctionRouter:
    """Load every function. Imports what functions need, so it belongs into the worker process."""
    from knative.local.serving.function_router import FunctionRouter
    from knative.local.serving.loaded_function import LoadedFunction
    from knative.local.serving.routes import Routes
    from knative.local.tools.docs.app import ApiDocs
    from knative.local.tools.page.app import EventingPage

    references = References(
        found, functions_url=f"http://127.0.0.1:{options.internal_port}", eventing_url=options.eventing_url
    )
    functions = {}
    for service in found.services:
        variables: dict[str, str] | Exception
        try:
            variables = environment.of_service(service, found, references, given=given, port=options.public_port)
        except TouchlineError as exc:
            variables = exc
        functions[service.name] = LoadedFunction(service, root=options.manifests.resolve().parent, variables=variables)
    routes = Routes(found.routes)
    loaded = [str(name) for name, hosted in functions.items() if not hosted.fault]
    _log.info("%d of %d functions loaded: %s", len(loaded), len(functions), ", ".join(loaded))
    return FunctionRouter(
        functions,
        routes,
        front_page=lambda: front_page.render(found, functions.values()),
        pages={
            "eventing": EventingPage(found, journal=options.journal, eventing_url=options.eventing_url),
            **ApiDocs(functions.values(), routes).pages(),
        },
    )


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn as functions-framework uses it: one process, many threads. The worker loads, the parent only watches."""

    def __init__(self, found: Manifests, options: argparse.Namespace) -> None:
        self._found = found
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Two listeners, one worker."""
        n_threads = sum(map(queueproxy.capacity, self._found.services)) + SPARE_THREADS
        settings: dict[str, Any] = {
            "bind": [
                f"{self._options.public_host}:{self._options.public_port}",
                f"127.0.0.1:{self._options.internal_port}",
            ],
            "workers": 1,
            "worker_class": "gthread",
            "threads": n_threads,  # made when needed
            "worker_connections": n_threads + IDLE_CONNECTIONS,
            "keepalive": 75,
            "timeout": 0,
            "graceful_timeout": 5,
            "accesslog": "-" if self._options.access_log else None,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_fork": _die_with_parent,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """The application: which door a request came through is told by the socket that took it."""
        router = build(self._found, self._options, dict(os.environ))
        internal_port = self._options.internal_port

        def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ["gunicorn.socket"].getsockname()[1] == internal_port:
                return router.inner(environ, start_response)
            return router.public(environ, start_response)

        return app


def _die_with_parent(_server: Any, _worker: Any) -> None:
    """On Linux the worker ends at once when the parent is killed, so that a restart finds the ports free."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    """Exit 2 when the manifests are at fault."""
    parser = argparse.ArgumentParser(prog="knative.local.serve", description="Every function in one process.")
    parser.add_argument("--manifests", type=Path, required=True, help="folder of YAML files, beside the functions")
    parser.add_argument("--public-port", type=int, required=True, help="routes of the gateway")
    parser.add_argument("--public-host", default="127.0.0.1", help="address of the public port (%(default)s)")
    parser.add_argument("--internal-port", type=int, required=True, help="functions by name, on 127.0.0.1")
    parser.add_argument("--eventing-url", required=True, help="address of the eventing process")
    parser.add_argument("--journal", type=Path, help="file in which the eventing process keeps every step")
    parser.add_argument("--access-log", action="store_true", help="a line per request")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        found = loader.load(options.manifests)
    except TouchlineError as exc:
        print(f"functions: {exc}", file=sys.stderr)
        return 2
    report.log_report(found)
    Server(found, options).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
