"""The channel broker's hop counter: where it starts, where it ends, and who sees it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from knative.local.eventing.message import hop_limit as hops
from knative.local.eventing.message.hop_limit import ARRIVED, LEFT
from tests.support.eventing.doubles import an_event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "left"),
    [(None, "255"), ("255", "254"), ("2", "1"), ("many", "255"), ("1.5", "255"), ("", "255")],
)
def test_every_entry_takes_one_hop_and_a_count_that_is_no_integer_starts_anew(found: str | None, left: str) -> None:
    event = an_event() if found is None else an_event(knativebrokerttl=found)
    assert hops.enter(event, NOON).attributes[LEFT] == left


@pytest.mark.parametrize("found", ["1", "0", "-3"])
def test_an_event_without_a_hop_left_is_refused(found: str) -> None:
    with pytest.raises(hops.NoHopsLeft):
        hops.enter(an_event(knativebrokerttl=found), NOON)


def test_the_moment_of_arrival_is_noted() -> None:
    assert hops.enter(an_event(), NOON).attributes[ARRIVED] == "2026-03-01T12:00:00Z"


def test_the_count_is_lifted_off_for_subscribers_and_put_back() -> None:
    stored = hops.enter(an_event(), NOON)
    seen = hops.lift(stored)
    assert LEFT not in seen.attributes
    assert ARRIVED in seen.attributes
    assert hops.put_back(seen, seen.hops_left).attributes == stored.attributes


def test_where_nobody_counts_nothing_changes() -> None:
    event = an_event()
    assert hops.put_back(hops.lift(event), "") == event


@pytest.mark.conforms("route-loops")
def test_a_reply_loop_ends_after_254_replies() -> None:
    event = hops.enter(an_event(), NOON)
    for _ in range(254):
        event = hops.enter(hops.put_back(an_event(), hops.lift(event).hops_left), NOON)
    with pytest.raises(hops.NoHopsLeft):
        hops.enter(hops.put_back(an_event(), hops.lift(event).hops_left), NOON)
