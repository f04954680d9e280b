"""Where rows come from, and when they were fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from functions.site.texts import mark as _

SOURCES = {
    "sofascore": "SofaScore",
    "footballdata": "football-data.co.uk",
    "openfootball": "openfootball",
    "understat": "Understat",
    "wyscout": "Wyscout",
    "datahub": "DataHub",
    "engsoccerdata": "engsoccerdata",
}
"""Names of sources by the word that rows have; a word that is not among them is shown as it is."""
_SOURCE = _("Source")


def fetched_at(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return when the newest of the rows was fetched; empty without rows that say so."""
    return max((str(row["fetched_at"]) for row in rows if row.get("fetched_at")), default="")


def source(translate: Callable[[str], str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the sources of the rows in words."""
    words = dict.fromkeys(str(row["source"]) for row in rows if row.get("source"))
    return f"{translate(_SOURCE)}: {', '.join(SOURCES.get(word, word) for word in words)}"
