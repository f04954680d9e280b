"""CloudEvents on the wire, and every event type against its golden sample."""

from __future__ import annotations

import base64
import inspect
import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shared.events
from shared.errors import InvalidInput
from shared.events import ads, bets, betting, cloudevents, football, money, operation, shop, users
from shared.events.ads import TopUpCredited
from shared.events.bets import BetsSettled, SettledBet
from shared.events.betting import EventSettled, LineChanged
from shared.events.envelope import TYPE_PATTERN, Event, make_content_id
from shared.events.football import BatchScraped, LeagueUpdated
from shared.events.money import PostingRecord, TransactionPosted, TransactionRecord
from shared.events.operation import IssueOpened, IssueRegressed, IssueUnmuted
from shared.events.shop import PurchaseCancelled, PurchaseMade
from shared.events.users import UserBlocked, UserDeleted, UserRegistered, UserVerified

SAMPLES = Path(shared.events.__file__).parent / "samples"
SCRAPED = BatchScraped(
    source="sofascore",
    league_id=17,
    season_id=61627,
    records="matches",
    n_rows=2,
    scraped_at=datetime(2026, 3, 1, 12, 0, 0, 123456, UTC),
    arrow=b"ARROW stream of two rows",
)
UPDATED = LeagueUpdated(
    league_id=17,
    season_id=61627,
    records="matches",
    n_rows=2,
    batch_id="f1df608ad719f934da18133cce0e8028",
    updated_at=datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
)
OF_USER: Any = {
    "user_id": "01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5f6",
    "occurred_at": datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
}
POSTED = TransactionPosted(
    block=7,
    sealed_at=datetime(2026, 3, 1, 12, 0, 6, tzinfo=UTC),
    transactions=(
        TransactionRecord(
            id="01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5f7",
            kind="purchase",
            booked_at=datetime(2026, 3, 1, 12, 0, 5, 250000, UTC),
            effective_at=datetime(2026, 3, 1, 12, 0, 5, 250000, UTC),
            reverses=None,
            detail={"items": ["cup"], "quantities": [1]},
            postings=(
                PostingRecord(
                    account_id=41,
                    owner="users/01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5f6",
                    name="coins",
                    currency="COIN",
                    part=0,
                    number=2,
                    amount=-20,
                    balance=980,
                ),
                PostingRecord(
                    account_id=17,
                    owner="systems/merch",
                    name="revenue",
                    currency="COIN",
                    part=6,
                    number=1,
                    amount=20,
                    balance=20,
                ),
            ),
        ),
    ),
)
PURCHASE: Any = {
    "purchase_id": "01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5f8",
    "customer_id": "01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5f6",
    "seller_id": "01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5f9",
    "product_id": "01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5fa",
    "product_name": "Home shirt",
    "category": "Shirts",
    "quantity": 3,
    "unit_price": 2499,
    "discount": 100,
    "total": 7397,
    "currency": "EUR",
    "purchased_at": datetime(2026, 3, 1, 23, 59, 59, 999999, UTC),
}
Known: TypeAlias = (
    BatchScraped
    | LeagueUpdated
    | UserRegistered
    | UserVerified
    | UserBlocked
    | UserDeleted
    | TransactionPosted
    | PurchaseMade
    | PurchaseCancelled
    | LineChanged
    | EventSettled
    | BetsSettled
    | TopUpCredited
    | IssueOpened
    | IssueRegressed
    | IssueUnmuted
)
CHANGED = LineChanged(
    event_id=12,
    revision=3,
    state="suspended",
    suspended_for="stale_forecast",
    starts_at=datetime(2026, 3, 1, 15, 0, tzinfo=UTC),
    changed_at=datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC),
)
SETTLED = EventSettled(
    event_id=12,
    revision=1,
    status="final",
    home_goals=2,
    away_goals=1,
    outcome=None,
    n_tied=1,
    void_reason="",
    recorded_at=datetime(2026, 3, 1, 17, 0, tzinfo=UTC),
)
BETS_SETTLED = BetsSettled(
    event_id=12,
    result_revision=1,
    settled_at=datetime(2026, 3, 1, 17, 0, 1, tzinfo=UTC),
    bets=(
        SettledBet(
            bet_id="01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5fb",
            user_id="01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5f6",
            revision=1,
            payout=250,
            grade="win",
            delta=150,
        ),
    ),
)
ISSUE: Any = {
    "issue_id": 7,
    "title": "ValueError: match 4711 has no league",
    "level": "error",
    "function": "merch",
    "revision": "merch-00003",
    "occurred_at": datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
}
KNOWN: list[Known] = [
    SCRAPED,
    UPDATED,
    UserRegistered(**OF_USER),
    UserVerified(**OF_USER, state="active"),
    UserBlocked(**OF_USER),
    UserDeleted(**OF_USER),
    POSTED,
    PurchaseMade(**PURCHASE),
    PurchaseCancelled(**PURCHASE, cancelled_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
    CHANGED,
    SETTLED,
    BETS_SETTLED,
    TopUpCredited(
        top_up_id="01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5fd",
        store_id="01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5fc",
        provider="stripe",
        amount=10_000,
        currency="XTS",
        credited_at=datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
    ),
    IssueOpened(**ISSUE, number=0),
    IssueRegressed(**ISSUE, number=1),
    IssueUnmuted(**ISSUE, number=2),
]
HEADERS = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t"}


def sample(type_: str) -> bytes:
    return (SAMPLES / f"{type_}.json").read_bytes()


def from_sample(raw: bytes) -> Event:
    return cloudevents.from_http({"Content-Type": cloudevents.STRUCTURED}, raw)


def test_every_event_class_has_a_type_of_the_pattern_and_a_sample() -> None:
    modules = (ads, bets, betting, football, money, operation, shop, users)
    kinds = [kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)]
    types = {kind.TYPE for kind in kinds if hasattr(kind, "TYPE")}
    assert types == {payload.TYPE for payload in KNOWN}
    assert types == {path.stem for path in SAMPLES.iterdir()}
    assert [type_ for type_ in types if not TYPE_PATTERN.match(type_)] == []


