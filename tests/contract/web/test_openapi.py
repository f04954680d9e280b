"""The OpenAPI documents: every route of every function is described, and nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask

from shared.web import openapi_document
from tests.support.functions.catalogue import ENV, FUNCTIONS
from tests.support.reference import ROOT

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FRAMEWORK = {"run", "error", "static"}


def told(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/openapi.json")
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = json.loads(answer.data)
    return result


def valid(document: dict[str, Any]) -> None:
    """Against the schema of OpenAPI 3.1, which wants whole addresses where its text allows relative ones."""
    text = json.dumps(document).replace('Url": "/', 'Url": "https://touchline.example/')
    schemathesis.openapi.from_dict(json.loads(text)).validate()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_route_is_in_the_document_and_nothing_else(name: str, load_function: Callable[..., Flask]) -> None:
    app = load_function(name, **ENV)
    routed = {
        (re.sub(r"<(?:[^<>]+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if rule.endpoint not in FRAMEWORK and method in (rule.methods or ())
    }
    described = {
        (path, method.upper())
        for path, operations in told(app)["paths"].items()
        for method in operations
        if path != "/" or name != "ingest_batch"  # its target takes events at any path
    }
    assert described == routed


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_document_is_sound(name: str, load_function: Callable[..., Flask]) -> None:
    document = told(load_function(name, **ENV))
    valid(document)
    operations = [each for path in document["paths"].values() for each in path.values()]
    ids = [each["operationId"] for each in operations]
    assert len(ids) == len(set(ids))
    assert all(each["summary"] and each["responses"] for each in operations)
    for pointer in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
        result: Any = document
        for part in pointer.split("/"):
            result = result[part]
    assert {key for each in operations for one in each["security"] for key in one} <= set(
        document["components"]["securitySchemes"]
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_examples_are_accepted_by_their_own_schemas(name: str, load_function: Callable[..., Flask]) -> None:
    from jsonschema import Draft202012Validator

    document = told(load_function(name, **ENV))
    for path in document["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if "example" in content:
                    whole = {**content["schema"], "components": document["components"]}
                    Draft202012Validator(whole).validate(content["example"])


def test_a_route_without_a_description_is_a_fault(load_function: Callable[..., Flask]) -> None:
    app = load_function("register", **ENV)
    with pytest.raises(LookupError, match="register"):
        openapi_document.build_document("register", app.url_map.iter_rules(), {})
    from functions.session.openapi import OPERATIONS

    with pytest.raises(LookupError, match="logout"):
        openapi_document.build_document("register", app.url_map.iter_rules(), OPERATIONS)


def test_the_version_is_the_projects() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == openapi_document.VERSION


def test_one_document_of_several_keeps_what_its_paths_need(load_function: Callable[..., Flask]) -> None:
    whole = openapi_document.merge([told(load_function(name, **ENV)) for name in ("login", "register", "session")])
    kept = openapi_document.select_paths(whole, ["/register", "/sessions"])
    assert list(kept["paths"]) == ["/register", "/sessions"]
    own = {name for name in kept["components"]["schemas"] if name != "Problem"}
    assert own == {"register.Credentials", "register.Account", "register.State", "session.Sessions", "session.Session"}
