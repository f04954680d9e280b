"""Functions in one process: their environments, their doors, their limits, and one that is broken."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from knative.local.serving import environment, front_page
from knative.local.serving.function_router import FunctionRouter
from knative.local.serving.loaded_function import LoadedFunction
from knative.local.serving.routes import Routes
from knative.manifests.kinds import loader
from knative.manifests.model import Destination, KafkaSink, Manifests, Name, Ref, RouteRule, Service
from knative.manifests.references import References
from shared.errors import InvalidSettings
from tests.support.eventing.doubles import SWITCH
from tests.support.functions.asgi import AsWsgi
from tests.support.functions.problems import assert_problem
from tests.support.waiting import eventually

ECHO = """
import os
import functions_framework
from flask import Blueprint, Flask, Response, current_app
from shared.web import http

seen = dict(os.environ)
api = Blueprint("echo", __name__)

@api.get("/echo/env")
def env():
    return http.json_response(seen)

@api.post("/echo/length")
def length():
    from flask import request
    return http.json_response({"length": len(request.get_data()), "id": request.headers["X-Request-Id"]})

http.install(current_app, api, probes={})

@functions_framework.http
def handle(request):
    return http.respond_unrouted(request)
"""
BROKEN = "raise RuntimeError('no luck today')\n"


TITLES = {404: "Not found", 405: "Method not allowed", 413: "Too large", 503: "Unavailable"}


def problem(answer: Any, status: int) -> None:
    assert_problem(answer, status, TITLES[status])


def name(text: str) -> Name:
    return Name(namespace="touchline", name=text)


def hosted(
    tmp_path: Path, of: str, source: str, variables: Mapping[str, str] | Exception, limit: int = 0, ready_path: str = ""
) -> LoadedFunction:
    (tmp_path / of).mkdir(exist_ok=True)
    (tmp_path / of / "main.py").write_text(source)
    if not isinstance(variables, Exception):
        variables = {**variables, "FUNCTION_SOURCE": f"{of}/main.py", "FUNCTION_TARGET": "handle"}
    service = Service(name=name(of), container_concurrency=limit, ready_path=ready_path)
    return LoadedFunction(service, root=tmp_path, variables=variables)


@pytest.fixture
def router(tmp_path: Path) -> FunctionRouter:
    functions = [
        hosted(tmp_path, "echo", ECHO, {"COLOUR": "red"}),
        hosted(tmp_path, "second", ECHO.replace("/echo/", "/second/"), {"COLOUR": "blue"}),
        hosted(tmp_path, "broken", BROKEN, {}),
        hosted(tmp_path, "poor", ECHO, InvalidSettings("DATABASE_URL: Secret s has no key DATABASE_URL")),
    ]
    rules = [RouteRule(prefix=f"/{each.service.name.name}", service=each.service.name) for each in functions]
    return FunctionRouter({each.service.name: each for each in functions}, Routes(rules), front_page=lambda: "<html>")


@pytest.fixture
def public(router: FunctionRouter) -> Client:
    return Client(AsWsgi(router.public))


@pytest.fixture
def internal(router: FunctionRouter) -> Client:
    return Client(AsWsgi(router.internal))


@pytest.mark.conforms("runtime-environment")
def test_each_function_sees_its_own_environment(public: Client) -> None:
    first, second = public.get("/echo/env").get_json(), public.get("/second/env").get_json()
    assert (first["COLOUR"], second["COLOUR"]) == ("red", "blue")
    assert set(first) <= {"COLOUR", "FUNCTION_SOURCE", "FUNCTION_TARGET"}


def test_loading_leaves_the_process_as_it_was(tmp_path: Path) -> None:
    before, paths = dict(os.environ), list(sys.path)
    hosted(tmp_path, "echo", ECHO, {"COLOUR": "red"})
    hosted(tmp_path, "broken", BROKEN, {"COLOUR": "red"})
    assert dict(os.environ) == before
    assert sys.path == paths


@pytest.mark.parametrize("of", ["broken", "poor"])
def test_a_function_that_cannot_be_loaded_answers_503_and_the_others_live_on(public: Client, of: str) -> None:
    problem(public.get(f"/{of}"), 503)
    assert public.get("/echo/env").status_code == 200


def test_readiness_names_what_is_not_ready(public: Client) -> None:
    output = public.get("/health/ready")
    problem(output, 503)
    errors = output.get_json()["errors"]
    assert set(errors) == {"broken", "poor"}
    assert "no luck today" in errors["broken"]
    assert public.get("/health/live").status_code == 200


def test_an_unknown_route_is_404(public: Client) -> None:
    problem(public.get("/nowhere"), 404)
    problem(public.post("/touchline/echo/echo/length", data=b"x"), 404)


def test_a_wrong_method_is_405(public: Client) -> None:
    problem(public.delete("/echo/env"), 405)
    problem(public.post("/functions"), 405)
    problem(public.post("/health/live"), 405)


def test_an_oversized_body_is_413(public: Client) -> None:
    problem(public.post("/echo/length", data=b"x" * (1_048_576 + 1)), 413)
    problem(public.post("/nowhere", data=b"x" * (1_048_576 + 1)), 413)


def test_every_answer_has_a_request_id(public: Client) -> None:
    value = public.post("/echo/length", data=b"xyz", headers={"X-Request-Id": "abc-1"})
    assert value.headers["X-Request-Id"] == "abc-1"
    assert value.get_json() == {"length": 3, "id": "abc-1"}
    assert len(public.get("/nowhere").headers["X-Request-Id"]) == 32
    odd = public.get("/nowhere", headers={"X-Request-Id": "a b\tc"})
    assert odd.headers["X-Request-Id"] != "a b\tc"


def test_the_internal_entrance_knows_functions_by_name(internal: Client) -> None:
    assert internal.post("/touchline/echo/echo/length", data=b"xy").get_json()["length"] == 2
    problem(internal.get("/touchline/ghost/x"), 404)
    problem(internal.get("/echo/env"), 404)
    assert internal.get("/health/live").status_code == 200


@pytest.mark.conforms("runtime-readiness")
@pytest.mark.parametrize(
    ("path", "fault"), [("", ""), ("/health/ready", ""), ("/echo/env", ""), ("/nowhere", "no route /nowhere")]
)
def test_readiness_asks_what_the_probe_of_the_manifest_says(tmp_path: Path, path: str, fault: str) -> None:
    function = hosted(tmp_path, "echo", ECHO, {}, ready_path=path)
    output = (
        Client(AsWsgi(FunctionRouter({name("echo"): function}, Routes([]), front_page=str).public))
        .get("/health/ready")
        .get_json()
    )
    assert output.get("errors", {}).get("echo", "") == fault


SLOW = (
    "import functions_framework\nfrom flask import Response\n"
    "from tests.support.eventing.doubles import SWITCH\n"
    "@functions_framework.http\n"
    "def handle(request):\n"
    "    if request.path != '/ready':\n        SWITCH.wait()\n"
    "    return Response(status=200)\n"
)


def test_a_full_queue_answers_events_in_plain_words_people_with_a_problem_and_probes_at_once(tmp_path: Path) -> None:
    function = hosted(tmp_path, "slow", SLOW, {}, limit=1, ready_path="/ready")
    router = FunctionRouter(
        {name("slow"): function}, Routes([RouteRule(prefix="/slow", service=name("slow"))]), front_page=str
    )
    output: list[str] = []
    callers = [
        threading.Thread(target=lambda: output.append(Client(AsWsgi(router.internal)).get("/touchline/slow/").text))
        for _ in range(12)
    ]
    for caller in callers:
        caller.start()
    eventually(lambda: output, every_s=0.002)  # one runs, ten wait, so one is turned away
    assert output == ["pending request queue full\n"]
    problem(Client(AsWsgi(router.public)).get("/slow"), 503)
    assert Client(AsWsgi(router.public)).get("/health/ready").status_code == 200
    SWITCH.go.set()
    for caller in callers:
        caller.join()
    assert len(output) == 12
    assert SWITCH.most_at_once == 1


def test_a_body_without_a_length_is_read_and_bounded(public: Client) -> None:
    def post(body: bytes) -> Any:
        chunked = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
        return public.post("/echo/length", input_stream=io.BytesIO(body), environ_overrides=chunked)

    assert post(b"x" * 70_000).get_json()["length"] == 70_000
    problem(post(b"x" * (1_048_576 + 1)), 413)


MANIFEST = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: f, namespace: touchline}
spec:
  template:
    spec:
      containers:
        - image: example.org/fn
          env:
            - {name: PLAIN, value: "1"}
            - {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: SECRET}}}
            - {name: MAYBE, valueFrom: {configMapKeyRef: {name: c, key: MAYBE, optional: true}}}
---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: default, namespace: touchline}
---
apiVersion: sources.knative.dev/v1
kind: SinkBinding
metadata: {name: b, namespace: touchline}
spec:
  subject: {apiVersion: serving.knative.dev/v1, kind: Service, name: f}
  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}
  ceOverrides: {extensions: {tier: gold}}
"""


