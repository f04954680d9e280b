"""Answers ``/eventing`` and what it asks for while it is looked at."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from knative.graph import builder, svg
from knative.local.tools.page import rendering
from knative.local.tools.page.view import PageContent, gather_view
from knative.manifests.model import Manifests
from shared.web import http

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Response

_HERE = Path(__file__).parent
STYLE = (_HERE / "page.css").read_text("utf-8")
SCRIPT = (_HERE / "page.js").read_text("utf-8")
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_SCRIPT_HASH}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class EventingPage:
    """A WSGI application for the public port."""

    def __init__(self, manifests: Manifests, *, journal: Path | None, eventing_url: str) -> None:
        """`journal` is the eventing process's file; `eventing_url` where it tells its counts."""
        self._manifests = manifests
        self._graph = builder.build_graph(manifests)
        self._journal = journal
        self._eventing_url = eventing_url

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer: Iterable[bytes] = self._answer(environ)(environ, start_response)
        return answer

    def _answer(self, environ: WSGIEnvironment) -> Response:
        from flask import Response
        from werkzeug.wrappers import Request

        request = Request(environ)
        if not is_local(request.remote_addr or "", request.host):
            return http.problem(403, "Forbidden", "this page is for the machine it runs on")
        if request.method not in {"GET", "HEAD"}:
            return http.problem(405, "Method not allowed", f"{request.method} is not GET")
        if request.path not in {"/eventing", "/eventing/live"}:
            return http.problem(404, "Not found", f"no page {request.path}")
        view = gather_view(
            self._graph,
            journal=self._journal,
            eventing_url=self._eventing_url,
            source=request.args.get("source", ""),
            id=request.args.get("id", ""),
        )
        if request.path == "/eventing/live":
            return Response(json.dumps(rendering.render_live(view)), content_type="application/json", headers=HEADERS)
        return Response(self._whole(view), content_type="text/html; charset=utf-8", headers=HEADERS)

    def _whole(self, view: PageContent) -> str:
        notes = {edge.owner: view.counts.get(edge.owner, "") for edge in self._graph.edges}
        return rendering.render_page(
            view, picture=svg.draw(self._graph, notes), report=self._report, style=STYLE, script=SCRIPT
        )

    @cached_property
    def _report(self) -> str:
        return rendering.render_report(self._manifests)


def is_local(address: str, host: str) -> bool:
    """Return True if a request comes from this machine, and to a name of it.

    The name is asked too: another site's page, opened here, can have its own name lead to loopback (DNS rebinding).
    """
    name = urlsplit(f"//{host}").hostname or ""
    return _is_loopback(address) and (name == "localhost" or _is_loopback(name))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
