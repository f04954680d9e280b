"""A server on loopback that speaks as much of Elasticsearch's HTTP interface as we do, and refuses all else.

It is no search engine: it looks at every document. A real server was not at hand; what is sent to it is held to the
rules of its documentation here: unknown fields, queries and parameters answer 400, as they do there.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shared.domain.search.edit_distance import count_typos

Json = dict[str, Any]
LOGIN = "touchline:s3cret"


class ElasticServer(ThreadingHTTPServer):
    """Indexes of documents by id, and aliases."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.indexes: dict[str, Json] = {}
        self.documents: dict[str, dict[str, Json]] = {}
        self.status = 0
        """Answered to everything unless 0."""
        self.refused_ids: set[str] = set()
        """Documents that are not taken."""

    @property
    def url(self) -> str:
        return f"http://{LOGIN}@127.0.0.1:{self.server_port}/names"

    def behind(self, name: str) -> list[str]:
        """The indexes that a name means."""
        return [index for index, output in self.indexes.items() if name == index or name in output["aliases"]]


class Refused(Exception):
    """A status with the server's word for it."""

    def __init__(self, status: int, kind: str) -> None:
        super().__init__(kind)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: ElasticServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one piece

    def do_GET(self) -> None:
        self._do()

    def do_PUT(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _do(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if self.headers["Authorization"] != f"Basic {b64encode(LOGIN.encode()).decode()}":
                raise Refused(401, "security_exception")
            if self.server.status:
                raise Refused(self.server.status, "told_to")
            self._answer(200, self._made(content))
        except Refused as exc:
            self._answer(exc.status, {"error": {"type": str(exc)}, "status": exc.status})

    def _answer(self, status: int, content: Json) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _made(self, content: bytes) -> Json:
        match (self.command, *self.path.strip("/").split("/")):
            case ("GET", ""):
                return {"version": {"number": "0"}}
            case ("GET", "_alias", alias):
                result: Json = {name: {} for name, output in self.server.indexes.items() if alias in output["aliases"]}
                return result or _refuse(404, "aliases_not_found_exception")
            case ("POST", "_aliases"):
                return self._turned(json.loads(content)["actions"])
            case ("PUT", index):
                return self._created(index, json.loads(content))
            case ("POST", index, "_refresh"):
                return {} if index in self.server.indexes else _refuse(404, "index_not_found_exception")
            case ("POST", name, "_bulk"):
                return self._filled(name, [json.loads(line) for line in content.decode().splitlines()])
            case ("POST", name, "_search"):
                return self._found(name, json.loads(content))
        return _refuse(400, "illegal_argument_exception")

    def _created(self, index: str, told: Json) -> Json:
        if index in self.server.indexes:
            _refuse(400, "resource_already_exists_exception")
        self.server.indexes[index] = told
        self.server.documents[index] = {}
        return {"acknowledged": True}

    def _turned(self, actions: list[Json]) -> Json:
        for action in actions:
            match action:
                case {"add": {"index": index, "alias": alias}}:
                    self.server.indexes[index]["aliases"][alias] = {}
                case {"remove_index": {"index": index}}:
                    del self.server.indexes[index], self.server.documents[index]
                case _:
                    _refuse(400, "illegal_argument_exception")
        return {"acknowledged": True}

    def _filled(self, name: str, lines: list[Json]) -> Json:
        index = _one(self.server.behind(name))
        items = []
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            name = action["index"]["_id"]
            known = self.server.indexes[index]["mappings"]["properties"]
            if name in self.server.refused_ids or document.keys() - known.keys():
                error = {"type": "strict_dynamic_mapping_exception", "reason": f"{name} is not taken"}
                items.append({"index": {"_id": name, "status": 400, "error": error}})
                continue
            self.server.documents[index][name] = document
            items.append({"index": {"_id": name, "status": 200}})
        return {"errors": any("error" in item["index"] for item in items), "items": items}

    def _found(self, name: str, search: Json) -> Json:
        scored = search.pop("query")["function_score"]
        size = search.pop("size")
        if search or (scored["score_mode"], scored["boost_mode"]) != ("sum", "replace"):
            _refuse(400, "parsing_exception")
        documents = self.server.documents[_one(self.server.behind(name))].values()
        fitting = [each for each in documents if _fits(scored["query"], each)]
        fitting.sort(key=lambda each: -_score(scored["functions"], each))
        return {"hits": {"hits": [{"_source": each} for each in fitting[:size]]}}


def _fits(query: Json, document: Json) -> bool:
    match query:
        case {"bool": {"must": must, "filter": filters, **rest}} if not rest:
            return all(_fits(each, document) for each in [*must, *filters])
        case {"bool": {"should": should, "minimum_should_match": least, **rest}} if not rest:
            return sum(_fits(each, document) for each in should) >= int(least)
        case {"term": {**named}}:
            ((field, value),) = named.items()
            return value in _values(document, field)
        case {"prefix": {**named}}:
            ((field, value),) = named.items()
            return any(each.startswith(value) for each in _values(document, field))
        case {"fuzzy": {"words": {"value": value, "fuzziness": "AUTO", "max_expansions": 100, **rest}}} if not rest:
            typos = 0 if len(value) < 3 else 1 if len(value) <= 5 else 2
            return any(count_typos(value, each, typos) <= typos for each in _values(document, "words"))
    return bool(_refuse(400, "parsing_exception"))


def _values(document: Json, field: Any) -> list[Any]:
    value = document[field]
    return value if isinstance(value, list) else [value]


def _score(functions: list[Json], document: Json) -> float:
    total = 0.0
    for each in functions:
        match each:
            case {"filter": query, "weight": weight, **rest} if not rest:
                total += weight * _fits(query, document)
            case {"field_value_factor": {"field": field, **rest}} if not rest:
                total += document[field]
            case _:
                _refuse(400, "parsing_exception")
    return total


def _one(indexes: list[str]) -> str:
    if not indexes:
        _refuse(404, "index_not_found_exception")
    if len(indexes) > 1:
        _refuse(400, "illegal_argument_exception")
    return indexes[0]


def _refuse(status: int, kind: str) -> Json:
    raise Refused(status, kind)


@contextmanager
def elastic_server() -> Iterator[ElasticServer]:
    """A server that runs while the context lasts."""
    with ElasticServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