@pytest.mark.parametrize(
    "bad", ["io.touchline.football.match.scraped", "io.touchline.scraped.v1", "io.touchline.a.b.c.v0"]
)
def test_the_pattern_refuses_a_type_without_version_area_or_sense(bad: str) -> None:
    assert not TYPE_PATTERN.match(bad)


@pytest.mark.parametrize("payload", KNOWN, ids=lambda payload: type(payload).__name__)
def test_new_code_reads_the_old_sample(payload: Known) -> None:
    assert type(payload).from_event(from_sample(sample(payload.TYPE))) == payload


@pytest.mark.parametrize("payload", KNOWN, ids=lambda payload: type(payload).__name__)
def test_new_code_writes_what_readers_of_the_sample_find(payload: Known) -> None:
    """Adding an attribute or a field is fine; changing or dropping one is a v2."""
    written, golden = payload.to_event(), from_sample(sample(payload.TYPE))
    assert cloudevents.attributes(written).items() >= cloudevents.attributes(golden).items()
    if golden.content_type == "application/json":
        assert json.loads(written.data).items() >= json.loads(golden.data).items()
    else:
        assert written.data == golden.data


@pytest.mark.parametrize("payload", KNOWN, ids=lambda payload: type(payload).__name__)
def test_an_event_of_a_newer_writer_is_still_read(payload: Known) -> None:
    fields = json.loads(sample(payload.TYPE))
    fields["traceparent"] = "00-1-1-01"
    if "data" in fields:
        fields["data"]["added_later"] = {"anything": True}
    assert type(payload).from_event(from_sample(json.dumps(fields).encode())) == payload


@pytest.mark.parametrize("payload", KNOWN, ids=lambda payload: type(payload).__name__)
def test_an_event_survives_http_and_the_log(payload: Known) -> None:
    event = payload.to_event()
    assert cloudevents.from_http(*cloudevents.to_http(event)) == event
    assert cloudevents.from_record(*cloudevents.to_record(event)) == event
    assert type(payload).from_event(event) == payload


