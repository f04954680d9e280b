"""What a subscriber's answer brings back."""

from __future__ import annotations

import pytest

from knative.local.eventing import replies
from knative.local.eventing.delivery import Answer, Fate
from knative.local.manifests import BrokerClass

CE = {"ce-id": "r", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0"}


def test_an_empty_answer_is_no_reply() -> None:
    assert replies.read(Answer(status=200)) is None
    assert replies.read(Answer(status=204)) is None


def test_an_event_is_a_reply() -> None:
    reply = replies.read(Answer(status=200, headers={**CE, "content-type": "text/plain"}, body=b"x"))
    assert reply is not None
    assert (reply.id, reply.data) == ("r", b"x")


def test_an_event_without_data_is_a_reply() -> None:
    assert replies.read(Answer(status=200, headers=CE)) is not None


def test_202_never_carries_a_reply() -> None:
    assert replies.read(Answer(status=202, headers=CE, body=b"x")) is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=200, body=b"OK"),
        Answer(status=200, headers={"ce-specversion": "1.0"}),
        Answer(status=200, headers={"content-type": "application/cloudevents+json"}, body=b"{}"),
    ],
)
def test_anything_else_is_a_bad_reply(answer: Answer) -> None:
    with pytest.raises(replies.BadReply):
        replies.read(answer)


def test_a_bad_reply_is_retried_by_the_channel_broker_and_given_up_by_the_kafka_broker() -> None:
    assert replies.fate_of_bad_reply(BrokerClass.CHANNEL) is Fate.RETRY
    assert replies.fate_of_bad_reply(BrokerClass.KAFKA) is Fate.REFUSED
