"""Hooks to stores: signed by Standard Webhooks, tried again, ended with endpoints that fail, sent nowhere inside."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Thread
from typing import Any

import pytest
from standardwebhooks import Webhook

from shared.adapters.http.guarded_posts import GuardedPosts
from shared.domain.ads.hooks import DISABLED_AFTER, PAUSES, next_delivery
from shared.errors import InvalidInput, Unavailable
from tests.support.advertising.payments import Desk, desk, provider
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem

__all__ = ["desk", "provider"]


@dataclass
class Receiver:
    """A store's server."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    taken = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.received.append((dict(self.headers), body))
            self.send_response(taken.status)
            for name, value in taken.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken.url = f"http://127.0.0.1:{server.server_address[1]}/hook?shop=1"
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield taken
    server.shutdown()
    server.server_close()


def endpoint(desk: Desk, url: str) -> dict[str, Any]:
    answer = desk.ask("POST", "/top-ups/endpoints", desk.owner, json={"store_id": desk.store_id, "url": url})
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = answer.json
    return content


def deliver(desk: Desk) -> None:
    desk.make_due()
    desk.tick("deliver")


def shown(desk: Desk) -> dict[str, Any]:
    path = f"/top-ups/endpoints?store_id={desk.store_id}"
    (only,) = desk.ask("GET", path, desk.owner).json["items"]
    content: dict[str, Any] = only
    return content


def test_a_store_is_told_of_a_credit_with_a_signature_of_the_standard(desk: Desk, receiver: Receiver) -> None:
    made = endpoint(desk, receiver.url)
    top_up = desk.paid(900)
    deliver(desk)
    ((headers, body),) = receiver.received
    message = Webhook(made["secret"]).verify(body.decode(), {name.lower(): value for name, value in headers.items()})
    assert message["type"] == "top-up.credited"
    assert (message["data"]["id"], message["data"]["amount"], message["data"]["simulated"]) == (top_up["id"], 900, True)
    deliver(desk)
    assert len(receiver.received) == 1
    (sent,) = desk.ask("GET", f"/top-ups/endpoints/{made['id']}/messages", desk.owner).json["items"]
    assert (sent["kind"], sent["delivered_at"] is not None, sent["n_tries"]) == ("top-up.credited", True, 1)


def test_a_failed_delivery_comes_again_under_its_id(desk: Desk, receiver: Receiver) -> None:
    endpoint(desk, receiver.url)
    desk.paid(900)
    receiver.status = 500
    deliver(desk)
    receiver.status = 200
    deliver(desk)
    (first, _), (second, _) = receiver.received
    assert first["webhook-id"] == second["webhook-id"]
    assert shown(desk)["failing_since"] is None


def test_deliveries_are_spaced_as_the_standard_recommends_and_end() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    pauses = [next_delivery(n, now) for n in range(1, len(PAUSES) + 2)]
    assert pauses[0] == now + timedelta(seconds=5)
    assert pauses[-1] is None
    assert all(a is not None and b is not None and a <= b for a, b in pairwise(pauses[:-1]))
    assert sum(PAUSES, timedelta()) > timedelta(days=3)


def test_an_endpoint_that_fails_for_days_is_disabled_and_can_be_enabled(desk: Desk, receiver: Receiver) -> None:
    made = endpoint(desk, receiver.url)
    desk.paid(900)
    receiver.status = 503
    deliver(desk)
    assert shown(desk)["enabled"]
    run(desk.database, "UPDATE ads_hook_endpoints SET failing_since = failing_since - %s", DISABLED_AFTER)
    deliver(desk)
    assert (shown(desk)["enabled"], shown(desk)["disabled_reason"]) == (False, "it failed for too long")
    n_sent = len(receiver.received)
    desk.paid(900)
    deliver(desk)
    assert len(receiver.received) == n_sent, "nothing is sent to it, nor kept for it"
    assert desk.ask("POST", f"/top-ups/endpoints/{made['id']}/enable", desk.owner).status_code == 204
    receiver.status = 200
    desk.paid(900)
    deliver(desk)
    assert len(receiver.received) == n_sent + 1


def test_an_endpoint_that_is_gone_is_disabled_at_once(desk: Desk, receiver: Receiver) -> None:
    endpoint(desk, receiver.url)
    desk.paid(900)
    receiver.status = 410
    deliver(desk)
    assert (shown(desk)["enabled"], shown(desk)["disabled_reason"]) == (False, "it answered 410 Gone")