@pytest.mark.parametrize("payload", KNOWN, ids=lambda payload: type(payload).__name__)
def test_the_same_work_is_the_same_event(payload: Known) -> None:
    assert payload.to_event() == payload.to_event()


def test_other_content_is_another_event() -> None:
    ids = {replace(SCRAPED, arrow=b"other").to_event().id, replace(SCRAPED, season_id=1).to_event().id}
    ids |= {replace(SCRAPED, league_id=176, season_id=1627).to_event().id, SCRAPED.to_event().id}
    assert len(ids) == 4
    assert make_content_id("ab", "c") != make_content_id("a", "bc")


def test_reading_the_same_again_later_is_the_same_event() -> None:
    later = replace(SCRAPED, scraped_at=SCRAPED.scraped_at + timedelta(hours=1))
    assert later.to_event().id == SCRAPED.to_event().id


def test_each_step_of_being_verified_is_an_event_of_its_own() -> None:
    steps = [UserVerified(**OF_USER, state=state).to_event() for state in ("contact_verified", "active")]
    assert len({step.id for step in steps}) == 2
    assert UserBlocked(**OF_USER).to_event().id != UserDeleted(**OF_USER).to_event().id


@pytest.mark.parametrize(
    "data", [b"no json", b"[]", b"{}", b'{"user_id": 7}', b'{"user_id": "../etc", "state": "active"}']
)
def test_a_fact_about_nobody_is_refused(data: bytes) -> None:
    event = UserVerified(**OF_USER, state="active").to_event()
    with pytest.raises(InvalidInput, match="payload is not a UserVerified"):
        UserVerified.from_event(replace(event, data=data))


@pytest.mark.parametrize("name", ["league", "season", "rows", "records"])
def test_a_batch_without_an_attribute_is_refused(name: str) -> None:
    event = SCRAPED.to_event()
    extensions = {key: value for key, value in event.extensions.items() if key != name}
    with pytest.raises(InvalidInput, match=f"{event.id}.*'{name}'"):
        BatchScraped.from_event(replace(event, extensions=extensions))


def test_an_event_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"is not io\.touchline\.football\.batch"):
        BatchScraped.from_event(UPDATED.to_event())
    with pytest.raises(InvalidInput, match=r"is not io\.touchline\.football\.league"):
        LeagueUpdated.from_event(SCRAPED.to_event())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b'{"league_id":Infinity,"season_id":1,"records":"m","n_rows":1,"batch_id":"b"}',
        b'{"league_id":"x","season_id":1,"records":"m","n_rows":1,"batch_id":"b"}',
        b"[" * 100_000,
    ],
)
def test_a_payload_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="payload is not a LeagueUpdated"):
        LeagueUpdated.from_event(replace(UPDATED.to_event(), data=data))


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
stripped = text.filter(str.strip)  # blank is as good as missing
events = st.builds(
    Event,
    id=stripped,
    source=stripped,
    type=stripped,
    subject=text | st.just(""),
    time=st.datetimes(timezones=st.just(UTC)),
    content_type=st.sampled_from(["application/json", "text/plain", "application/octet-stream"]),
    extensions=st.dictionaries(
        st.from_regex(r"^[a-z0-9]{1,20}\Z").filter(lambda name: name not in cloudevents._CORE), text, max_size=3
    ),
    data=st.binary(max_size=50),
)


@given(events)
def test_any_event_survives_both_bindings(event: Event) -> None:
    headers, body = cloudevents.to_http(event)
    assert all(0x20 < ord(c) < 0x7F for name, value in headers.items() if name.startswith("ce-") for c in value)
    assert cloudevents.is_event(headers)
    assert cloudevents.from_http(headers, body) == event
    record = cloudevents.to_record(event)
    assert cloudevents.is_record_event(record[0])
    assert cloudevents.from_record(*record) == event


