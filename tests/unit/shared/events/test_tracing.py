"""What an event causes carries the trace of its cause."""

from __future__ import annotations

import contextvars

import pytest

from shared.events import tracing

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def entered(*candidates: str) -> str:
    def work() -> str:
        tracing.enter(*candidates)
        return tracing.current()

    return contextvars.Context().run(work)


def test_work_belongs_to_the_first_trace_that_is_one() -> None:
    assert entered(TRACE) == TRACE
    assert entered("", "nonsense", TRACE, tracing.trace_of_event("/s", "1")) == TRACE
    assert entered("") == entered() == ""


def test_work_without_a_trace_leaves_the_former_one() -> None:
    def work() -> str:
        tracing.enter(TRACE)
        tracing.enter("")
        return tracing.current()

    assert contextvars.Context().run(work) == ""


@pytest.mark.parametrize(
    "text",
    [
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        TRACE[:36] + "0" * 16 + "-01",
        TRACE.upper(),
        "ff" + TRACE[2:],
        TRACE + "-more",
        TRACE + "\n",
        TRACE[:-1],
    ],
)
def test_what_is_no_traceparent_is_not_taken(text: str) -> None:
    assert not tracing.is_valid(text)


def test_an_event_without_a_trace_names_the_same_one_every_time() -> None:
    assert tracing.is_valid(tracing.trace_of_event("/touchline/x", "7"))
    assert tracing.trace_of_event("/touchline/x", "7") == tracing.trace_of_event("/touchline/x", "7")
    assert tracing.trace_of_event("/touchline/x", "7") != tracing.trace_of_event("/touchline/y", "7")
    assert tracing.trace_id(TRACE) == "4bf92f3577b34da6a3ce929d0e0e4736"
