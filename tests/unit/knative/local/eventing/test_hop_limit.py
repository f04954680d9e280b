"""The channel broker's hop counter: where it starts, where it ends, and who sees it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from knative.local.eventing.message import hop_limit
from knative.local.eventing.message.hop_limit import ARRIVAL_TIME, HOPS_LEFT
from tests.support.eventing.doubles import make_event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "left"),
    [(None, "255"), ("255", "254"), ("2", "1"), ("many", "255"), ("1.5", "255"), ("", "255")],
)
def test_every_entry_takes_one_hop_and_a_count_that_is_no_integer_starts_anew(found: str | None, left: str) -> None:
    event = make_event() if found is None else make_event(knativebrokerttl=found)
    assert hop_limit.decrement(event, NOON).attributes[HOPS_LEFT] == left


@pytest.mark.parametrize("found", ["1", "0", "-3"])
def test_an_event_without_a_hop_left_is_refused(found: str) -> None:
    with pytest.raises(hop_limit.NoHopsLeft):
        hop_limit.decrement(make_event(knativebrokerttl=found), NOON)


def test_the_moment_of_arrival_is_noted() -> None:
    assert hop_limit.decrement(make_event(), NOON).attributes[ARRIVAL_TIME] == "2026-03-01T12:00:00Z"


def test_the_count_is_lifted_off_for_subscribers_and_put_back() -> None:
    stored = hop_limit.decrement(make_event(), NOON)
    stripped = hop_limit.strip(stored)
    assert HOPS_LEFT not in stripped.attributes
    assert ARRIVAL_TIME in stripped.attributes
    assert hop_limit.restore(stripped, stripped.hops_left).attributes == stored.attributes


def test_where_nobody_counts_nothing_changes() -> None:
    event = make_event()
    assert hop_limit.restore(hop_limit.strip(event), "") == event


@pytest.mark.conforms("route-loops")
def test_a_reply_loop_ends_after_254_replies() -> None:
    event = hop_limit.decrement(make_event(), NOON)
    for _ in range(254):
        event = hop_limit.decrement(hop_limit.restore(make_event(), hop_limit.strip(event).hops_left), NOON)
    with pytest.raises(hop_limit.NoHopsLeft):
        hop_limit.decrement(hop_limit.restore(make_event(), hop_limit.strip(event).hops_left), NOON)
