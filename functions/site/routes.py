"""The addresses of all pages and forms; the modules behind them are imported with the first request.

A new page is a module in `pages`, a template, and its row in `PAGES` here; a form that changes something is a row in
`FORMS`. Tests check that rows and modules agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from functions.site.texts import mark

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIXES = {"en": "", "ru": "/ru"}
"""What addresses begin with, by language."""

BODY_LIMIT_BYTES = 16_000_000
"""Of the files of an identity; verify-identity says what it takes of them."""

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("bets", "/account/lines", mark("Bets")),
    ("merch", "/account/merch", mark("Shop")),
)
"""More entries of the main menu: name (`nav` of their templates), path, and title as marked for translation."""

PAGES: tuple[tuple[str, str, str], ...] = (
    ("home", "/", "matches"),
    ("day", "/matches/<day>", "matches"),
    ("day_list", "/matches/<day>/list", "matches"),
    ("match", "/match/<int:match_id>", "match"),
    ("match_live", "/match/<int:match_id>/live", "match"),
    ("team", "/team/<int:team_id>", "team"),
    ("team_feed", "/team/<int:team_id>/feed.atom", "team"),
    ("team_calendar", "/team/<int:team_id>/calendar.ics", "team"),
    ("player", "/player/<int:player_id>", "player"),
    ("compare", "/compare", "compare"),
    ("forecasts", "/forecasts", "forecasts"),
    ("record", "/forecasts/record", "forecasts"),
    ("search", "/search", "search"),
    ("suggestions", "/search/suggestions", "search"),
    ("explore", "/explore", "explore"),
    ("map", "/map", "whole"),
    ("robots", "/robots.txt", "whole"),
    ("sitemap", "/sitemap.xml", "whole"),
    ("league", "/<league>", "league"),
    ("outlook", "/<league>/outlook", "outlook"),
    ("league_feed", "/<league>/feed.atom", "whole"),
)
"""Name, path, and the module of `functions.site.pages` whose `PAGES` has a page of that name."""

PERSONAL: tuple[tuple[str, str, str], ...] = (
    ("account", "/account", "account"),
    ("login", "/account/login", "account"),
    ("register", "/account/register", "account"),
    ("sessions", "/account/sessions", "account"),
    ("contacts", "/account/contacts", "account"),
    ("password", "/account/password", "account"),
    ("identity", "/account/identity", "account"),
    ("export", "/account/export", "account"),
    ("deletion", "/account/deletion", "account"),
    ("strip", "/account/strip", "account"),
    ("wallet", "/account/wallet", "wallet"),
    ("merch", "/account/merch", "wallet"),
    ("lines", "/account/lines", "betting"),
    ("line", "/account/lines/<int:event>", "betting"),
    ("bets", "/account/bets", "betting"),
    ("limits", "/account/limits", "betting"),
)
"""Name, path, and the module whose `PERSONAL` has a page of that name: of one visitor, never kept on the way."""

FORMS: tuple[tuple[str, str, str], ...] = (
    ("login", "/account/login", "account"),
    ("register", "/account/register", "account"),
    ("logout", "/account/logout", "account"),
    ("end_session", "/account/sessions", "account"),
    ("password", "/account/password", "account"),
    ("email", "/account/contacts/email", "account"),
    ("phone", "/account/contacts/phone", "account"),
    ("send_code", "/account/contacts/code", "account"),
    ("prove", "/account/contacts/proof", "account"),
    ("deletion", "/account/deletion", "account"),
    ("keep", "/account/deletion/cancel", "account"),
    ("favourite", "/account/favourites/<any(league, team, player, manager):kind>/<int:id>", "account"),
    ("merge", "/account/favourites", "account"),
    ("transfer", "/account/wallet", "wallet"),
    ("buy", "/account/merch", "wallet"),
    ("place", "/account/lines", "betting"),
    ("offer", "/account/bets/offer", "betting"),
    ("cash_out", "/account/bets/cash-out", "betting"),
    ("limit", "/account/limits", "betting"),
    ("exclude", "/account/limits/exclusion", "betting"),
)
"""Name, path, and the module whose `FORMS` has it."""


def add_personal(api: Blueprint, show: Callable[..., Response]) -> None:
    """Route every personal page."""
    for name, path, _module in PERSONAL:
        api.add_url_rule(path, f"my_{name}", show, methods=["GET"], defaults={"page": name})


def add_pages(api: Blueprint, show: Callable[..., Response]) -> None:
    """Route every page."""
    for name, path, _module in PAGES:
        api.add_url_rule(path, name, show, methods=["GET"], defaults={"page": name})


def add_forms(api: Blueprint, post: Callable[..., Response]) -> None:
    """Route every form."""
    for name, path, _module in FORMS:
        api.add_url_rule(path, f"post_{name}", post, methods=["POST"], defaults={"form": name})


class LanguagePrefix:
    """WSGI: the first element of a path that names a language is the place where the same site is mounted in it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Move the language from the path to where WSGI has the prefix of an application."""
        path: str = environ.get("PATH_INFO", "")
        for prefix in PREFIXES.values():
            if prefix and (path == prefix or path.startswith(f"{prefix}/")):
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
                environ["PATH_INFO"] = path.removeprefix(prefix) or "/"
        return self._app(environ, start_response)
