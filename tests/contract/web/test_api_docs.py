"""What the platform's front says about all functions: one document, and a page that needs nobody else."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from werkzeug.test import Client

from knative.local.serving.function_router import FunctionRouter
from knative.local.serving.loaded_function import LoadedFunction
from knative.local.serving.routes import Routes
from knative.local.tools.docs.app import ApiDocs
from knative.manifests.kinds import loader
from tests.support.functions.asgi import AsWsgi
from tests.support.functions.catalogue import ENV, FUNCTIONS
from tests.support.functions.problems import assert_problem
from tests.support.reference import ROOT


@pytest.fixture(scope="module")
def hosted() -> list[LoadedFunction]:
    """Every function of the manifests, with nothing behind it."""
    result = loader.load(ROOT / "knative")
    return [
        LoadedFunction(service, root=ROOT, variables={**ENV, **service_source(service.name.name)})
        for service in result.services
    ]


def service_source(name: str) -> dict[str, str]:
    return {"FUNCTION_TARGET": "handle", "FUNCTION_SOURCE": f"functions/{name.replace('-', '_')}/main.py"}


@pytest.fixture(scope="module")
def front(hosted: list[LoadedFunction]) -> Client:
    """The public door."""
    routes = Routes(loader.load(ROOT / "knative").routes)
    functions = {each.service.name: each for each in hosted}
    pages = ApiDocs(hosted, routes).pages()
    return Client(AsWsgi(FunctionRouter(functions, routes, front_page=lambda: "", pages=pages).public))


def test_the_document_holds_every_public_route_of_every_function_and_no_other(
    hosted: list[LoadedFunction], front: Client
) -> None:
    assert {each.service.name.name.replace("-", "_") for each in hosted} == set(FUNCTIONS)
    assert [each.fault for each in hosted] == [""] * len(hosted)
    own = {each.service.name.name: set(Client(each.bare).get("/openapi.json").get_json()["paths"]) for each in hosted}
    inner = {path for paths in own.values() for path in paths if path.startswith(("/events/", "/health/", "/core/"))}
    output = front.get("/openapi.json").get_json()
    assert set(output["paths"]) == set().union(*own.values()) - inner - {"/openapi.json"}
    ids = [each["operationId"] for path in output["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids))
    assert {re.sub(r"\..*", "", name) for name in output["components"]["schemas"]} <= {*FUNCTIONS, "Problem"}


def test_the_document_is_not_sent_twice(front: Client) -> None:
    first = front.get("/openapi.json")
    again = front.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_page_needs_nobody_else_and_its_policy_allows_its_own_script_alone(front: Client) -> None:
    page = front.get("/docs")
    assert not re.search(r"(?:https?:)?//\w+[.:]", re.sub(r"(?m)^\s*//.*$", "", page.text))
    policy = page.headers["Content-Security-Policy"]
    for tag in ("script", "style"):
        (inline,) = re.findall(f"<{tag}>(.*?)</{tag}>", page.text, re.S)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert "innerHTML" not in page.text


@pytest.mark.parametrize(("method", "path", "status", "title"), [
    ("POST", "/docs", 405, "Method not allowed"),
    ("DELETE", "/openapi.json", 405, "Method not allowed"),
    ("GET", "/docs/../secrets", 404, "Not found"),
    ("GET", "/docs/", 404, "Not found"),
])  # fmt: skip
def test_there_is_nothing_else(front: Client, method: str, path: str, status: int, title: str) -> None:
    assert_problem(front.open(path, method=method), status, title)