@pytest.fixture
def found(tmp_path: Path) -> Manifests:
    (tmp_path / "f.yaml").write_text(MANIFEST)
    return loader.load(tmp_path)


def resolved(found: Manifests, **given: str) -> dict[str, str]:
    places = References(found, functions_url="http://f", eventing_url="http://e")
    return environment.of_service(found.services[0], found, places, process_env=given, port=8080)


@pytest.mark.conforms("runtime-names", "binding-service", "binding-extensions")
def test_variables_come_from_the_manifest_and_keys_from_the_process(found: Manifests) -> None:
    output = resolved(found, SECRET="hush", OTHER="not asked for", HOME="/home/me")
    assert output == {
        "HOME": "/home/me",
        "PLAIN": "1",
        "SECRET": "hush",
        "PORT": "8080",
        "K_SERVICE": "f",
        "K_CONFIGURATION": "f",
        "K_REVISION": "f-00001",
        "K_SINK": "http://e/touchline/default",
        "K_CE_OVERRIDES": '{"extensions":{"tier":"gold"}}',
    }


def test_a_binding_to_a_kafka_sink_gives_its_address(found: Manifests) -> None:
    letters = Name(namespace="touchline", name="letters")
    binding = replace(found.sink_bindings[0], sink=Destination(ref=Ref(kind="KafkaSink", name=letters)))
    bound = replace(found, sink_bindings=(binding,), kafka_sinks=(KafkaSink(name=letters, topic="dead"),))
    assert resolved(bound, SECRET="hush")["K_SINK"] == "http://e/kafkasinks/touchline/letters"


def test_an_optional_key_may_be_there(found: Manifests) -> None:
    assert resolved(found, SECRET="hush", MAYBE="yes")["MAYBE"] == "yes"


def test_a_missing_key_is_named(found: Manifests) -> None:
    with pytest.raises(InvalidSettings, match="SECRET: Secret s has no key SECRET"):
        resolved(found)


def test_the_front_page_tells_what_wakes_each_function(tmp_path: Path) -> None:
    result = loader.load(Path(__file__).resolve().parents[5] / "knative")
    functions = [hosted(tmp_path, "broken", BROKEN, {})]
    page = front_page.render(result, functions)
    assert "no luck today" in page
    output = list(front_page.find_sources(result, name("scrape-league")))
    assert output[0] == front_page.Source("HTTP", "/scrape")
    assert len(output) == 4
