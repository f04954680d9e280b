"""Envelopes as the documentation of Sentry's SDKs describes them."""

from __future__ import annotations

import pytest

from shared.domain.error_reports.envelope import Item, parse_envelope
from shared.errors import InvalidInput


def test_a_payload_of_its_length_may_hold_newlines() -> None:
    envelope = parse_envelope(
        b'{"dsn":"http://k@h/1"}\n{"type":"attachment","length":5}\na\nb\nc\n{"type":"event"}\n{}\n'
    )
    assert envelope.dsn == "http://k@h/1"
    assert envelope.items == (Item("attachment", b"a\nb\nc"), Item("event", b"{}"))


def test_a_payload_without_length_ends_with_the_line() -> None:
    assert parse_envelope(b'{}\n{"type":"session"}\n{"started":1}').items == (Item("session", b'{"started":1}'),)


def test_an_empty_payload_and_blank_lines_are_read() -> None:
    envelope = parse_envelope(b'{}\n{"type":"a","length":0}\n\n\n{"type":"b","length":0}\n')
    assert envelope.items == (Item("a", b""), Item("b", b""))


def test_headers_alone_are_an_envelope() -> None:
    assert parse_envelope(b'{"event_id":"x"}').items == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]\n",
        b"{",
        b'{}\n{"type":"event","length":9}\n{}',
        b'{}\n{"type":"event","length":-1}\n{}',
        b'{}\n{"type":"event","length":true}\n{}',
        b"{}\n[1]\n{}",
        b"{}\n" + b'{"type":"a"}\n\n' * 101,
        b"[" * 100_000,
    ],
)
def test_what_is_no_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_envelope(raw)
