"""Requests to query-stats as its edge makes them, with the defaults of the resource's query model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from functions.query_stats import catalogue, service
from functions.query_stats.ports import Deps


def request_resource(name: str, deps: Deps, **params: Any) -> Mapping[str, Any]:
    """Return the answer of a resource; `params` are parts of the path and query parameters by name."""
    resource = catalogue.BY_NAME[name]
    model = resource.query()
    query = {key: value for key, value in params.items() if key in model.model_fields}
    path = {key: value for key, value in params.items() if key not in query}
    response = service.get_response(resource, {**path, **model(**query).model_dump()}, deps)
    content: Mapping[str, Any] = json.loads(response.body)
    return content
