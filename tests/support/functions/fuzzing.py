"""Calls a function in every way its OpenAPI document allows or forbids, and checks each response against it."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.internal.conjecture import engine
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.events.football import LeagueUpdated
from tests.support.advertising.stores import CAMPAIGN_ID, ENDPOINT_ID, PAYMENT_ID, STORE_ID, TOP_UP_ID
from tests.support.functions.stored_world import FunctionStack

schemathesis.serializer.alias("application/x-sentry-envelope", "text/plain")
EXAMPLES = 6
HOPELESS = 60
"""Rejected tries after which there is nothing to be sent wrongly. What has something needs half as many for all of its
examples; Hypothesis's own 458 took half of this module's time."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALLS = 100
"""Shared by a function's operations, so that fifty of them take no longer than fifteen; each has two at least."""
KNOWN = {
    "league": "england", "match_id": 1, "team_id": 42, "other_id": 43, "player_id": 1, "home": 42, "away": 43,
    "date": "2025-08-16", "season": "2025/26", "as_of": "2026-01-01", "store_id": STORE_ID, "campaign_id": CAMPAIGN_ID,
    "payment_id": PAYMENT_ID, "top_up_id": TOP_UP_ID, "endpoint_id": ENDPOINT_ID,
}  # fmt: skip
"""Parts of paths and queries that lead to something stored; chance would not find them."""
EVENT = {
    "ce-id": "a-1",
    "ce-source": "/touchline/fuzzed",
    "ce-specversion": "1.0",
    "ce-type": LeagueUpdated.TYPE,
    "content-type": "application/json",
}
TO_COME = 5
"""A match that has a forecast."""


def hold_to_its_document(schema: Any, world: FunctionStack) -> None:
    """Call every operation of a function, in ways its document allows and in ways it does not."""
    statuses: dict[str, set[int]] = {}
    operations = list(schema.get_all_operations())
    n_examples = max(2, min(EXAMPLES, CALLS // len(operations)))
    for result in operations:
        assert isinstance(result, Ok)
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            hammer(operation, mode, world, statuses.setdefault(operation.label, set()), n_examples)
    reads = [seen for label, seen in statuses.items() if label.startswith("GET ")]
    assert 2 * sum(200 in seen for seen in reads) >= len(reads), f"little was tried in earnest: {statuses}"


def hammer(operation: Any, mode: GenerationMode, world: FunctionStack, seen: set[int], n_examples: int) -> None:
    """Send what the document allows, or what it does not."""
    stored = KNOWN | ({"match_id": TO_COME} if operation.path.startswith("/analyze/") else {})

    @settings(
        max_examples=n_examples,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode), st.sampled_from([True, False]))  # the first example is the first of these
    def send(case: Case[Any], at_home: bool) -> None:
        case.headers["Authorization"] = world.service if operation.path.startswith("/core/") else world.user
        case.headers["Accept-Encoding"] = "identity"  # the checks do not decode what comes without a socket
        if at_home and mode is GenerationMode.POSITIVE:
            for given_parts, values in ((case.path_parameters, stored), (case.query, stored), (case.headers, EVENT)):
                given_parts.update({name: values[name] for name in given_parts if name in values})
        answer = case.call()
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "INVALID_THRESHOLD_BASE", HOPELESS)
            send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "there is nothing to be sent wrongly"
