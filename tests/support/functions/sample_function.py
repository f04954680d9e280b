"""A function with every kind of answer, loaded by functions-framework in `test_http`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import functions_framework
from flask import Blueprint, Request, Response, current_app
from pydantic import BaseModel, ConfigDict, Field

from shared.events.envelope import Event
from shared.web import content_negotiation, http
from tests.support.functions.sample_state import RAISED, SECRET, health, received

api = Blueprint("edge", __name__)


class Thing(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=10)
    size: int = 1


class Wanted(BaseModel):
    """A query."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=50, ge=1, le=500)


class Typed(BaseModel):
    """A query with every type that has a spelling."""

    model_config = ConfigDict(extra="forbid")
    n: int | None = None
    x: float = 0
    flag: bool = False
    day: date | None = None
    at: datetime | None = None
    text: str = ""


class Listed(BaseModel):
    """A collection."""

    items: list[Thing]
    next: str | None


LISTED = b'{"items":[{"name":"a, b","size":1}],"next":"c+1"}'


@api.post("/things")
def add_thing() -> Response:
    thing = http.read_body(Thing)
    return http.json_response({"name": thing.name, "size": thing.size, "at": datetime(2026, 3, 1, tzinfo=UTC)}, 201)


@api.get("/things")
def list_things() -> Response:
    return http.json_response({"limit": http.read_query(Wanted).limit})


@api.get("/listed")
def listed_things() -> Response:
    return content_negotiation.respond(LISTED, lambda: Listed)


@api.post("/form")
def send_form() -> Response:
    return http.json_response({"name": http.read_form(Thing).name})


@api.get("/typed")
def typed_things() -> Response:
    return http.json_response(http.read_query(Typed).model_dump(mode="json"))


@api.get("/long")
def long_answer() -> Response:
    return http.cacheable_json({"items": ["a long answer"] * 500})


@api.get("/private")
def private_answer() -> Response:
    return http.json_response({"items": ["a secret"] * 500}, headers={"Cache-Control": "no-store"})


@api.get("/plain")
def plain_answer() -> Response:
    return http.json_response({"items": ["anybody's"] * 500})


@api.get("/cookie")
def answer_with_cookie() -> Response:
    response = http.json_response({"items": ["a secret"] * 500})
    response.set_cookie("token", "secret")
    return response


@api.get("/stream")
def streamed_answer() -> Response:
    return Response((f"line {n}\n" for n in range(3)), content_type="text/plain")


@api.delete("/gone")
def nothing() -> Response:
    return Response(status=204)


@api.get("/only")
def the_thing() -> Response:
    return content_negotiation.respond(b'{"name":"a","size":1}', lambda: Thing)


@api.route("/things/<int:id>", methods=["GET", "DELETE"])
def one_thing(id: int) -> Response:
    return http.json_response({"id": id})


@api.get("/raise/<name>")
def raise_it(name: str) -> Response:
    local = SECRET
    raise RAISED[name] from KeyError(local)


@api.post("/events/<name>")
def receive(name: str) -> Response:
    def handle(event: Event) -> Event | None:
        received.append(event)
        if name in RAISED:
            raise RAISED[name]
        return event if name == "reply" else None

    return http.receive_event(handle)


@api.get("/unjsonable")
def unjsonable() -> Response:
    return http.json_response({"value": object()})


def _probe(name: str) -> Any:
    def probe() -> None:
        if name in health:
            raise health[name]

    return probe


http.install(current_app, api, probes={"postgres": _probe("postgres"), "cache": _probe("cache")}, body_limit_bytes=2000)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
