"""Serve one function in a container: ``python -m shared.web.server``.

Reads what functions-framework reads: FUNCTION_TARGET, FUNCTION_SOURCE, FUNCTION_SIGNATURE_TYPE and PORT; THREADS is how
many requests run at once, and equals the Service's ``containerConcurrency``. More wait here, unseen by the queue-proxy.
"""

from __future__ import annotations

import os
import socket
import sys

from shared.web.server.exchange import WsgiServer
from shared.web.server.protocol import Bounds
from shared.web.server.serving import run

DEFAULT_THREADS = 8
DEFAULT_BODY_LIMIT_BYTES = 1_048_576


def main() -> int:
    """Load the function and serve it until SIGTERM."""
    from functions_framework import create_app

    env = os.environ
    listening = socket.create_server(("0.0.0.0", int(env.get("PORT", "8080"))), backlog=2048)  # nosec B104
    app = create_app(  # type: ignore[no-untyped-call]  # the framework has no types
        env.get("FUNCTION_TARGET", "handle"),
        env.get("FUNCTION_SOURCE", "main.py"),
        env.get("FUNCTION_SIGNATURE_TYPE", "http"),
    )
    body_limit = int(app.config["MAX_CONTENT_LENGTH"] or DEFAULT_BODY_LIMIT_BYTES)
    run(WsgiServer(app, threads=int(env.get("THREADS", DEFAULT_THREADS)), body_limit=body_limit), [listening], Bounds())
    return 0


if __name__ == "__main__":
    sys.exit(main())
