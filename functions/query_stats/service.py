"""Answer requests for statistics from the cache or from the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.query_stats.ports import Deps, JsonObject
from functions.query_stats.resource import Resource
from functions.query_stats.response_cache import CachedResponse, response_key
from functions.query_stats.stats_request import StatsRequest, league_of_request
from shared.events.football import LeagueUpdated
from shared.web import json_text


def invalidate(event: LeagueUpdated, deps: Deps) -> None:
    """Make every cached response about the league stale; a second delivery does it once more."""
    deps.responses.invalidate(event.league_id)


def get_response(resource: Resource, params: Mapping[str, Any], deps: Deps) -> CachedResponse:
    """Return the cached response of a request, or compute it.

    Parameters
    ----------
    params : the parts of the path and the parameters of the resource's query model.
    """
    key = response_key(resource.name, params)
    generation, cached = deps.responses.lookup(key, league_of_request(params, deps))
    if cached is not None:
        return cached
    request = StatsRequest(params, deps.stats)
    return deps.responses.compute(key, generation, lambda: json_text.encode(answer(resource, request)))


def answer(resource: Resource, request: StatsRequest) -> JsonObject:
    """Answer a request; an empty list is only an answer about a team, player or manager that is stored."""
    result = resource.answer(request)
    if result.get("items") == []:
        request.check_subjects()
    return result
