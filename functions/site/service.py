"""Makes pages: reads their parts, renders what changed, and remembers what did not."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from functions.site import assets, rendering
from functions.site.page import Page, PageRequest, SubjectUnavailable, View
from functions.site.parts import Part, PartReader, Result, Results, part
from functions.site.ports import Functions
from shared.errors import NotFound
from shared.ports.cache import Cache
from shared.ports.clock import Clock
from shared.ports.probes import Probes

PAGES_BYTES = 24_000_000
"""Of rendered pages that a process remembers."""
LEAGUES = part("query-stats", "/stats/leagues", fresh_s=60)
"""Part of every page: the menu."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A page as it is sent."""

    body: str
    status: int = 200
    tag: str = ""
    """Changes with the page; empty for one that nobody should keep."""
    content_type: str = "text/html; charset=utf-8"
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What pages stand on."""

    parts: PartReader
    functions: Functions
    cache: Cache
    clock: Clock
    pages: PageMemory
    probes: Probes = field(default_factory=dict)


def show(page: Page, request: PageRequest, deps: Deps) -> Rendered:
    """Return a page; a part that cannot be had says so in its place."""
    results: dict[str, Result] = {}
    try:
        for wave in page.waves or (_no_parts,):
            menu = {} if results else {"leagues": LEAGUES}
            results |= deps.parts.read({**menu, **wave(request, results)})
        tag = _tag(page, request, results)
        if (kept := deps.pages.get(tag)) is not None:
            return kept
        view = page.view(request, results)
    except NotFound:
        return show_missing(request, deps)
    except SubjectUnavailable:
        return show_unavailable(request, deps)
    if view.location:
        return Rendered(body="", status=302, location=rendering.link(request.language, view.location))
    body = rendering.render_page(page.template, request, view, results)
    is_whole = not any(each.is_late for each in results.values())
    rendered = Rendered(
        body=body,
        status=view.status,
        tag=tag if is_whole and view.status == 200 else "",
        content_type=view.content_type,
    )
    if rendered.tag:
        deps.pages.put(tag, rendered)
    return rendered


def _no_parts(_request: PageRequest, _results: Results) -> Mapping[str, Part]:
    return {}


def show_missing(request: PageRequest, deps: Deps) -> Rendered:
    """Return the page for an address that nothing is at."""
    view = View(title=request.translate("Not found"), status=404, may_be_found=False)
    return _show_message(request, view, "missing.html", deps)


def show_unavailable(request: PageRequest, deps: Deps) -> Rendered:
    """Return the page for something that cannot be had at the moment."""
    view = View(title=request.translate("Not available at the moment"), status=503, may_be_found=False)
    return _show_message(request, view, "unavailable.html", deps)


def _show_message(request: PageRequest, view: View, template: str, deps: Deps) -> Rendered:
    results = deps.parts.read({"leagues": LEAGUES})
    return Rendered(body=rendering.render_page(template, request, view, results), status=view.status)


def _tag(page: Page, request: PageRequest, results: dict[str, Result]) -> str:
    """Return a digest of all that decides how the page looks."""
    digest = hashlib.sha256(
        f"{assets.version()} {page.name} {request.language} {request.origin} {request.address()}\n".encode()
    )
    digest.update(request.today.isoformat().encode())
    for name, result in results.items():
        digest.update(f"{name} {result.tag}\n".encode())
    return digest.hexdigest()[:20]


class PageMemory:
    """Rendered pages by their tags, the last used first to stay; bounded by bytes."""

    def __init__(self, max_bytes: int = PAGES_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._pages: OrderedDict[str, Rendered] = OrderedDict()
        self._n_bytes = 0

    def get(self, tag: str) -> Rendered | None:
        """Return the page of this tag."""
        with self._lock:
            page = self._pages.get(tag)
            if page is not None:
                self._pages.move_to_end(tag)
            return page

    def put(self, tag: str, page: Rendered) -> None:
        """Remember a page."""
        with self._lock:
            if tag in self._pages:
                return
            self._pages[tag] = page
            self._n_bytes += len(page.body)
            while self._n_bytes > self._max_bytes:
                self._n_bytes -= len(self._pages.popitem(last=False)[1].body)
