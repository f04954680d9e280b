"""Which events are one issue, and what an event changes about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.error_reports.grouping import culprit_of, group, title_of
from shared.domain.error_reports.issues import Change, IssueState, IssueStatus, judge_event
from shared.domain.error_reports.parameterization import parameterize
from shared.domain.error_reports.report import ErrorReport, parse_report
from shared.errors import InvalidInput

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
CALLS = (("functions.merch.service", "buy", True), ("shared.adapters.postgres.merch", "buy", True))


def frames(*calls: tuple[str, str, bool], line: int = 10) -> dict[str, Any]:
    return {
        "frames": [
            {"module": module, "function": function, "in_app": in_app, "lineno": line, "vars": {"password": "hunter2"}}
            for module, function, in_app in calls
        ]
    }


def exception(kind: str, value: str, *calls: tuple[str, str, bool], line: int = 10) -> dict[str, Any]:
    return {"type": kind, "value": value, "stacktrace": frames(*calls, line=line)}


def report(*exceptions: dict[str, Any], **fields: Any) -> ErrorReport:
    event = {"event_id": "0" * 32, "exception": {"values": list(exceptions)}, **fields}
    return parse_report(json.dumps(event).encode(), received_at=NOW)


def key(*exceptions: dict[str, Any], **fields: Any) -> str:
    return group(report(*exceptions, **fields)).key


def test_other_ids_and_lines_are_one_issue() -> None:
    one = key(exception("ValueError", "match 123 has no league", *CALLS))
    other = key(exception("ValueError", "match 456 has no league", *CALLS, line=99))
    assert one == other


def test_two_bugs_through_one_helper_are_two_issues() -> None:
    helper = ("shared.adapters.postgres.database", "transaction", True)
    one = key(exception("ValueError", "x", ("functions.merch.service", "buy", True), helper))
    other = key(exception("ValueError", "x", ("functions.coins.service", "transfer", True), helper))
    assert one != other


def test_calls_of_libraries_do_not_count_beside_ours() -> None:
    library = ("psycopg.cursor", "execute", False)
    assert key(exception("ValueError", "x", *CALLS)) == key(exception("ValueError", "x", *CALLS, library))


def test_a_recursion_of_any_depth_is_one_issue() -> None:
    call = ("functions.site.page", "render", True)
    assert key(exception("RecursionError", "x", call, call)) == key(exception("RecursionError", "x", *[call] * 9))


def test_without_calls_of_ours_the_normalised_value_decides() -> None:
    library = ("json.decoder", "decode", False)
    assert key(exception("E", "line 3 at 0x7f00", library)) == key(exception("E", "line 4 at 0x7f11", library))
    assert key(exception("E", "no host", library)) != key(exception("E", "no disk", library))
    assert group(report(exception("E", "x", library))).by == "exception"


def test_a_chain_counts_as_a_whole() -> None:
    cause, effect = exception("KeyError", "a", *CALLS), exception("ValueError", "b", *CALLS)
    assert len({key(effect), key(cause, effect), key(effect, cause)}) == 3


def test_the_fingerprint_of_the_client_comes_first() -> None:
    first, second = exception("A", "x", *CALLS), exception("B", "y", *CALLS)
    assert key(first, fingerprint=["checkout"]) == key(second, fingerprint=["checkout"])
    assert key(first, fingerprint=["{{ default }}"]) == key(first)
    assert key(first, fingerprint=["{{ default }}", "eu"]) != key(second, fingerprint=["{{ default }}", "eu"])
    assert key(first, fingerprint=["{{ default }}", "eu"]) != key(first, fingerprint=["{{ default }}", "us"])


def test_a_message_counts_by_its_template() -> None:
    one = report(message="took 3.2 s for 17 rows")
    assert group(one).key == key(message="took 9.1 s for 2 rows")
    assert (group(one).by, title_of(one)) == ("message", "took 3.2 s for 17 rows")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("user ada@example.org has none", "user <email> has none"),
        ("GET https://host.example/a?b=1 failed", "GET <url> failed"),
        ("no 01997f2a-3b5c-7d1e-8f90-a1b2c3d4e5f6", "no <uuid>"),
        ("at 2026-11-30T12:00:05.123Z", "at <date>"),
        ("10.0.0.7 is silent after 250ms", "<ip> is silent after <duration>"),
        ("0x7f3c and deadbeef42 and -17 and 3.5e-4", "<hex> and <hex> and <int> and <float>"),
        ("column 'price' of \"a b\"", "column <quoted_str> of <quoted_str>"),
        ("d41d8cd98f00b204e9800998ecf8427e", "<md5>"),
        ("plain words stay, and so does utf8", "plain words stay, and so does utf8"),
    ],
)
def test_what_differs_is_replaced(message: str, expected: str) -> None:
    assert parameterize(message) == expected


def test_no_variable_secret_or_address_is_kept() -> None:
    value = "login of ada@example.org failed: password=hunter2, Authorization: Bearer abc.def-ghi012"
    kept = repr(report(exception("E", value, *CALLS), request={"cookies": "c=hunter2"}, user={"email": "x@y.zz"}))
    assert "hunter2" not in kept
    assert "abc.def" not in kept
    assert "@" not in kept
    assert "login of [masked] failed" in kept


def test_the_culprit_is_the_innermost_call_of_ours() -> None:
    assert culprit_of(report(exception("E", "x", *CALLS, ("psycopg", "execute", False)))) == (
        "shared.adapters.postgres.merch in buy"
    )


@pytest.mark.parametrize("payload", [b"[]", b"{", b"{}", b'{"event_id":"xyz"}', b'{"event_id":"' + b"0" * 31 + b'"}'])
def test_what_is_no_event_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_report(payload, received_at=NOW)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)
FIELDS = st.sampled_from(
    [
        "exception",
        "tags",
        "level",
        "timestamp",
        "fingerprint",
        "message",
        "logentry",
        "contexts",
        "release",
        "server_name",
    ]
)


@given(st.dictionaries(FIELDS, JSON_VALUES, max_size=6))
def test_no_event_of_any_form_breaks_the_reader(fields: dict[str, Any]) -> None:
    event = parse_report(json.dumps({**fields, "event_id": "ab" * 16}).encode(), received_at=NOW)
    assert event.occurred_at <= NOW
    assert title_of(event)
    assert len(group(event).key) == 64


UNRESOLVED = IssueStatus()


def test_the_first_event_opens() -> None:
    assert judge_event(None, revision="a", now=NOW) == (UNRESOLVED, Change.OPENED)
    assert judge_event(UNRESOLVED, revision="a", now=NOW) == (UNRESOLVED, Change.NONE)


def test_an_event_after_resolved_is_a_regression() -> None:
    assert judge_event(IssueStatus(state=IssueState.RESOLVED), revision="a", now=NOW) == (UNRESOLVED, Change.REGRESSED)


def test_an_older_revision_is_no_regression_of_what_a_newer_one_mends() -> None:
    mended = IssueStatus(state=IssueState.RESOLVED, resolved_in="merch-00007")
    assert judge_event(mended, revision="merch-00006", now=NOW) == (mended, Change.NONE)
    for revision in ("merch-00007", "merch-00008", "coins-00001", ""):
        assert judge_event(mended, revision=revision, now=NOW)[1] is Change.REGRESSED


def test_a_muted_issue_is_silent_until_its_moment() -> None:
    muted = IssueStatus(state=IssueState.MUTED, muted_until=NOW)
    assert judge_event(muted, revision="", now=NOW - timedelta(seconds=1)) == (muted, Change.NONE)
    assert judge_event(muted, revision="", now=NOW) == (UNRESOLVED, Change.UNMUTED)
    for_ever = IssueStatus(state=IssueState.MUTED)
    assert judge_event(for_ever, revision="", now=NOW) == (for_ever, Change.NONE)
