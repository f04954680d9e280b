"""Addresses of every page, with things that are stored."""

from __future__ import annotations

from functions.site import edge, routes
from tests.support.site import league

NOT_HTML = ("robots", "sitemap", "league_feed", "team_feed", "team_calendar")
FRAGMENTS = ("day_list", "match_live", "suggestions")


def examples() -> dict[str, str]:
    """Return an address of each page by its name."""
    values = {
        "league": league.SLUG,
        "match": str(league.OVER),
        "team": str(league.team_id(0)),
        "player": str(league.player_id(0, 1)),
        "day": f"{league.today():%Y-%m-%d}",
    }
    return {name: edge.find_page(name).example.format(**values) for name, _path, _module in routes.PAGES}


def documents() -> dict[str, str]:
    """Return the addresses of whole pages, one of each kind, and some states of them."""
    whole = {name: path for name, path in examples().items() if name not in (*NOT_HTML, *FRAGMENTS)}
    return {
        **whole,
        "match_live_now": f"/match/{league.LIVE}",
        "match_to_come": f"/match/{league.COMING}",
        "what_if": f"/{league.SLUG}/outlook?if={league.COMING}:home",
        "compare_two": f"/compare?team={league.team_id(0)},{league.team_id(1)}",
        "explore_matches": f"/explore?of=matches&league={league.SLUG}",
        "account": "/account",
        "login": "/account/login",
        "register": "/account/register",
    }
