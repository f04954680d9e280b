"""The stand-in provider on a socket: both forms' APIs, a page for payers, and webhooks that go wrong on purpose."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request, urlopen

from k8s.local.payments import wire_forms
from k8s.local.payments.book import STRIPE, YOOKASSA, Book, Payment, Refund, Refused
from k8s.local.payments.faults import Faults, parse
from k8s.local.payments.wire_forms import Hook

_TRIES = (0.2, 1.0, 5.0, 30.0)
_PAGE = (
    "<!doctype html><title>Simulated payment</title><h1>Simulated payment</h1><p>{amount} {currency}, no real money. "
    "State: {status}.<form method=post><button name=do value=pay>Pay</button> "
    "<button name=do value=cancel>Cancel</button></form>"
)


class Provider:
    """A provider that listens on loopback. Without an address for webhooks they are kept in `hooks`."""

    def __init__(
        self, *, port: int = 0, secret: str = "whsec_simulated", hooks_url: str = "", keep_alive: bool = True
    ) -> None:
        self.faults = Faults()
        self.book = Book(changed=self._changed)
        self.hooks: list[Hook] = []
        self.down = False
        self.keep_alive = keep_alive
        self._secret, self._hooks_url = secret, hooks_url
        self._server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"provider": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Serve in a thread."""
        threading.Thread(target=self.serve, name="payments", daemon=True).start()

    def serve(self) -> None:
        """Serve until `stop`."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def _changed(self, form: str, kind: str, subject: Payment | Refund) -> None:
        hooks = wire_forms.hooks_of(form, kind, subject)
        if self.faults.strikes("lie"):
            hooks += wire_forms.hooks_of(form, kind, subject, lie=self.faults.choose("amount", "currency", "paid"))
        hooks = [each for each in hooks for _ in range(1 + 2 * self.faults.strikes("duplicate"))]
        hooks = [each for each in hooks if not self.faults.strikes("drop")]
        if self.faults.strikes("reorder"):
            hooks.reverse()
        self.hooks += hooks
        if self._hooks_url:
            for hook in hooks:
                threading.Thread(target=self._send, args=(hook,), daemon=True).start()

    def _send(self, hook: Hook) -> None:
        time.sleep(1.0 if self.faults.strikes("delay") else 0.0)
        for pause in _TRIES:
            if self.deliver(hook):
                return
            time.sleep(pause)

    def deliver(self, hook: Hook) -> bool:
        """Send a webhook once; whether it was taken."""
        url = f"{self._hooks_url}/{hook.form}"
        request = Request(url, hook.body, hook.headers(self._secret, time.time()), method="POST")
        try:
            with urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


class _Handler(BaseHTTPRequestHandler):
    """One connection; `provider` is set by a class of its own for each provider."""

    provider: Provider
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: requests are not worth a line each."""

    def _handle(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path.startswith(("/v1/", "/v3/")):
            self._respond_with_faults(method, path, body)
        else:
            self._answer(*_route(self.provider, method, path, self.headers, body))

    def _respond_with_faults(self, method: str, path: str, body: bytes) -> None:
        faults = self.provider.faults
        if self.provider.down:
            self.close_connection = True
            return
        if faults.strikes("error"):
            self._answer(500, {"error": "simulated"})
            return
        status, content = _route(self.provider, method, path, self.headers, body)
        if faults.strikes("half"):
            status, content = 500, {"error": "simulated"}
        if faults.strikes("timeout"):
            self.close_connection = True
            return
        self._answer(status, content)

    def _answer(self, status: int, content: Any) -> None:
        is_page = isinstance(content, str)
        text = content.encode() if is_page else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
        self.send_header("Content-Length", str(len(text)))
        if not self.provider.keep_alive:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)


