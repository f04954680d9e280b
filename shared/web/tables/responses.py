"""Responses that are a table's file: its name, length, ETag and ranges."""

from __future__ import annotations

import re
from typing import IO, Any, cast

from flask import Response, request
from werkzeug.wsgi import FileWrapper

from shared.web.responses import make_conditional
from shared.web.tables.files import OpenTable
from shared.web.tables.formats import CONTENT_TYPES

_CHUNK_BYTES = 65_536
_OTHERS = re.compile("[^A-Za-z0-9]+")


def respond_table(table: OpenTable, extension: str, *, name: str) -> Response:
    """Return a table's file, a part of it for a `Range`, or 304; it is closed when the response is sent."""
    response = Response(FileWrapper(cast(IO[bytes], table.file), _CHUNK_BYTES), content_type=CONTENT_TYPES[extension])
    response.direct_passthrough = True
    response.call_on_close(table.file.close)
    response.content_length = table.n_bytes
    response.set_etag(table.etag)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    return make_conditional(response, file_bytes=table.n_bytes)


def file_name(*parts: Any) -> str:
    """Return the name of a file made of parts of its address; empty parts are left out."""
    texts = (_OTHERS.sub("-", str(part)).strip("-") for part in parts if part not in (None, ""))
    return "-".join(filter(None, texts)) or "table"


def name_of_request(prefix: str) -> str:
    """Return the file's name for the request: its path below a prefix, and the values of its query."""
    segments = request.path.removeprefix(prefix).rpartition(".")[0].strip("/").split("/")
    if len(segments) > 1 and segments[0] == "leagues":
        del segments[0]
    return file_name(*segments, *request.args.values())
