"""Where references and public paths lead, how long durations are."""

from __future__ import annotations

import pytest

from knative.local import durations
from knative.local.manifests import Broker, Destination, KafkaSink, Manifests, Name, Ref, RouteRule, Service
from knative.local.references import Address, References, Topic
from knative.local.routes import Routes
from shared.errors import NotFound


def name(text: str) -> Name:
    return Name(namespace="touchline", name=text)


PLACES = References(
    Manifests(
        services=(Service(name=name("sink")),),
        brokers=(Broker(name=name("default")),),
        kafka_sinks=(KafkaSink(name=name("letters"), topic="dead"),),
    ),
    functions_url="http://f:1/",
    eventing_url="http://e:2",
)


@pytest.mark.parametrize(
    ("kind", "target", "uri", "url"),
    [
        ("Service", "sink", "", "http://f:1/touchline/sink/"),
        ("Service", "sink", "/events/tick", "http://f:1/touchline/sink/events/tick"),
        ("Service", "sink", "events/tick", "http://f:1/touchline/sink/events/tick"),
        ("Broker", "default", "", "http://e:2/touchline/default"),
    ],
)
def test_a_reference_leads_to_an_address(kind: str, target: str, uri: str, url: str) -> None:
    found = PLACES.resolve(Destination(ref=Ref(kind=kind, name=name(target)), uri=uri))
    assert isinstance(found, Address)
    assert found.url == url
    assert (found.service == name("sink")) == (kind == "Service")


def test_a_kafka_sink_is_a_topic_and_a_uri_stays_as_it_is() -> None:
    assert PLACES.resolve(Destination(ref=Ref(kind="KafkaSink", name=name("letters")))) == Topic(name="dead")
    assert PLACES.resolve(Destination(uri="http://elsewhere/x")) == Address(url="http://elsewhere/x")


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