def _route(provider: Provider, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
    for known_method, pattern, respond in _ROUTES:
        match = pattern.fullmatch(path)
        if match and known_method in (method, ""):
            try:
                return 200, respond(provider, match[1] if pattern.groups else "", headers, body)
            except Refused as exc:
                return 400, {"error": str(exc)}
            except KeyError:
                return 404, {"error": "no such object"}
            except (ValueError, TypeError):
                return 400, {"error": "malformed"}
    return 404, {"error": "no such path"}


def _create_intent(provider: Provider, _: str, headers: Any, body: bytes) -> Any:
    form = dict(parse_qsl(body.decode()))
    metadata = {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}
    key = headers["Idempotency-Key"]
    return wire_forms.intent(provider.book.create(STRIPE, key, int(form["amount"]), form["currency"], metadata))


def _refund_intent(provider: Provider, _: str, headers: Any, body: bytes) -> Any:
    form = dict(parse_qsl(body.decode()))
    refund = provider.book.refund(headers["Idempotency-Key"], form["payment_intent"], int(form["amount"]))
    return wire_forms.stripe_refund(refund)


def _create_payment(provider: Provider, _: str, headers: Any, body: bytes) -> Any:
    content = json.loads(body)
    amount = content["amount"]
    payment = provider.book.create(
        YOOKASSA, headers["Idempotence-Key"], _minor(amount["value"]), amount["currency"], content["metadata"]
    )
    return wire_forms.yookassa_payment(payment, provider.url)


def _refund_payment(provider: Provider, _: str, headers: Any, body: bytes) -> Any:
    content = json.loads(body)
    amount = _minor(content["amount"]["value"])
    return wire_forms.yookassa_refund(provider.book.refund(headers["Idempotence-Key"], content["payment_id"], amount))


def _set_hostility(provider: Provider, _: str, headers: Any, body: bytes) -> Any:
    content = json.loads(body)
    provider.faults = parse(content["faults"], seed=content.get("seed", 0))
    return {}


def _pay_page(provider: Provider, payment_id: str, headers: Any, body: bytes) -> Any:
    book, form = provider.book, dict(parse_qsl(body.decode()))
    payment = book.payments[payment_id]
    if "do" in form:
        {"pay": book.pay, "cancel": book.cancel}[form["do"]](payment_id)
    amount = f"{payment.amount // 100}.{payment.amount % 100:02}"
    return _PAGE.format(amount=amount, currency=payment.currency, status=payment.status)


def _truth(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "status": payment.status,
        "amount": payment.amount,
        "refunded": payment.refunded,
        "metadata": payment.metadata,
    }


def _minor(value: str) -> int:
    whole, _, rest = value.partition(".")
    return int(whole) * 100 + int(rest)


_ROUTES: tuple[tuple[str, re.Pattern[str], Callable[[Provider, str, Any, bytes], Any]], ...] = (
    ("POST", re.compile("/v1/payment_intents"), _create_intent),
    ("GET", re.compile("/v1/payment_intents/([^/]+)"), lambda p, name, *_: wire_forms.intent(p.book.payments[name])),
    ("POST", re.compile("/v1/refunds"), _refund_intent),
    ("GET", re.compile("/v1/refunds/([^/]+)"), lambda p, name, *_: wire_forms.stripe_refund(p.book.refunds[name])),
    ("POST", re.compile("/v3/payments"), _create_payment),
    (
        "GET",
        re.compile("/v3/payments/([^/]+)"),
        lambda p, name, *_: wire_forms.yookassa_payment(p.book.payments[name], p.url),
    ),
    ("POST", re.compile("/v3/refunds"), _refund_payment),
    ("GET", re.compile("/v3/refunds/([^/]+)"), lambda p, name, *_: wire_forms.yookassa_refund(p.book.refunds[name])),
    ("", re.compile("/pay/([^/]+)"), _pay_page),
    ("POST", re.compile("/standin/hostility"), _set_hostility),
    ("GET", re.compile("/standin/truth"), lambda p, *_: [_truth(each) for each in p.book.payments.values()]),
    ("GET", re.compile("/health/ready"), lambda *_: {"status": "ready"}),
)
