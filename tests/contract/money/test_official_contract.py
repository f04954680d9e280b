"""The staff shop against the official document of the assignment: no deviation, whatever is sent."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.money.functions import Shop, shop
from tests.support.reference import reference

__all__ = ["shop"]
EXAMPLES = 40
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""Not that valid data are accepted: most names and items that fit the document are nobody's and nothing's."""
ROUTES = {("POST", "/api/auth"), ("GET", "/api/info"), ("POST", "/api/sendCoin"), ("GET", "/api/buy/{item}")}


@pytest.fixture
def document() -> Any:
    return yaml.safe_load(reference("conformance/avito_shop/openapi.yaml").read_text("utf-8"))


def test_the_document_has_the_routes_that_are_served(document: Any, shop: Shop) -> None:
    documented = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert documented == ROUTES
    served = {
        (method, rule.rule.replace("<path:item>", "{item}"))
        for rule in shop.app("staff_shop").url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == documented


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("route", sorted(ROUTES), ids=lambda route: f"{route[0]} {route[1]}")
def test_nothing_deviates_from_the_document(
    document: Any, shop: Shop, route: tuple[str, str], mode: GenerationMode
) -> None:
    ada, _ = shop.person("ada"), shop.person("bob")
    operation = _operation(document, shop, route)
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode))
    def send(case: Case[Any]) -> None:
        case.headers["Authorization"] = f"Bearer {ada.token}"
        response = case.call()
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "there is nothing to be sent wrongly"
        return
    assert statuses
    assert statuses <= {200, 400, 401}
    if route == ("GET", "/api/info") and mode is GenerationMode.POSITIVE:
        assert statuses == {200}


@pytest.mark.parametrize("route", sorted(ROUTES - {("POST", "/api/auth")}), ids=lambda route: f"{route[0]} {route[1]}")
def test_what_needs_a_token_is_not_done_without(document: Any, shop: Shop, route: tuple[str, str]) -> None:
    ada = shop.person("ada")
    operation = _operation(document, shop, route)

    @settings(max_examples=5, database=None, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(GenerationMode.POSITIVE))
    def send(case: Case[Any]) -> None:
        case.headers["Authorization"] = f"Bearer {ada.token}"
        case.validate_response(case.call(), checks=[ignored_auth])

    send()


@pytest.mark.parametrize(
    ("route", "sent", "status"),
    [
        (("POST", "/api/auth"), {"json": {"username": "carol", "password": "correct horse battery staple"}}, 200),
        (("POST", "/api/auth"), {"json": {"username": "ada", "password": "a wrong password"}}, 401),
        (("GET", "/api/info"), {}, 200),
        (("POST", "/api/sendCoin"), {"json": {"toUser": "bob", "amount": 1}}, 200),
        (("POST", "/api/sendCoin"), {"json": {"toUser": "bob", "amount": 5000}}, 400),
        (("GET", "/api/buy/{item}"), {"item": "cup"}, 200),
        (("GET", "/api/buy/{item}"), {"item": "no such thing"}, 400),
    ],
)
def test_what_is_meant_by_the_document_is_done(
    document: Any, shop: Shop, route: tuple[str, str], sent: dict[str, Any], status: int
) -> None:
    ada, _ = shop.person("ada"), shop.person("bob")
    operation = _operation(document, shop, route)
    case = operation.Case(
        path_parameters={"item": sent["item"]} if "item" in sent else {},
        body=sent.get("json", schemathesis.core.NOT_SET),
        media_type="application/json" if "json" in sent else None,
        headers={"Authorization": f"Bearer {ada.token}"},
    )
    response = case.call()
    assert response.status_code == status
    case.validate_response(response, checks=CHECKS[:-1])


def _operation(document: Any, shop: Shop, route: tuple[str, str]) -> Any:
    schema = schemathesis.openapi.from_dict(document)
    schema.app = shop.app("staff_shop")
    schema.config.update(base_url="http://localhost")
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if (operation.method.upper(), operation.path) == route:
            return operation
    raise AssertionError(f"the document has no {route}")
