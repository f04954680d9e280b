"""Middleware around the whole site that applies a plan of faults; the plan can be changed at run time."""

from __future__ import annotations

import asyncio
from typing import Any

from k8s.local.standin.faults.fault_plan import CorruptedResponse, FaultPlan, parse
from k8s.local.standin.site.asgi_app import JSON, App, Receive, Scope, Send, reply, serve_control


class FaultLayer:
    """Middleware of the stand-in; without faults it passes every request through."""

    def __init__(self, inner: App, plan: FaultPlan) -> None:
        self._inner = inner
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, corrupted or not."""
        if scope["type"] == "http" and scope["path"] == "/standin/hostility":
            await serve_control(scope, receive, send, apply=self._switch, describe=self._as_json)
        elif scope["type"] == "http" and scope["path"].startswith("/api/") and self._plan.shares:
            await self._serve(scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Collect the site's response, then send it or a corrupted one."""
        messages: list[dict[str, Any]] = []

        async def keep(message: Any) -> None:
            messages.append(message)

        await self._inner(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in messages[1:])
        corrupted = self._plan.corrupt(scope["path"], messages[0]["status"], body)
        if corrupted is None or (corrupted.body is body and corrupted.cut_at is None):
            await asyncio.sleep(corrupted.delay_s if corrupted else 0)
            for message in messages:
                await send(message)
        else:
            await _send(corrupted, send)

    def _switch(self, order: Any) -> None:
        if not isinstance(order, dict) or not isinstance(order.get("tricks"), str):
            raise ValueError('expected {"tricks": "errors=0.1", "seed": 0}')
        self._plan = parse(order["tricks"], seed=int(order.get("seed", 0)))

    def _as_json(self) -> dict[str, Any]:
        return {
            "seed": self._plan.seed,
            "shares": dict(self._plan.shares),
            "after": self._plan.after,
            "done": dict(self._plan.applied),
        }


async def _send(corrupted: CorruptedResponse, send: Send) -> None:
    headers = [JSON, *([(b"retry-after", corrupted.retry_after.encode())] if corrupted.retry_after else [])]
    if corrupted.cut_at is None:
        await reply(send, corrupted.status, headers, corrupted.body)
        return
    # The whole length is promised; ending before it makes the server close the connection.
    headers.append((b"content-length", str(len(corrupted.body)).encode()))
    await send({"type": "http.response.start", "status": corrupted.status, "headers": headers})
    await send({"type": "http.response.body", "body": corrupted.body[: corrupted.cut_at], "more_body": True})
