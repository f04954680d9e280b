"""What a dead letter says, exactly, in the words of each broker class."""

from __future__ import annotations

import base64

import pytest

from knative.local.eventing.delivery import dead_letters
from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message import hop_limit
from knative.manifests.model import BrokerClass
from tests.support.eventing.doubles import make_event


@pytest.mark.conforms("delivery-error-extensions", "subscription-error-extensions")
def test_a_dead_letter_is_the_event_with_the_reason() -> None:
    event = make_event(data=b"payload", subject="s")
    letter = dead_letters.make_dead_letter(
        event,
        destination="http://sink/",
        response=Response(status=422, body=b"no such league"),
        broker_class=BrokerClass.KAFKA,
    )
    assert letter.data == b"payload"
    assert letter.attributes == {
        **event.attributes,
        "knativeerrordest": "http://sink/",
        "knativeerrorcode": "422",
        "knativeerrordata": base64.b64encode(b"no such league").decode(),
    }


def test_without_a_response_there_is_no_code_on_the_kafka_broker() -> None:
    letter = dead_letters.make_dead_letter(
        make_event(), destination="http://sink/", response=Response(error="refused"), broker_class=BrokerClass.KAFKA
    )
    assert letter.attributes == {**make_event().attributes, "knativeerrordest": "http://sink/"}


def test_without_a_response_the_channel_broker_tells_a_500_and_the_trouble() -> None:
    letter = dead_letters.make_dead_letter(
        make_event(), destination="http://sink/", response=Response(error="refused"), broker_class=BrokerClass.CHANNEL
    )
    assert letter.attributes["knativeerrorcode"] == "500"
    assert base64.b64decode(letter.attributes["knativeerrordata"]) == b"dispatch error: refused"


@pytest.mark.parametrize("broker_class", list(BrokerClass))
def test_without_a_body_there_is_no_error_data(broker_class: BrokerClass) -> None:
    letter = dead_letters.make_dead_letter(
        make_event(), destination="d", response=Response(status=400), broker_class=broker_class
    )
    assert "knativeerrordata" not in letter.attributes


def test_the_hop_counter_is_put_back_on_the_channel_brokers_dead_letter() -> None:
    event = hop_limit.strip(make_event(knativebrokerttl="7"))
    letter = dead_letters.make_dead_letter(
        event, destination="d", response=Response(status=400), broker_class=BrokerClass.CHANNEL
    )
    assert letter.attributes["knativebrokerttl"] == "7"


def test_the_kafka_broker_cuts_error_data_before_encoding_it() -> None:
    letter = dead_letters.make_dead_letter(
        make_event(), destination="d", response=Response(status=500, body=b"x" * 5000), broker_class=BrokerClass.KAFKA
    )
    assert base64.b64decode(letter.attributes["knativeerrordata"]) == b"x" * 1024


def test_the_channel_broker_cuts_error_data_after_encoding_it() -> None:
    letter = dead_letters.make_dead_letter(
        make_event(), destination="d", response=Response(status=500, body=b"x" * 5000), broker_class=BrokerClass.CHANNEL
    )
    assert len(letter.attributes["knativeerrordata"]) == 1024


def test_headers_that_would_block_a_cluster_are_named() -> None:
    response = Response(status=500, headers={"kne-hint": "", "kne-x-y": "", "x-y": ""})
    assert dead_letters.headers_that_block_a_cluster(response, BrokerClass.KAFKA) == ["kne-x-y"]
    assert dead_letters.headers_that_block_a_cluster(response, BrokerClass.CHANNEL) == []


def test_the_kafka_broker_copies_headers_that_begin_with_kne() -> None:
    answer = Response(status=500, headers={"kne-hint": "look here", "other": "no"})
    kafka = dead_letters.make_dead_letter(
        make_event(), destination="d", response=answer, broker_class=BrokerClass.KAFKA
    )
    channel = dead_letters.make_dead_letter(
        make_event(), destination="d", response=answer, broker_class=BrokerClass.CHANNEL
    )
    assert kafka.attributes["hint"] == "look here"
    assert "other" not in kafka.attributes
    assert "hint" not in channel.attributes
