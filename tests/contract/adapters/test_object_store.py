"""One suite over all object stores: in memory, in a folder, and behind S3 on loopback."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from shared.adapters.objects import build_objects, sign
from shared.errors import NotFound, Unavailable
from shared.ports.objects import Objects
from shared.settings.loading import load_settings
from shared.settings.stores import ObjectStoreSettings
from shared.testing.memory_objects import MemoryObjects
from tests.support.accounts.log_search import Logs, logs
from tests.support.servers.s3 import PAGE, SECRET, S3Server, s3_server

__all__ = ["logs"]
CONTENT = bytes(range(256)) * 64


def by_url(url: str) -> Objects:
    return build_objects(load_settings(ObjectStoreSettings, {"OBJECT_STORE_URL": url}))


def bucket(server: S3Server, secret: str = SECRET) -> Objects:
    login = f"AKIA:{quote(secret, safe='')}"
    return by_url(f"s3+http://{login}@127.0.0.1:{server.server_address[1]}/bucket?region=eu-west-1")


@pytest.fixture
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["memory", "folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "memory":
        return MemoryObjects()
    if request.param == "folder":
        return by_url((tmp_path / "objects").as_uri())
    return bucket(request.getfixturevalue("server"))


def test_bytes_come_back_as_they_were_put(store: Objects) -> None:
    store.probe()
    store.put("identity/u1/a", b"first")
    store.put("identity/u1/a", CONTENT)
    assert store.get("identity/u1/a") == CONTENT
    with pytest.raises(NotFound):
        store.get("identity/u1/b")


def test_a_folder_goes_with_all_that_is_below_it_and_nothing_else(store: Objects) -> None:
    names = [f"identity/u1/{n}" for n in range(2 * PAGE + 1)]
    for name in (*names, "identity/u10/a"):
        store.put(name, CONTENT)
    for _ in range(2):
        store.delete_all("identity/u1")
    for name in names:
        with pytest.raises(NotFound):
            store.get(name)
    assert store.get("identity/u10/a") == CONTENT


def test_one_object_goes_and_nothing_beside_it(store: Objects) -> None:
    for name in ("raw/day/a", "raw/day/b"):
        store.put(name, CONTENT)
    for _ in range(2):
        store.delete("raw/day/a")
    with pytest.raises(NotFound):
        store.get("raw/day/a")
    assert store.get("raw/day/b") == CONTENT
    store.delete("raw/day/b")
    store.put("raw/day/a", b"again")
    assert store.get("raw/day/a") == b"again"


@pytest.mark.parametrize(
    "name", ["../secrets", "identity/../../etc", "/etc/passwd", "a//b", "a/", "", "a\0b", "a b", "."]
)
def test_no_other_name_becomes_a_path(tmp_path: Path, server: S3Server, name: str) -> None:
    for store in (by_url((tmp_path / "objects").as_uri()), bucket(server)):
        with pytest.raises(ValueError, match="not the name"):
            store.put(name, CONTENT)
        with pytest.raises(ValueError, match="not the name"):
            store.get(name)
        with pytest.raises(ValueError, match="not the name"):
            store.delete(name)
        with pytest.raises(ValueError, match="not the name"):
            store.delete_all(name)
    assert list(tmp_path.iterdir()) == []
    assert server.kept == {}


def test_files_are_for_their_owner_only_and_no_draft_stays(tmp_path: Path) -> None:
    by_url((tmp_path / "objects").as_uri()).put("identity/u1/a", CONTENT)
    (path,) = (tmp_path / "objects" / "identity" / "u1").iterdir()
    assert path.name == "a"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = by_url((tmp_path / "file" / "objects").as_uri())
    for ask in (store.probe, lambda: store.put("a", b""), lambda: store.get("a"), lambda: store.delete_all("a")):
        with pytest.raises(Unavailable):
            ask()


def test_a_store_that_is_silent_or_refuses_us_is_trouble(server: S3Server, logs: Logs) -> None:
    logs.keep_secret(SECRET, "of another bucket")
    with pytest.raises(Unavailable, match="does not answer"):
        by_url("s3+http://AKIA:of another bucket@127.0.0.1:1/bucket").probe()
    with pytest.raises(Unavailable, match="403"):
        bucket(server, "of another bucket").put("a", CONTENT)
    server.status = 500
    for ask in (lambda: bucket(server).get("a"), lambda: bucket(server).delete_all("a"), bucket(server).probe):
        with pytest.raises(Unavailable, match="500"):
            ask()


def test_a_signature_is_that_of_the_published_example() -> None:
    """The GET of an object in Amazon's own description of the calculation."""
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
    at = datetime(2013, 5, 24, tzinfo=UTC)
    key, secret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    signed_headers = sign("GET", "/test.txt", "", headers, at, key, secret, "us-east-1")
    assert signed_headers["authorization"].endswith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
