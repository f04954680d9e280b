"""Responses in gzip: only for who asks, only what everybody may see, and with ETags that stay right."""

from __future__ import annotations

import gzip
import zlib

import functions_framework
import pytest
from flask.testing import FlaskClient

from shared.web import compression
from tests.support.reference import ROOT

SOURCE = ROOT / "tests/support/functions/sample_function.py"
ASKED = {"Accept-Encoding": "gzip"}


@pytest.fixture
def client() -> FlaskClient:
    app = functions_framework.create_app(target="handle", source=str(SOURCE))  # type: ignore[no-untyped-call]
    client: FlaskClient = app.test_client()
    return client


def test_a_long_answer_is_compressed_for_who_asks(client: FlaskClient) -> None:
    plain, answer = client.get("/long"), client.get("/long", headers=ASKED)
    assert "Content-Encoding" not in plain.headers
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(plain.data) / 4
    assert gzip.decompress(answer.data) == plain.data
    assert answer.content_type == plain.content_type


@pytest.mark.parametrize("headers", [{}, ASKED])
def test_caches_learn_that_the_coding_matters_whoever_asks(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.get("/long", headers=headers).headers["Vary"] == "Accept-Encoding"
    assert "Vary" not in client.get("/things", headers=headers).headers


def test_the_compressed_form_has_a_tag_of_its_own_and_either_gives_304(client: FlaskClient) -> None:
    plain, packed = (client.get("/long", headers=headers).headers["ETag"] for headers in ({}, ASKED))
    assert plain != packed
    for tag in (plain, packed, f'"other", {packed}', f"W/{packed}"):
        for headers in ({}, ASKED):
            answer = client.get("/long", headers={**headers, "If-None-Match": tag})
            assert (answer.status_code, answer.data) == (304, b"")
            assert answer.headers["ETag"] in tag
            assert answer.headers["Vary"] == "Accept-Encoding"
    assert client.get("/long", headers={**ASKED, "If-None-Match": '"other-gzip"'}).status_code == 200
    assert client.get("/long", headers={**ASKED, "If-Match": packed}).status_code == 200


def test_the_compressed_form_is_kept(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/long", headers=ASKED)
    monkeypatch.setattr(compression, "_compress", lambda body: pytest.fail("compressed again"))
    assert client.get("/long", headers=ASKED).data == first.data


def test_kept_forms_are_bounded() -> None:
    kept = compression._Cache(300)
    bodies = [bytes([n]) * 2000 for n in range(100)]
    for n, body in enumerate(bodies):
        assert gzip.decompress(kept.compress((str(n), "", "", 1), body)) == body
    assert 0 < kept._n_bytes <= 300
    assert kept._n_bytes == sum(map(len, kept._bodies.values()))


@pytest.mark.parametrize("path", ["/private", "/cookie", "/things", "/things/7", "/gone"])
def test_secrets_and_short_answers_are_not_compressed(client: FlaskClient, path: str) -> None:
    assert "Content-Encoding" not in client.get(path, headers=ASKED).headers


@pytest.mark.parametrize("known_by", ["Authorization", "Cookie"])
def test_what_is_not_marked_public_is_not_compressed_for_who_shows_a_token(client: FlaskClient, known_by: str) -> None:
    known = {known_by: "a=b"}
    client = client.application.test_client(use_cookies=False)
    assert client.get("/plain", headers=ASKED).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get("/plain", headers=ASKED | known).headers
    assert client.get("/long", headers=ASKED | known).headers["Content-Encoding"] == "gzip"


def test_a_stream_is_compressed_chunk_by_chunk(client: FlaskClient) -> None:
    answer = client.get("/stream", headers=ASKED)
    reader = zlib.decompressobj(31)
    assert [reader.decompress(bytes(chunk)) for chunk in answer.iter_encoded()][:3] == [
        b"line 0\n",
        b"line 1\n",
        b"line 2\n",
    ]
    assert reader.eof
    assert "Content-Length" not in answer.headers
    assert client.get("/stream").text == "line 0\nline 1\nline 2\n"


def test_head_answers_as_get_would(client: FlaskClient) -> None:
    got, head = client.get("/long", headers=ASKED), client.head("/long", headers=ASKED)
    for name in ("Content-Length", "Content-Encoding", "ETag", "Vary"):
        assert head.headers[name] == got.headers[name]
    assert head.data == b""


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", ""), ("gzip", "gzip"), ("GZIP", "gzip"), ("x-gzip", "gzip"), ("*", "gzip"), ("gzip;q=0", ""),
        ("gzip; q=0.5", "gzip"), ("gzip;q=0.5, identity", ""), ("gzip;q=0.5, identity;q=0.5", "gzip"), ("br", ""),
        ("gzip, deflate, br, zstd", "gzip"), ("*;q=0", ""), ("*;q=0, gzip", "gzip"), ("gzip;q=0, *", ""),
        ("gzip;q=x", ""), ("gzip;q=2", ""), (",,gzip", "gzip"), ("gzipped", ""), ("identity", ""), ("gzip;", "gzip"),
    ],
)  # fmt: skip
def test_the_coding_is_chosen_as_rfc_9110_says(header: str, coding: str) -> None:
    assert compression.choose_coding(header) == coding


def test_a_table_in_another_form_keeps_both_headers(client: FlaskClient) -> None:
    assert client.get("/listed", headers={"Accept": "text/csv", **ASKED}).headers["Vary"] == "Accept"  # it is short
