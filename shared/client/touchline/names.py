"""The session that calls use, and ids by name."""

from __future__ import annotations

import re
from typing import Any

from .errors import AmbiguousName, NotFound
from .session import Session

_SLUG = re.compile("[a-z][a-z-]*[0-9]?|[1-9][0-9]*")
_current: list[Session] = []


def connect(url: str | None = None, **options: Any) -> Session:
    """Use another platform, token or cache from now on; arguments as those of `Session`."""
    for session in _current:
        session.close()
    _current[:] = [Session(url, **options)]
    return _current[0]


def session() -> Session:
    """Return the session in use."""
    return _current[0] if _current else connect()


def league(name: str | int) -> str:
    """Return the name that addresses use for a league: it, its full name or its country."""
    text = str(name)
    if _SLUG.fullmatch(text):
        return text
    rows = session().json("/stats/leagues")["items"]
    wanted = text.casefold()
    found = [row for row in rows if wanted in (row["name"].casefold(), row["country"].casefold())]
    if len(found) == 1:
        return str(found[0]["league"])
    if found:
        raise AmbiguousName(text, [(row["league_id"], row["name"]) for row in found])
    raise NotFound(f"no league is called {text!r}")


def find(kind: str, name: int | str) -> int:
    """Return the id of a team, player or manager: of its name, as far as that means one."""
    if not isinstance(name, str):
        return int(name)
    hits = session().json("/stats/search", q=name, kind=kind, limit=10)["items"]
    exact = [hit for hit in hits if hit["name"].casefold() == name.casefold()] or hits
    if not exact:
        raise NotFound(f"no {kind} is called {name!r}")
    if len(exact) > 1 and exact[1]["score"] > 0.9 * exact[0]["score"]:
        raise AmbiguousName(name, [(hit["id"], f"{hit['name']}, {hit['country']}") for hit in exact])
    return int(exact[0]["id"])
