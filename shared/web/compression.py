"""Compresses responses with gzip: the one place where a content coding is chosen.

Only what everybody may see is compressed. A body that holds a secret beside text of the caller leaks it by its
compressed length (BREACH), so responses to callers with a token or cookie stay as they are unless they are marked
public, as do all that are marked ``no-store`` or ``private`` or set a cookie.

A compressed body is another representation: its ETag ends in ``-gzip``. The suffix is taken off conditional requests
before any route reads them, so that handlers compare their own tags, and a 304 returns the tag the caller has.

gzip alone: Python has zstd from 3.14 on, and a dependency only for it is not worth its place in every image.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Request

GZIP = "gzip"
MIN_BYTES = 1_024
"""Below this the headers cost more than the body saves."""
CACHE_BYTES = 8_388_608
_LEVEL = 6
_GZIP_WBITS = 31
_SUFFIX = re.compile(r'-gzip(?=")')
_TYPES = frozenset(
    {
        "application/geo+json",
        "application/javascript",
        "application/json",
        "application/jwk-set+json",
        "application/problem+json",
        "application/vnd.apache.arrow.stream",
        "application/xml",
        "image/svg+xml",
    }
)
_TAG_HEADERS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")
_ORIGINAL = "touchline.if_none_match"


def strip_tag_suffix(environ: dict[str, Any]) -> None:
    """Take the suffix of compressed forms off the ETags of a conditional request."""
    for name in _TAG_HEADERS:
        if "-gzip" in environ.get(name, ""):
            environ[_ORIGINAL] = environ.get("HTTP_IF_NONE_MATCH", "")
            environ[name] = _SUFFIX.sub("", environ[name])


def compress(request: Request, response: Response) -> Response:
    """Compress the response when the caller accepts it and nothing forbids it; return it."""
    if not _may_compress(request, response):
        return response
    response.headers["Vary"] = _with_accept_encoding(response.headers.get("Vary", ""))
    if response.status_code == 304:
        _restore_tag(request, response)
    elif choose_coding(request.environ.get("HTTP_ACCEPT_ENCODING", "")) == GZIP:
        _encode(request, response)
    return response


@lru_cache(256)
def choose_coding(accept_encoding: str) -> str:
    """Return ``gzip`` when the caller accepts it at least as much as no coding, else nothing (RFC 9110, 12.5.3)."""
    weights = dict(_weights(accept_encoding))
    any_other = weights.get("*", 0.0)
    weight = weights.get(GZIP, weights.get("x-gzip", any_other))
    return GZIP if weight > 0 and weight >= weights.get("identity", 0.0) else ""


def _weights(header: str) -> Iterator[tuple[str, float]]:
    for item in header.lower().split(","):
        coding, _, parameter = (part.strip() for part in item.partition(";"))
        weight = re.fullmatch(r"q=([01](?:\.[0-9]{0,3})?)", parameter)
        if coding:
            yield coding, 1.0 if not parameter else float(weight[1]) if weight else 0.0


def _may_compress(request: Request, response: Response) -> bool:
    headers = response.headers
    cache_control, status = headers.get("Cache-Control", ""), response.status_code
    return (
        (status == 304 or response.is_streamed or _length(response) >= MIN_BYTES)
        and _is_compressible(headers.get("Content-Type", ""))
        and (status in (200, 304) or status >= 400)
        and _may_be_shared(cache_control, is_personal=_is_personal(request))
        and "Content-Encoding" not in headers
        and "Set-Cookie" not in headers
    )


@lru_cache(64)
def _may_be_shared(cache_control: str, *, is_personal: bool) -> bool:
    if any(each in cache_control for each in ("no-store", "private", "no-transform")):
        return False
    return "public" in cache_control or not is_personal


def _is_personal(request: Request) -> bool:
    return "HTTP_AUTHORIZATION" in request.environ or "HTTP_COOKIE" in request.environ


@lru_cache(256)
def _is_compressible(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type in _TYPES or media_type.startswith("text/")


def _length(response: Response) -> int:
    """Return the bytes of a body that is not streamed."""
    return sum(map(len, response.response))


@lru_cache(64)
def _with_accept_encoding(vary: str) -> str:
    names = [name.strip().lower() for name in vary.split(",")]
    return vary if "accept-encoding" in names or "*" in names else ", ".join(filter(None, [vary, "Accept-Encoding"]))


def _restore_tag(request: Request, response: Response) -> None:
    """Give a 304 the tag of the compressed form where that is the one the caller named."""
    tag = _compressed_tag(response)
    if tag and tag in request.environ.get(_ORIGINAL, ""):
        response.headers["ETag"] = tag


def _compressed_tag(response: Response) -> str:
    """Return the tag of the compressed form; empty for a weak one, which may stay, and for none."""
    tag = response.headers.get("ETag", "")
    return f'{tag[:-1]}-gzip"' if tag.startswith('"') else ""


def _encode(request: Request, response: Response) -> None:
    tag = _compressed_tag(response)
    if response.is_streamed:
        response.response = _stream(response.response)
        response.headers.pop("Content-Length", None)
    else:
        body = response.get_data()
        key = (request.full_path, response.headers.get("Content-Type", ""), tag, len(body))
        response.set_data(_cache.compress(key, body) if tag else _compress(body))
    response.headers["Content-Encoding"] = GZIP
    if tag:
        response.headers["ETag"] = tag


def _compress(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def _stream(chunks: Iterable[Any]) -> Iterator[bytes]:
    """Yield each chunk compressed and flushed, so that the caller sees it when it is sent."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WBITS)
    try:
        for chunk in chunks:
            raw = chunk.encode() if isinstance(chunk, str) else chunk
            yield compressor.compress(raw) + compressor.flush(zlib.Z_SYNC_FLUSH)
        yield compressor.flush()
    finally:
        if close := getattr(chunks, "close", None):
            close()


class _Cache:
    """Compressed bodies of responses with an ETag, the last used first to stay; bounded by bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._bodies: OrderedDict[tuple[str, str, str, int], bytes] = OrderedDict()
        self._n_bytes = 0

    def compress(self, key: tuple[str, str, str, int], body: bytes) -> bytes:
        with self._lock:
            if (cached := self._bodies.get(key)) is not None:
                self._bodies.move_to_end(key)
                return cached
        compressed = _compress(body)
        with self._lock:
            self._n_bytes += len(compressed) - len(self._bodies.pop(key, b""))
            self._bodies[key] = compressed
            while self._n_bytes > self._max_bytes:
                self._n_bytes -= len(self._bodies.popitem(last=False)[1])
        return compressed


_cache = _Cache(CACHE_BYTES)
