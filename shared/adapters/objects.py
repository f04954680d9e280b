"""Stores the bytes of users' files and of raw responses in a folder or in any store that speaks S3."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import os
import re
import secrets
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode, urlsplit

from shared.clock import SystemClock
from shared.errors import NotFound, Unavailable
from shared.ports.clock import Clock
from shared.ports.objects import Objects
from shared.settings.stores import ObjectStoreSettings

_NAME = re.compile(r"[A-Za-z0-9-]+(/[A-Za-z0-9-]+)*")
_TIMEOUT_S = 10.0


def build_objects(settings: ObjectStoreSettings) -> Objects:
    """Return the store that `OBJECT_STORE_URL` names."""
    parts = urlsplit(settings.url)
    if parts.scheme == "file":
        return FileObjects(Path(unquote(parts.path)))
    return S3Objects(parts, SystemClock())


def _check_name(name: str) -> str:
    """Return the name; raise `ValueError` for a name that is not ours, which must not become a path."""
    if not _NAME.fullmatch(name):
        raise ValueError("this is not the name of an object")
    return name


class FileObjects:
    """Stores each object in a file that only its owner can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        """Store an object, or replace it; returns once it is durable."""
        path = self._folder / _check_name(name)
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _sync_folder(path.parent)
        except OSError as exc:
            raise Unavailable("the object store cannot be written") from exc

    def get(self, name: str) -> bytes:
        """Return an object's bytes, or raise `NotFound`."""
        try:
            return (self._folder / _check_name(name)).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"object {name}") from None
        except OSError as exc:
            raise Unavailable("the object store cannot be read") from exc

    def delete(self, name: str) -> None:
        """Delete an object if it exists, and its folder when that is empty then."""
        path = self._folder / _check_name(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as exc:
            raise Unavailable("the object store cannot be written") from exc
        with suppress(OSError):  # it holds others, or is gone already
            path.parent.rmdir()

    def delete_all(self, folder: str) -> None:
        """Delete every object below a name."""
        try:
            shutil.rmtree(self._folder / _check_name(folder))
        except FileNotFoundError:
            return
        except OSError as exc:
            raise Unavailable("the object store cannot be written") from exc

    def probe(self) -> None:
        """Return when the folder exists or can be created, raise `Unavailable` otherwise."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise Unavailable("the object store cannot be written") from exc


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class S3Objects:
    """A bucket; every request is signed (AWS Signature Version 4) and sent on a connection of its own."""

    def __init__(self, url: SplitResult, clock: Clock, *, timeout_s: float = _TIMEOUT_S) -> None:
        """Store the address of the bucket.

        Parameters
        ----------
        url : ``s3://key:secret@host:port/bucket?region=eu-west-1``; ``s3+http`` is the same without encryption.
        """
        self._kind = http.client.HTTPConnection if url.scheme == "s3+http" else http.client.HTTPSConnection
        self._host = url.netloc.rpartition("@")[2]
        self._bucket = url.path.strip("/")
        self._key, self._secret = unquote(url.username or ""), unquote(url.password or "")
        self._region = parse_qs(url.query).get("region", ["us-east-1"])[0]
        self._clock = clock
        self._timeout_s = timeout_s

    def put(self, name: str, content: bytes) -> None:
        """Store an object, or replace it; returns once it is durable."""
        self._request("PUT", _check_name(name), content=content)

    def get(self, name: str) -> bytes:
        """Return an object's bytes, or raise `NotFound`."""
        return self._request("GET", _check_name(name))

    def delete(self, name: str) -> None:
        """Delete an object if it exists."""
        with suppress(NotFound):  # some stores report a missing object
            self._request("DELETE", _check_name(name))

    def delete_all(self, folder: str) -> None:
        """Delete every object below a name."""
        while names := self._list(f"{_check_name(folder)}/"):
            for name in names:
                self._request("DELETE", name)

    def create_bucket(self) -> None:
        """Create the bucket, where its key may."""
        self._request("PUT", "")

    def probe(self) -> None:
        """Return when the bucket answers, raise `Unavailable` otherwise."""
        self._list("probe/")

    def _list(self, prefix: str) -> list[str]:
        """Return the first names with a prefix, a thousand at most."""
        # The text comes from our own bucket, and expat itself stops entities that grow.
        from xml.etree import ElementTree  # nosec B405

        listing = self._request("GET", "", query={"list-type": "2", "prefix": prefix})
        try:
            root = ElementTree.fromstring(listing)  # nosec B314
        except ElementTree.ParseError as exc:
            raise Unavailable("the object store's response is not a list of objects") from exc
        return [each.text or "" for each in root.iterfind("{*}Contents/{*}Key")]

    def _request(self, method: str, name: str, *, query: dict[str, str] | None = None, content: bytes = b"") -> bytes:
        path = quote(f"/{self._bucket}/{name}" if name else f"/{self._bucket}")
        query_text = urlencode(sorted((query or {}).items()), quote_via=quote, safe="")
        headers = self._sign(method, path, query_text, content)
        connection = self._kind(self._host, timeout=self._timeout_s)
        try:
            connection.request(method, f"{path}?{query_text}" if query_text else path, content, headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable("the object store does not answer") from exc
        finally:
            connection.close()
        if response.status == 404 and method == "GET" and name:
            raise NotFound(f"object {name}")
        if not 200 <= response.status < 300:
            raise Unavailable(f"the object store returns {response.status}")
        return body

    def _sign(self, method: str, path: str, query: str, content: bytes) -> dict[str, str]:
        headers = {"host": self._host, "x-amz-content-sha256": hashlib.sha256(content).hexdigest()}
        return sign(method, path, query, headers, self._clock.now(), self._key, self._secret, self._region)


def sign(
    method: str, path: str, query: str, headers: dict[str, str], now: datetime, key: str, secret: str, region: str
) -> dict[str, str]:
    """Return the headers with a date and an AWS Signature Version 4 for S3.

    Parameters
    ----------
    path, query : encoded, the query's parts in order.
    headers : lower-case names, among them ``host`` and ``x-amz-content-sha256``; all are signed.

    References
    ----------
    Amazon S3 API Reference, "Signature Calculations for the Authorization Header".
    """
    headers = {**headers, "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}"}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    whole = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{headers['x-amz-content-sha256']}"
    scope = f"{now:%Y%m%d}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashlib.sha256(whole.encode()).hexdigest()}"
    derived = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        derived = hmac.digest(derived, part.encode(), "sha256")
    credential = f"Credential={key}/{scope},SignedHeaders={names},Signature={derived.hex()}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {credential}"}
