"""What a subscriber's answer brings back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from knative.local.eventing.delivery import replies
from knative.local.eventing.delivery.policy import Response, Verdict
from knative.local.eventing.message.message import Message
from knative.manifests.model import BrokerClass

CE = {"ce-id": "r", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0"}


KAFKA, CHANNEL = BrokerClass.KAFKA, BrokerClass.CHANNEL


def test_an_empty_answer_is_no_reply() -> None:
    assert replies.parse_trigger_reply(Response(status=200), KAFKA) is None
    assert replies.parse_trigger_reply(Response(status=204), CHANNEL) is None


@pytest.mark.conforms("delivery-reply-both-modes")
@pytest.mark.parametrize("of", [replies.parse_trigger_reply, replies.parse_subscription_reply])
@pytest.mark.parametrize("broker_class", list(BrokerClass))
def test_an_event_in_either_content_mode_is_a_reply(
    of: Callable[[Response, BrokerClass], Message | None], broker_class: BrokerClass
) -> None:
    binary = of(Response(status=200, headers={**CE, "content-type": "text/plain"}, body=b"x"), broker_class)
    structured = of(
        Response(
            status=200,
            headers={"content-type": "application/cloudevents+json"},
            body=b'{"specversion":"1.0","id":"r","source":"/s","type":"t","datacontenttype":"text/plain","data":"x"}',
        ),
        broker_class,
    )
    assert binary is not None
    assert (binary.id, binary.data) == ("r", b"x")
    assert binary == structured


def test_an_event_without_data_is_a_reply() -> None:
    assert replies.parse_trigger_reply(Response(status=200, headers=CE), KAFKA) is not None


@pytest.mark.conforms("delivery-202-no-reply")
def test_202_never_carries_a_reply_to_the_channel_broker() -> None:
    assert replies.parse_trigger_reply(Response(status=202, headers=CE, body=b"x"), CHANNEL) is None
    assert replies.parse_subscription_reply(Response(status=202, headers=CE, body=b"x"), CHANNEL) is None


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_the_kafka_broker_reads_every_2xx_alike(status: int) -> None:
    reply = replies.parse_trigger_reply(Response(status=status, headers=CE), KAFKA)
    assert reply is not None
    assert reply.is_null
    with pytest.raises(replies.BadReply):
        replies.parse_trigger_reply(Response(status=status, body=b"OK"), KAFKA)


BAD = [
    Response(status=200, body=b"OK"),
    Response(status=200, headers={"ce-specversion": "1.0"}),
    Response(status=200, headers={"content-type": "application/cloudevents+json"}, body=b"{}"),
]


@pytest.mark.conforms("broker-reply-malformed")
@pytest.mark.parametrize("answer", BAD)
def test_anything_else_is_a_bad_reply(answer: Response) -> None:
    with pytest.raises(replies.BadReply):
        replies.parse_trigger_reply(answer, KAFKA)
    with pytest.raises(replies.BadReply):
        replies.parse_subscription_reply(answer, KAFKA)


def test_a_reply_that_no_trigger_could_read_is_a_bad_reply_to_the_kafka_broker() -> None:
    headers = {**CE, "ce-source": "/a%25zz"}
    with pytest.raises(replies.BadReply, match="source '/a%zz' is no URI reference"):
        replies.parse_trigger_reply(Response(status=200, headers=headers), KAFKA)


def test_a_channel_in_memory_drops_a_body_that_does_not_claim_to_be_an_event() -> None:
    assert replies.parse_subscription_reply(BAD[0], CHANNEL) is None
    for answer in BAD[1:]:
        with pytest.raises(replies.BadReply):
            replies.parse_subscription_reply(answer, CHANNEL)


def test_a_bad_reply_is_a_502_of_the_channel_broker_which_is_retried() -> None:
    verdict, response = replies.judge_bad_reply(replies.BadReply("no event"), CHANNEL)
    assert (verdict, response.status, response.body) == (Verdict.RETRY, 502, b"")


def test_a_bad_reply_is_given_up_by_the_kafka_broker() -> None:
    verdict, response = replies.judge_bad_reply(replies.BadReply("no event"), KAFKA)
    assert (verdict, response.status, response.body) == (Verdict.REFUSED, None, b"")


def test_headers_that_pass_stay_with_a_reply() -> None:
    reply = replies.parse_trigger_reply(Response(status=200, headers={**CE, "knative-x": "y", "server": "z"}), CHANNEL)
    assert reply is not None
    assert reply.passthrough == {"knative-x": "y"}
