"""Answer questions about leagues, matches, teams and players from what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.query_stats import response_cache as remembered
from functions.query_stats.resource import Resource
from functions.query_stats.response_cache import Kept
from functions.query_stats.stats_request import Asked, Deps
from shared.events.football import LeagueUpdated


def forget(event: LeagueUpdated, deps: Deps) -> None:
    """Make every cached answer about the league stale; a second delivery only does it again."""
    remembered.forget(event.league_id, deps.memory)


def answer(resource: Resource, given: Mapping[str, Any], deps: Deps) -> Kept:
    """The answer to a question, cached or fresh; values that are not JSON (times) come as text either way.

    Parameters
    ----------
    given : the parts of the path and the parameters, as the resource's query model has them.
    """
    question = (resource.name, dict(given))
    asked = Asked(given, deps)
    asked.shelf, kept = remembered.look(question, asked.scope, deps.memory)
    return kept or asked.shelf.remembered(question, lambda: resource.answer(asked))
