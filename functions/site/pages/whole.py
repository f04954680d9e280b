"""What is about the whole site: its map, what search engines read, and the feed of a league."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from markupsafe import Markup

from functions.site.page import Page, PageRequest, View, require
from functions.site.parts import Part, Results, part
from functions.site.presentation import words_about
from functions.site.presentation.formats import to_instant
from functions.site.presentation.matches import list_matches
from shared.errors import NotFound

FEED_DAYS = timedelta(days=14)
PRIVATE = ("/account", "/search", "/static")


def _leagues(results: Results) -> list[Mapping[str, str]]:
    return results["leagues"].value["items"] if results["leagues"].ok else []


def _nothing(_request: PageRequest, _results: Results) -> Mapping[str, Part]:
    return {}


def _teams(_request: PageRequest, results: Results) -> Mapping[str, Part]:
    return {
        f"teams_{each['league']}": part("query-stats", f"/stats/leagues/{each['league']}/teams", fresh_s=60)
        for each in _leagues(results)
    }


def _map_view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    rows = [
        {
            "slug": each["league"],
            "name": each["name"],
            "teams": results[f"teams_{each['league']}"].value["items"] if results[f"teams_{each['league']}"].ok else [],
        }
        for each in _leagues(results)
    ]
    return View(title=_("Map of the site"), values={"rows": rows})


def _robots_view(request: PageRequest, _results: Results) -> View:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), f"Sitemap: {request.origin}/sitemap.xml"]
    return View(
        title="robots", values={"text": Markup("\n".join([*lines, ""]))}, content_type="text/plain; charset=utf-8"
    )


def _sitemap_view(_request: PageRequest, results: Results) -> View:
    paths = ["/", "/forecasts", "/forecasts/record", "/explore", "/map"]
    for each in _leagues(results):
        teams = results[f"teams_{each['league']}"]
        paths += [f"/{each['league']}", f"/{each['league']}/outlook"]
        paths += [f"/team/{team['team_id']}" for team in (teams.value["items"] if teams.ok else [])]
    return View(title="sitemap", values={"paths": paths}, content_type="application/xml; charset=utf-8")


def _feed(request: PageRequest, results: Results) -> Mapping[str, Part]:
    if request["league"] not in [each["league"] for each in _leagues(results)]:
        raise NotFound(f"{request['league']} is no league")
    today = request.now.date()
    return {
        "matches": part(
            "query-stats", "/stats/matches", since=f"{today - FEED_DAYS}T00:00:00Z",
            until=f"{today + timedelta(days=1)}T00:00:00Z", limit=500,
        )
    }  # fmt: skip


def _feed_view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    league = next(each for each in _leagues(results) if each["league"] == request["league"])
    rows = [row for row in require(results, "matches")["items"] if row["league_id"] == league["league_id"]]
    over = [each for each in list_matches(rows, []) if each.kind == "over"][::-1]
    midnight = request.now.replace(hour=0, minute=0, second=0, microsecond=0)
    newest = max((to_instant(each.match["fetched_at"]) for each in over), default=midnight)
    return View(
        title=words_about.league_title(_, league["name"]),
        values={"entries": over[:60], "path": f"/{league['league']}", "updated": f"{newest:%Y-%m-%dT%H:%M:%SZ}"},
        content_type="application/atom+xml; charset=utf-8",
    )


PAGES = (
    Page(name="map", path="/map", template="map.html", waves=(_nothing, _teams), view=_map_view, example="/map"),
    Page(name="robots", path="/robots.txt", template="text.txt", view=_robots_view, example="/robots.txt"),
    Page(
        name="sitemap", path="/sitemap.xml", template="sitemap.xml", waves=(_nothing, _teams), view=_sitemap_view,
        example="/sitemap.xml",
    ),
    Page(
        name="league_feed", path="/<league>/feed.atom", template="feed.xml", waves=(_nothing, _feed), view=_feed_view,
        example="/{league}/feed.atom",
    ),
)  # fmt: skip
