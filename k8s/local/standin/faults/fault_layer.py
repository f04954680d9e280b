"""The hostile site: a layer around the whole site that spoils answers of the interface, switched while it runs."""

from __future__ import annotations

import asyncio
from typing import Any

from k8s.local.standin.faults.fault_plan import Hostility, Spoilt, parse
from k8s.local.standin.site.asgi_app import JSON, App, Receive, Scope, Send, reply, serve_hand


class HostileSite:
    """Middleware of the stand-in; with no tricks it hands every request on."""

    def __init__(self, inner: App, hostility: Hostility) -> None:
        self._inner = inner
        self._hostility = hostility

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, spoilt or not."""
        if scope["type"] == "http" and scope["path"] == "/standin/hostility":
            await serve_hand(scope, receive, send, obey=self._switch, tell=self._told)
        elif scope["type"] == "http" and scope["path"].startswith("/api/") and self._hostility.shares:
            await self._serve(scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the site answer, keep the answer, and hand it on or spoil it."""
        messages: list[dict[str, Any]] = []

        async def keep(message: Any) -> None:
            messages.append(message)

        await self._inner(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in messages[1:])
        spoilt = self._hostility.spoil(scope["path"], messages[0]["status"], body)
        if spoilt is None or (spoilt.body is body and spoilt.cut_at is None):
            await asyncio.sleep(spoilt.delay_s if spoilt else 0)
            for message in messages:
                await send(message)
        else:
            await _send(spoilt, send)

    def _switch(self, order: Any) -> None:
        if not isinstance(order, dict) or not isinstance(order.get("tricks"), str):
            raise ValueError('expected {"tricks": "errors=0.1", "seed": 0}')
        self._hostility = parse(order["tricks"], seed=int(order.get("seed", 0)))

    def _told(self) -> dict[str, Any]:
        return {
            "seed": self._hostility.seed,
            "shares": dict(self._hostility.shares),
            "after": self._hostility.after,
            "done": dict(self._hostility.done),
        }


async def _send(spoilt: Spoilt, send: Send) -> None:
    headers = [JSON, *([(b"retry-after", spoilt.retry_after.encode())] if spoilt.retry_after else [])]
    if spoilt.cut_at is None:
        await reply(send, spoilt.status, headers, spoilt.body)
        return
    # The whole length is promised; ending before it makes the server close the connection.
    headers.append((b"content-length", str(len(spoilt.body)).encode()))
    await send({"type": "http.response.start", "status": spoilt.status, "headers": headers})
    await send({"type": "http.response.body", "body": spoilt.body[: spoilt.cut_at], "more_body": True})