@given(st.dictionaries(text, text | st.integers() | st.none() | st.lists(text, max_size=2), max_size=6))
def test_any_json_object_is_an_event_or_refused(fields: dict[str, Any]) -> None:
    whole = {"specversion": "1.0", "id": "1", "source": "s", "type": "t"} | fields
    with suppress(InvalidInput):
        assert from_sample(json.dumps(whole).encode()).id == str(whole["id"])


def test_header_names_are_read_in_any_case() -> None:
    event = cloudevents.from_http({name.upper(): value for name, value in HEADERS.items()}, b"")
    assert (event.id, event.source, event.type) == ("1", "/s", "t")


def test_percent_encoding_follows_the_http_binding() -> None:
    headers, _ = cloudevents.to_http(Event(id='a "é%', source="s", type="t", time=datetime(2026, 3, 1, tzinfo=UTC)))
    assert headers["ce-id"] == "a%20%22%C3%A9%25"


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("a%20%22%C3%A9%25", 'a "é%'),
        ("%2541", "%41"),  # once
        ("100%", "100%"),
        ("a+b", "a+b"),
        ('"a b"', "a b"),
        (r'"say \"hi\" %C3%A9"', 'say "hi" é'),
        ('"', '"'),
    ],
)
def test_header_values_are_unquoted_and_percent_decoded_once(written: str, means: str) -> None:
    assert cloudevents.decode_http(HEADERS | {"ce-subject": written}, b"")[0]["subject"] == means


@pytest.mark.parametrize(
    "content_type", ["Application/CloudEvents+JSON; charset=UTF-8", "application/cloudevents+json"]
)
def test_structured_mode_is_told_by_its_media_type(content_type: str) -> None:
    headers = {"Content-Type": content_type, "ce-id": "not this one"}
    assert cloudevents.is_event(headers)
    assert cloudevents.from_http(headers, b'{"specversion":"1.0","id":"1","source":"s","type":"t"}').id == "1"
    assert cloudevents.is_record_event([("content-type", content_type.encode())])
    record = [("content-type", content_type.encode())]
    assert cloudevents.from_record(record, b'{"specversion":"1.0","id":"1","source":"s","type":"t"}').id == "1"


def test_a_media_type_that_only_begins_alike_is_no_event() -> None:
    assert not cloudevents.is_event({"content-type": "application/cloudevents+jsonl"})


@pytest.mark.parametrize("time", ["2026-03-01t12:00:00z", "2026-03-01T14:00:00.000000000+02:00"])
def test_every_form_of_rfc_3339_is_a_time(time: str) -> None:
    assert cloudevents.from_http(HEADERS | {"ce-time": time}, b"").time == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_time_is_told_in_utc() -> None:
    moment = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    event = Event(id="1", source="s", type="t", time=moment)
    assert cloudevents.attributes(event)["time"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "id, source, specversion, type"),
        (HEADERS | {"ce-specversion": "0.3"}, "specversion"),
        (HEADERS | {"ce-id": ""}, "id"),
        (HEADERS | {"ce-id": "%20 "}, "id"),
        (HEADERS | {"ce-bad_name": "x"}, "bad_name"),
        (HEADERS | {"ce-": "x"}, "1.0: "),
        (HEADERS | {"ce-data": "x"}, "data"),
        (HEADERS | {"ce-x\n": "x"}, "x"),
        (HEADERS | {"ce-time": ""}, "RFC 3339"),
        (HEADERS | {"ce-time": "20260301T120000Z"}, "RFC 3339"),
        (HEADERS | {"ce-time": "2026-03-01 12:00:00Z"}, "RFC 3339"),
        (HEADERS | {"ce-time": "2026-03-01T12:00Z"}, "RFC 3339"),
        (HEADERS | {"ce-time": "2026-03-01T12:00:00+0200"}, "RFC 3339"),
        (HEADERS | {"ce-time": "2026-03-01T25:00:00Z"}, "RFC 3339"),
        (HEADERS | {"content-type": "Application/CloudEvents-Batch+JSON"}, "not a single JSON CloudEvent"),
        (HEADERS | {"ce-time": "yesterday"}, "RFC 3339"),
        (HEADERS | {"ce-time": "2026-03-01T12:00:00"}, "with a zone"),
        (HEADERS | {"ce-time": "0001-01-01T00:00:00+23:59"}, "RFC 3339"),
        (HEADERS | {"content-type": "application/cloudevents-batch+json"}, "not a single JSON CloudEvent"),
    ],
)
def test_what_is_no_cloudevent_is_refused_by_name(headers: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(says)):
        cloudevents.from_http(headers, b"")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"specversion":"1.0"}', "id, source, type"),
        (b'{"specversion":1.0,"id":"1","source":"s","type":"t"}', "specversion"),
        (b'{"specversion":"1.0","id":{},"source":"s","type":"t"}', "id"),
        (b'{"specversion":"1.0","id":"1","source":"s","type":"t","datacontenttype":7}', "datacontenttype"),
        (b'{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"*"}', "not base64"),
        (b'{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":7}', "not base64"),
        (b'{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"","data":1}', "both"),
    ],
)
def test_a_broken_structured_event_is_refused_by_name(body: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(says)):
        from_sample(body)


