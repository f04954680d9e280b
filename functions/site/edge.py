"""Requests as pages read them, and pages as responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from flask import Request, Response, current_app, request

from functions.site import assets, rendering, routes, service
from functions.site.page import LANGUAGES, Page, PageRequest
from functions.site.service import Deps, Rendered
from shared.web import http

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=()",
}
"""Of every page: nothing runs or loads that is not a file of ours."""
PUBLIC = "public, max-age=0, must-revalidate"
_MAX_VALUE = 500
"""Characters of a query parameter."""


def show(name: str, values: Mapping[str, Any], deps: Deps) -> Response:
    """Return a page that is the same for everybody who asks for this address."""
    page = find_page(name)
    page_request = read_page_request(page.parameters, values, deps)
    if name == "home" and (other := _wanted_language(page_request.language)):
        return _redirect(rendering.link(other, page_request.address()), 302)
    shown = service.show(page, page_request, deps)
    return respond(shown) if shown.status != 404 or _wants_page(request) else _nothing_here()


def asset(file: str) -> Response:
    """Return a file that may be kept for a year: its address changes with it."""
    found = assets.find(file)
    if found is None:
        return http.problem(404, "Not found", f"no file {file}")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    response = Response(found.body, headers=headers, content_type=found.media_type)
    response.set_etag(found.digest)
    return response


def respond_unrouted(incoming: Request, deps: Deps) -> Response:
    """Return a page to people and a problem to programs where no route matched."""
    if not _wants_page(incoming) or incoming.method not in ("GET", "HEAD"):
        return http.respond_unrouted(incoming)
    return show_missing(deps)


def show_missing(deps: Deps) -> Response:
    """Return the page for an address that nothing is at."""
    page_request = PageRequest(path="/", language=_language(), now=deps.clock.now(), origin=_origin())
    return respond(service.show_missing(page_request, deps))


def _wants_page(incoming: Request) -> bool:
    """Tell people, whose browsers ask for HTML, from programs, which take anything or JSON."""
    return incoming.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _nothing_here() -> Response:
    response = http.problem(404, "Not found", f"nothing is at {request.path}")
    response.headers["Vary"] = "Accept"
    return response


def respond(page: Rendered) -> Response:
    """Return a page with its headers, or 304 when the browser has it."""
    if page.location:
        return _redirect(page.location, page.status)
    response = Response(page.body, page.status, headers=SECURITY, content_type=page.content_type)
    if not page.tag:
        response.headers["Cache-Control"] = "no-cache"
        if page.status == 503:
            response.headers["Retry-After"] = "5"
        return response
    response.set_etag(page.tag)
    return http.make_conditional(response)


@cache
def find_page(name: str) -> Page:
    """Return the page of this name."""
    (module,) = [module for each, _path, module in routes.PAGES if each == name]
    pages: tuple[Page, ...] = import_module(f"functions.site.pages.{module}").PAGES
    (page,) = [each for each in pages if each.name == name]
    return page


def _language() -> str:
    """Return the language in which the site is mounted at the address of this request."""
    return next(code for code, prefix in reversed(routes.PREFIXES.items()) if request.script_root.endswith(prefix))


def read_page_request(parameters: Sequence[str], values: Mapping[str, Any], deps: Deps) -> PageRequest:
    """Return the request as pages read it, with the parameters that they know."""
    # A name that comes several times, as the boxes of a form do, is a list with commas.
    query = {name: ",".join(request.args.getlist(name))[:_MAX_VALUE] for name in parameters if request.args.get(name)}
    return PageRequest(
        path=request.path,
        values=values,
        query=query,
        language=_language(),
        now=deps.clock.now(),
        origin=_origin(),
    )


def _origin() -> str:
    return str(current_app.config["PUBLIC_ORIGIN"]) or request.host_url.rstrip("/")


def _wanted_language(language: str) -> str:
    """Return the language of a reader who comes from elsewhere and reads another one than the address has."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin" or "Accept-Language" not in request.headers:
        return ""
    wanted = request.accept_languages.best_match(list(LANGUAGES), "en")
    return wanted if wanted != language and language == "en" else ""


def _redirect(location: str, status: int) -> Response:
    headers = {"Location": location, "Cache-Control": "no-cache", "Vary": "Accept-Language, Sec-Fetch-Site"}
    return Response("", status, headers=headers, content_type="text/html; charset=utf-8")
