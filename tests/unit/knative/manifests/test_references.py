"""Where references and public paths lead, how long durations are."""

from __future__ import annotations

import pytest

from knative.local.serving.routes import Routes
from knative.manifests import durations, sequences
from knative.manifests.model import (
    Broker,
    Channel,
    Destination,
    KafkaSink,
    Manifests,
    Name,
    Ref,
    RouteRule,
    Sequence,
    Service,
    Step,
)
from knative.manifests.references import Address, References, Topic
from shared.errors import NotFound


def name(text: str) -> Name:
    return Name(namespace="touchline", name=text)


CHAIN = Sequence(name=name("chain"), steps=(Step(subscriber=Destination(ref=Ref(kind="Service", name=name("sink")))),))
ELSEWHERE = Name(namespace="elsewhere", name="default")
PLACES = References(
    Manifests(
        services=(Service(name=name("sink")),),
        brokers=(Broker(name=name("default")), Broker(name=ELSEWHERE)),
        channels=(Channel(name=name("pipe")), *sequences.list_channels(CHAIN)),
        sequences=(CHAIN,),
        kafka_sinks=(KafkaSink(name=name("letters"), topic="dead", structured=True),),
    ),
    functions_url="http://f:1/",
    eventing_url="http://e:2",
)


@pytest.mark.conforms(
    "destination-ref",
    "destination-relative",
    "broker-http-endpoint",
    "broker-any-port",
    "broker-addressable",
    "channel-http",
    "channel-any-port",
    "channel-addressable",
    "channel-url-form",
)
@pytest.mark.parametrize(
    ("kind", "target", "uri", "url"),
    [
        ("Service", "sink", "", "http://f:1/touchline/sink/"),
        ("Service", "sink", "/events/tick", "http://f:1/touchline/sink/events/tick"),
        ("Service", "sink", "events/tick?a=b", "http://f:1/touchline/sink/events/tick?a=b"),
        ("Service", "sink", "/../other/", "http://f:1/touchline/sink/other/"),
        ("Broker", "default", "", "http://e:2/touchline/default"),
        ("Broker", "default", "/x", "http://e:2/x"),
        ("Channel", "pipe", "", "http://e:2/channels/touchline/pipe"),
        ("Sequence", "chain", "", "http://e:2/channels/touchline/chain-kn-sequence-0"),
        ("KafkaSink", "letters", "x", "http://e:2/kafkasinks/touchline/x"),
    ],
)
def test_a_reference_leads_to_an_address(kind: str, target: str, uri: str, url: str) -> None:
    result = PLACES.resolve(Destination(ref=Ref(kind=kind, name=name(target)), uri=uri))
    assert isinstance(result, Address)
    assert result.url == url
    assert (result.service == name("sink")) == (kind == "Service")


@pytest.mark.conforms("broker-addressable")
def test_a_reference_may_lead_to_another_namespace() -> None:
    assert PLACES.url_of("Broker", ELSEWHERE) == "http://e:2/elsewhere/default"


@pytest.mark.conforms("destination-uri")
def test_a_kafka_sink_is_a_topic_with_an_address_and_a_uri_stays_as_it_is() -> None:
    result = PLACES.resolve(Destination(ref=Ref(kind="KafkaSink", name=name("letters"))))
    assert result == Topic(name="dead", url="http://e:2/kafkasinks/touchline/letters", structured=True)
    assert PLACES.resolve(Destination(uri="http://elsewhere/x")) == Address(url="http://elsewhere/x")


@pytest.mark.parametrize("kind", ["Parallel", "Deployment", "InMemoryChannel"])
def test_a_kind_that_nothing_here_stands_for_is_not_found(kind: str) -> None:
    with pytest.raises(NotFound, match=f"no {kind} touchline/pipe among the manifests"):
        PLACES.url_of(kind, name("pipe"))


def test_a_reference_to_nothing_is_not_found() -> None:
    with pytest.raises(NotFound, match="no Service touchline/ghost"):
        PLACES.resolve(Destination(ref=Ref(kind="Service", name=name("ghost"))))


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/stats", "stats"),
        ("/stats/", "stats"),
        ("/stats/leagues", "stats"),
        ("/stats/live", "live"),
        ("/stats/live/1", "live"),
        ("/stats/livestream", "stats"),
        ("/statistics", None),
        ("/", None),
        ("/events/tick", None),
    ],
)
def test_the_longest_prefix_of_whole_elements_wins(path: str, service: str | None) -> None:
    routes = Routes(
        [RouteRule(prefix="/stats", service=name("stats")), RouteRule(prefix="/stats/live", service=name("live"))]
    )
    assert routes.match(path) == (name(service) if service else None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT0.2S", 0.2), ("PT10M", 600), ("P1DT2H", 93_600), ("PT1M30S", 90), ("P1W", 604_800), ("PT0S", 0)],
)
def test_durations_in_seconds(text: str, seconds: float) -> None:
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "10s", "PT1", "T1S", "P1DT", "PT-1S", "pt1s", "P1M", "PT1S "])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        durations.seconds(text)