def test_structured_data_is_json_text_or_bytes() -> None:
    whole = {"specversion": "1.0", "id": "1", "source": "s", "type": "t"}
    assert from_sample(json.dumps(whole | {"data": {"a": 1}}).encode()).data == b'{"a": 1}'
    assert from_sample(json.dumps(whole | {"data": "hi", "datacontenttype": "text/plain"}).encode()).data == b"hi"
    encoded = base64.b64encode(b"\x00\xff").decode()
    assert from_sample(json.dumps(whole | {"data_base64": encoded}).encode()).data == b"\x00\xff"
    assert from_sample(json.dumps(whole | {"subject": None, "flag": True, "n": 7}).encode()).extensions == {
        "flag": "true",
        "n": "7",
    }


def test_what_is_no_text_in_a_record_is_replaced_and_other_headers_may_hold_anything() -> None:
    own = [("ce_specversion", b"1.0"), ("ce_id", b"\xff"), ("CE_Source", b"/s"), ("ce_type", b"t")]
    read_event = cloudevents.from_record([*own, ("retries", b"\x00\xfe")], b"")
    assert (read_event.id, read_event.source, read_event.extensions) == ("\ufffd", "/s", {})


@pytest.mark.parametrize("value", ["a%FF", "a%C0%A0b", "%ED%A0%80"])
def test_percent_encoded_bytes_that_are_no_text_are_refused(value: str) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": value, "ce-source": "/s", "ce-type": "t"}
    with pytest.raises(InvalidInput, match="not percent-encoded UTF-8"):
        cloudevents.from_http(headers, b"")


@pytest.mark.parametrize("time", ["0000-02-29T00:00:00Z", "9999-12-31T23:59:59-01:00", "2026-01-01t00:00:00.5+23:59"])
def test_every_moment_of_rfc_3339_is_a_time(time: str) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t", "ce-time": time}
    assert cloudevents.decode_http(headers, b"")[0]["time"] == time


@pytest.mark.parametrize("time", ["2026-02-29T00:00:00Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00-00:60"])
def test_what_is_no_moment_is_no_time(time: str) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t", "ce-time": time}
    with pytest.raises(InvalidInput, match="RFC 3339"):
        cloudevents.decode_http(headers, b"")


@pytest.mark.parametrize("bad", ["x\x1b]0;t\x07", "a.b\nforged", "a\x9bb", "a\ufffeb", "a\U0001ffffb", "\ud800"])
def test_characters_that_no_attribute_has_are_found(bad: str) -> None:
    cloudevents.check_characters({"id": "é 中 😀"})
    with pytest.raises(InvalidInput, match="team has control characters"):
        cloudevents.check_characters({"id": "1", "team": bad})
