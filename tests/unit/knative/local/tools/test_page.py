"""The page at /eventing: for this machine alone, everything escaped, nothing secret."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from werkzeug.test import Client

from knative.local.eventing.trace import trace_store
from knative.local.eventing.trace.event_trace import TraceStep
from knative.local.tools.page.app import EventingPage, is_local
from knative.manifests.kinds import loader
from tests.support.reference import ROOT

ANALYZE = "Trigger touchline/analyze-league-updated"
STATUS = {"triggers": {"analyze-league-updated": {"lag": 3, "delivered": 12, "dead_lettered": 1}}}
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def eventing() -> Iterator[str]:
    """The address of something that tells counts."""

    class Told(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(STATUS).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Told)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def client(journal: Path | None, eventing_url: str = "http://127.0.0.1:9") -> Client:
    page = EventingPage(loader.load(ROOT / "knative"), journal=journal, eventing_url=eventing_url)
    return Client(page)


def get(asker: Client, path: str, **more: str) -> tuple[int, str]:
    answer = asker.get(path, environ_overrides={"REMOTE_ADDR": "127.0.0.1"} | more)
    return answer.status_code, answer.get_data(as_text=True)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """An event that was dead-lettered, one whose names hold markup."""
    path = tmp_path / "journal.db"
    connection = trace_store.connect(path)
    sink = "http://e/kafkasinks/touchline/dead-letters"
    steps = [
        TraceStep("received", "/s", "e-1", "Broker touchline/default", "made.v1"),
        TraceStep("matched", "/s", "e-1", ANALYZE, "made.v1", detail="type = made.v1"),
        TraceStep("attempt", "/s", "e-1", ANALYZE, attempt=1, status=400, took_s=0.01, detail=EVIL),
        TraceStep("dead_lettered", "/s", "e-1", ANALYZE, status=400, place=sink, detail=EVIL),
        TraceStep("received", EVIL, EVIL, "Broker touchline/default", EVIL),
    ]
    trace_store.write(connection, [(float(n), step) for n, step in enumerate(steps)])
    connection.close()
    return path


def test_the_page_shows_the_graph_the_events_and_what_was_given_up(journal: Path, eventing: str) -> None:
    status, output = get(client(journal, eventing), "/eventing")
    assert status == 200
    assert "12 delivered, 3 waiting, 1 dead-lettered" in output
    assert 'title="e-1"' in output
    assert "given up" in output
    assert "dead letter in KafkaSink touchline/dead-letters" in output
    assert re.search(r"Fields: \d+ honoured, \d+ ignored, 0 refused", output)


def test_an_event_that_is_named_has_its_life_told(journal: Path) -> None:
    _, output = get(client(journal), "/eventing?source=/s&id=e-1")
    assert "attempt 1" in output
    assert "400 in 10 ms" in output
    _, output = get(client(journal), "/eventing?id=unknown")
    assert "Choose an event." in output


@pytest.mark.parametrize("path", ["/eventing", "/eventing?id=e-1&source=/s", f"/eventing?id={EVIL}&source={EVIL}"])
def test_what_comes_from_outside_is_text_only(journal: Path, path: str) -> None:
    _, output = get(client(journal), path)
    assert output.count("<script>") == 1
    assert EVIL not in output


def test_control_characters_are_shown_and_do_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = trace_store.connect(path)
    hostile = "a.b\n\x1b[2J\u202ednuor"
    trace_store.write(connection, [(0.0, TraceStep("received", hostile, hostile, "Broker touchline/default", hostile))])
    connection.close()
    _, output = get(client(path), "/eventing")
    assert r"a.<wbr>b\n\x1b[2J\u202ednuor" in output
    assert "\x1b" not in output
    assert "\u202e" not in output


def test_only_its_own_script_may_run(journal: Path) -> None:
    answer = client(journal).get("/eventing", environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    policy = answer.headers["Content-Security-Policy"]
    script = answer.get_data(as_text=True).partition("<script>")[2].partition("</script>")[0]
    assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_what_changes_is_told_as_json(journal: Path, eventing: str) -> None:
    status, output = get(client(journal, eventing), "/eventing/live?source=/s&id=e-1")
    live = json.loads(output)
    assert status == 200
    assert live["counts"] == {ANALYZE: "12 delivered, 3 waiting, 1 dead-lettered"}
    _, page = get(client(journal, eventing), "/eventing?source=/s&id=e-1")
    assert all(f'id="{part}"' in page and html in page for part, html in live["parts"].items())


def test_what_is_missing_is_said(journal: Path, tmp_path: Path) -> None:
    assert "The eventing process is silent" in get(client(journal), "/eventing")[1]
    assert "No journal is kept" in get(client(None), "/eventing")[1]
    assert "no journal at" in get(client(tmp_path / "none.db"), "/eventing")[1]


def test_nobody_else_is_answered(journal: Path) -> None:
    asker = client(journal)
    assert get(asker, "/eventing", REMOTE_ADDR="192.0.2.1")[0] == 403
    assert get(asker, "/eventing", HTTP_HOST="rebound.example:8080")[0] == 403
    assert asker.post("/eventing", environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).status_code == 405
    assert get(asker, "/eventing/else")[0] == 404


@pytest.mark.parametrize(
    ("address", "host", "local"),
    [
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("127.0.0.1", "localhost", True),
        ("::1", "[::1]:8080", True),
        ("127.0.0.1", "localhost.example", False),
        ("127.0.0.1", "", False),
        ("10.0.0.1", "127.0.0.1", False),
        ("", "127.0.0.1", False),
    ],
)
def test_local_is_who_comes_from_here_to_here(address: str, host: str, local: bool) -> None:
    assert is_local(address, host) is local