def test_a_new_secret_signs_beside_the_one_before_for_a_day(desk: Desk, receiver: Receiver) -> None:
    made = endpoint(desk, receiver.url)
    rotated = desk.ask("POST", f"/top-ups/endpoints/{made['id']}/secret", desk.owner).json
    assert rotated["secret"] != made["secret"]
    desk.paid(900)
    deliver(desk)
    ((headers, body),) = receiver.received
    lowered = {name.lower(): value for name, value in headers.items()}
    for secret in (made["secret"], rotated["secret"]):
        Webhook(secret).verify(body.decode(), lowered)
    run(desk.database, "UPDATE ads_hook_endpoints SET previous_until = now()")
    desk.paid(900)
    deliver(desk)
    assert " " not in {name.lower(): value for name, value in receiver.received[1][0].items()}["webhook-signature"]


def test_a_redirect_is_not_followed(desk: Desk, receiver: Receiver) -> None:
    endpoint(desk, receiver.url)
    receiver.status, receiver.headers = 307, {"Location": receiver.url}
    desk.paid(900)
    deliver(desk)
    assert len(receiver.received) == 1
    assert shown(desk)["failing_since"] is not None


def test_only_an_owner_has_endpoints(desk: Desk) -> None:
    buyer, stranger = desk.person(), desk.person()
    desk.ask("PUT", f"/stores/{desk.store_id}/members/{buyer.name}", desk.owner, json={"role": "buyer"})
    body = {"store_id": desk.store_id, "url": "https://shop.example/hook"}
    assert_problem(desk.ask("POST", "/top-ups/endpoints", buyer, json=body), 403, "Forbidden")
    assert_problem(desk.ask("POST", "/top-ups/endpoints", stranger, json=body), 404, "Not found")
    made = endpoint(desk, "https://shop.example/hook")
    for method, path in (("DELETE", ""), ("POST", "/secret"), ("POST", "/enable"), ("GET", "/messages")):
        answer = desk.ask(method, f"/top-ups/endpoints/{made['id']}{path}", stranger)
        assert_problem(answer, 404, "Not found")
    assert desk.ask("DELETE", f"/top-ups/endpoints/{made['id']}", desk.owner).status_code == 204


def test_a_store_has_five_endpoints_at_most(desk: Desk) -> None:
    for n in range(5):
        endpoint(desk, f"https://shop.example/{n}")
    body = {"store_id": desk.store_id, "url": "https://shop.example/5"}
    assert_problem(desk.ask("POST", "/top-ups/endpoints", desk.owner, json=body), 409, "Conflict")


def test_webhooks_and_messages_that_are_done_are_forgotten_in_time(desk: Desk, receiver: Receiver) -> None:
    endpoint(desk, receiver.url)
    desk.paid(900)
    deliver(desk)
    count = "SELECT (SELECT count(*) FROM ads_webhooks), (SELECT count(*) FROM ads_hook_messages)"
    desk.tick("forget")
    assert run(desk.database, count) == [(1, 1)]
    run(desk.database, "UPDATE ads_webhooks SET received_at = received_at - interval '31 days'")
    run(desk.database, "UPDATE ads_hook_messages SET created_at = created_at - interval '31 days'")
    desk.tick("forget")
    assert run(desk.database, count) == [(0, 0)]


PRIVATE = (
    "https://127.0.0.1/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://172.16.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://224.0.0.1/",
)


@pytest.mark.parametrize("url", PRIVATE)
def test_an_address_of_this_machine_or_network_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="private network"):
        GuardedPosts().check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/",
        "ftp://shop.example/",
        "https:///x",
        "https://user@shop.example/",
        "https://shop.example/#x",
        "https://shop.example:5432/",
        "https://shop.example:99999/",
        "https://shop.example/ x",
        "https://shop.example/\r\nX: y",
        "shop.example",
        "https://" + "a" * 500,
    ],
)
def test_what_is_no_address_of_a_store_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        GuardedPosts().check(url)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:10.0.0.1"])
def test_a_name_that_leads_inside_is_refused_when_it_is_posted_to(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All addresses are looked at, as the connection may go to any; a name is looked up each time it is posted to."""
    places = [(0, 0, 0, "", (each, 443)) for each in ("93.184.216.34", address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    with pytest.raises(InvalidInput, match="private network"):
        GuardedPosts().post("https://shop.example/", {}, b"")


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[Any] = []

    def connect(address: Any, timeout: float) -> Any:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("93.184.216.34", 443))])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unavailable):
        GuardedPosts().post("https://shop.example/", {}, b"")
    assert connected == [("93.184.216.34", 443)]


def test_the_body_is_json_of_minor_units(desk: Desk, receiver: Receiver) -> None:
    endpoint(desk, receiver.url)
    top_up = desk.top_up(900)
    desk.provider.book.cancel(top_up["payment_id"])
    desk.deliver_all()
    deliver(desk)
    ((_, body),) = receiver.received
    assert json.loads(body)["data"] == {
        "id": top_up["id"],
        "store_id": desk.store_id,
        "state": "cancelled",
        "amount": 900,
        "refunded": 0,
        "currency": "XTS",
        "flag": "",
        "simulated": True,
    }
