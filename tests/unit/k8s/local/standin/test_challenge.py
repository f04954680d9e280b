"""The challenge lets in what a page's script worked out, for as long as it holds, and nothing else."""

from __future__ import annotations

import re

import pytest

from k8s.local.standin.site.challenge import COOKIE, SCRIPT, WORK_BITS, Challenge, proof_hash

NOW = 1_800_000_000.0
IN_PAGE = {b"host": b"127.0.0.1:9", b"sec-fetch-site": b"same-origin", b"sec-fetch-mode": b"cors"}


class HandClock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def work(nonce: str) -> bytes:
    proof = 0
    while proof_hash(f"{nonce}:{proof}") >> (32 - WORK_BITS):
        proof += 1
    return f"theme=dark; {COOKIE}={nonce}.{proof}".encode()


def test_a_proof_from_a_page_is_admitted_until_it_expires() -> None:
    clock = HandClock()
    challenge = Challenge(b"secret", 60, clock)
    headers = IN_PAGE | {b"cookie": work(challenge.nonce())}
    assert challenge.admits(headers)
    clock.now += 59
    assert challenge.admits(headers)
    clock.now += 1
    assert not challenge.admits(headers)


@pytest.mark.parametrize(
    "marks",
    [
        {},
        {b"sec-fetch-site": b"none", b"sec-fetch-mode": b"navigate"},
        {b"sec-fetch-site": b"same-origin", b"sec-fetch-mode": b"navigate"},
        {b"sec-fetch-site": b"cross-site", b"sec-fetch-mode": b"cors"},
        {b"referer": b"http://127.0.0.1:9/"},
    ],
)
def test_a_good_cookie_without_the_marks_of_a_page_is_refused(marks: dict[bytes, bytes]) -> None:
    challenge = Challenge(b"secret", 60, HandClock())
    assert not challenge.admits({b"host": b"127.0.0.1:9", b"cookie": work(challenge.nonce())} | marks)


def test_by_a_service_name_the_referer_takes_the_place_of_the_marks() -> None:
    challenge = Challenge(b"secret", 60, HandClock())
    headers = {b"host": b"standin:8090", b"cookie": work(challenge.nonce())}
    assert challenge.admits(headers | {b"referer": b"http://standin:8090/"})
    assert not challenge.admits(headers | {b"referer": b"http://elsewhere/"})
    assert not challenge.admits(headers)


def test_forged_and_broken_cookies_are_refused() -> None:
    challenge = Challenge(b"secret", 60, HandClock())
    nonce = challenge.nonce()
    good = work(nonce).decode()
    foreign = work(Challenge(b"other", 60, HandClock()).nonce()).decode()
    lazy = f"{COOKIE}={nonce}.{next(p for p in range(99) if proof_hash(f'{nonce}:{p}') >> (32 - WORK_BITS))}"
    for text in (foreign, lazy, f"{COOKIE}=", f"{COOKIE}=x.1", good.replace("-", "+"), f"{COOKIE}=é-é.1", good + "9"):
        assert not challenge.admits(IN_PAGE | {b"cookie": text.encode("latin-1")}), text
    assert challenge.admits(IN_PAGE | {b"cookie": good.encode()})


def test_the_script_and_the_server_agree_on_cookie_and_work() -> None:
    assert f'"{COOKIE}="' in SCRIPT
    assert f"(32 - {WORK_BITS})" in SCRIPT
    assert not re.search(r"WORK_BITS|\"COOKIE", SCRIPT)
