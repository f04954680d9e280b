"""One box for leagues, teams, players and managers."""

from __future__ import annotations

from collections.abc import Mapping

from functions.site.page import Page, PageRequest, View
from functions.site.parts import Part, Results, part
from functions.site.texts import mark as _

KINDS = ("", "league", "team", "player", "manager")
KIND_WORDS = {"league": _("League"), "team": _("Team"), "player": _("Player"), "manager": _("Manager")}


def _parts(request: PageRequest, _results: Results) -> Mapping[str, Part]:
    query = request.query.get("q", "").strip()[:100]
    if not query:
        return {}
    return {
        "hits": part(
            "search", "/stats/search", q=query, kind=request.choice("kind", KINDS), limit=30,
            cursor=request.query.get("cursor", "")[:200], fresh_s=10,
        )
    }  # fmt: skip


def _view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    query = request.query.get("q", "")
    hits = results["hits"].value if "hits" in results and results["hits"].ok else {"items": [], "next": None}
    slugs = {
        each["league_id"]: each["league"]
        for each in (results["leagues"].value["items"] if results["leagues"].ok else [])
    }
    return View(
        title=f"{_('Search')}: {query}" if query else _("Search"),
        may_be_found=False,
        values={
            "query": query,
            "hits": [{**each, "path": _path(each, slugs)} for each in hits["items"]],
            "next": hits["next"],
            "kinds": KINDS,
            "kind_words": KIND_WORDS,
            "kind": request.choice("kind", KINDS),
        },
    )


def _path(hit: Mapping[str, object], slugs: Mapping[object, str]) -> str:
    """Return the page of a hit; a manager has none, so the search for him stays."""
    if hit["kind"] == "league":
        return f"/{slugs.get(hit['id'], hit['id'])}"
    return f"/{hit['kind']}/{hit['id']}" if hit["kind"] in ("team", "player") else ""


PAGES = (
    Page(
        name="search", path="/search", template="search.html", waves=(_parts,), view=_view,
        parameters=("q", "kind", "cursor"), example="/search?q=a",
    ),
    Page(
        name="suggestions", path="/search/suggestions", template="fragments/suggestions.html", waves=(_parts,),
        view=_view, parameters=("q",), example="/search/suggestions?q=a",
    ),
)  # fmt: skip
