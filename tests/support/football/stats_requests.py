"""Questions to query-stats as its edge asks them: parameters read by the resource's own model, defaults included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from functions.query_stats import catalogue, edge, service
from functions.query_stats.stats_request import Deps


def ask(name: str, deps: Deps, **given: Any) -> Mapping[str, Any]:
    """The answer of a resource; parts of the path and parameters alike are given by name."""
    resource = catalogue.BY_NAME[name]
    model = getattr(edge, resource.query)
    query = {key: value for key, value in given.items() if key in model.model_fields}
    path = {key: value for key, value in given.items() if key not in query}
    content: Mapping[str, Any] = json.loads(service.answer(resource, {**path, **model(**query).model_dump()}, deps).raw)
    return content
