"""``/openapi.json``: one document of all functions' public routes; ``/docs``: a page to read it and to try it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request

from knative.local.serving.loaded_function import LoadedFunction
from knative.local.serving.routes import Routes
from shared.web import compression, http, webpage

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Response

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_OF_EVERY_FUNCTION = ("/health/", "/openapi.json")


class ApiDocs:
    """Both are made when first asked for and then kept: functions do not change while they are served."""

    def __init__(self, functions: Iterable[LoadedFunction], routes: Routes) -> None:
        self._functions = list(functions)
        self._routes = routes

    def pages(self) -> dict[str, WSGIApplication]:
        """By path without its slash, as the host wants them."""
        return {
            "openapi.json": _reading("/openapi.json", self._document),
            "docs": _reading("/docs", lambda: webpage.render(_HERE)),
        }

    def _document(self) -> Response:
        response = http.json_response(self._whole, headers={"Cache-Control": "no-cache"})
        response.add_etag()
        return response

    @cached_property
    def _whole(self) -> dict[str, Any]:
        from shared.web import openapi_document

        return openapi_document.merge(self._list_documents())

    def _list_documents(self) -> Iterator[dict[str, Any]]:
        """Yield each function's own document, reduced to paths that are public."""
        from shared.web import openapi_document

        for hosted in self._functions:
            document = _request_document(hosted)
            if document is not None:
                own = [path for path in document["paths"] if self._is_public(path, hosted)]
                yield openapi_document.select_paths(document, own)

    def _is_public(self, path: str, hosted: LoadedFunction) -> bool:
        """Whether the path leads to this function; those that every function has lead to none."""
        return not path.startswith(_OF_EVERY_FUNCTION) and self._routes.match(path) == hosted.service.name


def _request_document(hosted: LoadedFunction) -> dict[str, Any] | None:
    from werkzeug.test import Client

    with Client(hosted.bare).get("/openapi.json", buffered=True) as answer:
        document = answer.get_json(silent=True) if answer.status_code == 200 else None
    if not isinstance(document, dict):
        _log.warning("%s does not describe itself", hosted.service.name, extra={"action": "openapi"})
        return None
    return document


def _reading(path: str, make: Callable[[], Response]) -> WSGIApplication:
    """An application for one path that only reads."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        compression.strip_tag_suffix(environ)
        method = environ["REQUEST_METHOD"]
        if environ["PATH_INFO"] != path:
            response = http.problem(404, "Not found", f"no page {environ['PATH_INFO']}")
        elif method not in {"GET", "HEAD"}:
            response = http.problem(405, "Method not allowed", f"{method} is not GET")
            response.headers["Allow"] = "GET, HEAD"
        else:
            response = make()
            response.make_conditional(environ)
            response = compression.compress(Request(environ), response)
        answer: Iterable[bytes] = response(environ, start_response)
        return answer

    return app
