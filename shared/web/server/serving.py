"""Runs an ASGI application on listening sockets until SIGTERM."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import uvicorn
import uvloop

from shared.web.server.environ import Scope
from shared.web.server.exchange import Receive, Send
from shared.web.server.protocol import BoundedHttp, Bounds

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

KEEP_ALIVE_S = 75
"""Longer than proxies keep an idle connection, so that none sends a request into one that we close."""
GRACE_S = 5
"""For requests under way when the server is stopped."""


def run(app: Application, sockets: Sequence[socket.socket], bounds: Bounds, *, access_log: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; requests under way have `GRACE_S` seconds to end."""
    config = uvicorn.Config(
        app,
        http=partial(BoundedHttp, bounds=bounds),  # type: ignore[arg-type]  # anything that makes a protocol serves
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=access_log,
        proxy_headers=False,  # a forwarded address is believed only from TRUSTED_PROXIES (shared.web.callers)
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        backlog=2048,
    )
    config.load()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=list(sockets)))
