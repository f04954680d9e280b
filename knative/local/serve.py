"""``python -m knative.local.serve --manifests knative --public-port P --internal-port I --eventing-url U``.

Serves every function at ``http://127.0.0.1:P`` by the gateway's routes, and at the internal port by name for eventing.
This process only holds the ports and keeps worker processes running; each worker loads every function.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from knative.local.serving import worker_processes
from knative.local.serving.worker_processes import Address, Workers
from knative.manifests import report
from knative.manifests.kinds import loader
from knative.manifests.model import Manifests
from knative.manifests.references import References
from shared.errors import TouchlineError

if TYPE_CHECKING:
    from knative.local.serving.function_router import FunctionRouter
    from shared.web.server.environ import Scope
    from shared.web.server.exchange import Receive, Send

_log = logging.getLogger(__name__)

CONNECTIONS_PER_ADDRESS = 1000
"""Of each worker."""


def build(manifests: Manifests, options: argparse.Namespace, env: Mapping[str, str]) -> FunctionRouter:
    """Load every function. Imports what functions need, so it belongs into the worker process."""
    from knative.local.serving import environment, front_page
    from knative.local.serving.function_router import FunctionRouter
    from knative.local.serving.loaded_function import LoadedFunction
    from knative.local.serving.routes import Routes
    from knative.local.tools.docs.app import ApiDocs
    from knative.local.tools.page.app import EventingPage

    references = References(
        manifests, functions_url=f"http://127.0.0.1:{options.internal_port}", eventing_url=options.eventing_url
    )
    functions = {}
    for service in manifests.services:
        variables: dict[str, str] | Exception
        try:
            variables = environment.of_service(
                service, manifests, references, process_env=env, port=options.public_port
            )
        except TouchlineError as exc:
            variables = exc
        functions[service.name] = LoadedFunction(service, root=options.manifests.resolve().parent, variables=variables)
    routes = Routes(manifests.routes)
    loaded = [str(name) for name, function in functions.items() if not function.fault]
    _log.info("%d of %d functions loaded: %s", len(loaded), len(functions), ", ".join(loaded))
    return FunctionRouter(
        functions,
        routes,
        front_page=lambda: front_page.render(manifests, functions.values()),
        pages={
            "eventing": EventingPage(manifests, journal=options.journal, eventing_url=options.eventing_url),
            **ApiDocs(functions.values(), routes).pages(),
        },
    )


def work(manifests: Manifests, options: argparse.Namespace) -> int:
    """Be a worker: load every function and serve them on the parent's sockets."""
    from shared.web.server.protocol import Bounds
    from shared.web.server.serving import run

    worker_processes.end_with(options.parent_pipe)
    router = build(manifests, options, dict(os.environ))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # Which entrance a request came through is known by the socket that took it.
        entrance = router.internal if scope["server"][1] == options.internal_port else router.public
        await entrance(scope, receive, send)

    sockets = worker_processes.adopt(options.worker)
    bounds = Bounds(connections_per_address=CONNECTIONS_PER_ADDRESS)
    run(app, sockets, bounds, access_log=options.access_log)
    return 0


def main() -> int:
    """Exit 2 when the manifests are at fault, 1 when a port is taken or no worker can be started."""
    parser = argparse.ArgumentParser(prog="knative.local.serve", description="Every function, in a few processes.")
    parser.add_argument("--manifests", type=Path, required=True, help="folder of YAML files, beside the functions")
    parser.add_argument("--public-port", type=int, required=True, help="routes of the gateway")
    parser.add_argument("--public-host", default="127.0.0.1", help="address of the public port (%(default)s)")
    parser.add_argument("--internal-port", type=int, required=True, help="functions by name, on 127.0.0.1")
    parser.add_argument("--eventing-url", required=True, help="address of the eventing process")
    parser.add_argument("--journal", type=Path, help="file in which the eventing process keeps every step")
    parser.add_argument("--access-log", action="store_true", help="a line per request")
    parser.add_argument(
        "--workers",
        type=int,
        default=worker_processes.default_workers(),
        help="worker processes, each one pod of every function; default one per core, four at most (%(default)s here)",
    )
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--parent-pipe", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        manifests = loader.load(options.manifests)
        if options.worker:
            return work(manifests, options)
        addresses = [Address(options.public_host, options.public_port), Address("127.0.0.1", options.internal_port)]
        sockets = worker_processes.listen(addresses, options.workers)
    except TouchlineError as exc:
        print(f"functions: {exc}", file=sys.stderr)
        return 2
    except OSError as exc:
        print(f"functions: a port cannot be opened: {exc}", file=sys.stderr)
        return 1
    report.log_report(manifests)
    return Workers([sys.executable, "-m", "knative.local.serve", *sys.argv[1:]], sockets).run()


if __name__ == "__main__":
    sys.exit(main())
