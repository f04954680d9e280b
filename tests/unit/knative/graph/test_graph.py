"""Who emits and who listens: read from manifests, and what functions declare to emit is what their code makes."""

from __future__ import annotations

import ast
import importlib
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from knative.graph import builder, svg, text
from knative.graph.model import EdgeKind, Graph, NodeKind
from knative.manifests import filter_text
from knative.manifests.dialects import Dialect
from knative.manifests.errors import InvalidManifests
from knative.manifests.kinds import loader
from knative.manifests.model import Destination, Manifests, Name, Service, Trigger
from tests.support.reference import ROOT
from tests.unit.test_imports import every_import, file_of

SVG = "{http://www.w3.org/2000/svg}"
HEAD = "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: a{more}}}\nspec: {spec}\n---\n"


def written(api: str, kind: str, name: str, spec: str, more: str = "") -> str:
    return HEAD.format(api=api, kind=kind, name=name, spec=spec, more=more)


def function(name: str, emits: str = "") -> str:
    more = f", annotations: {{touchline.io/emits: '{emits}'}}" if emits else ""
    spec = "{template: {spec: {containers: [{image: example.org/fn}]}}}"
    return written("serving.knative.dev/v1", "Service", name, spec, more)


def ref(kind: str, name: str) -> str:
    api = {"Service": "serving.knative.dev/v1", "KafkaSink": "eventing.knative.dev/v1alpha1"}
    return f"{{ref: {{apiVersion: {api.get(kind, 'eventing.knative.dev/v1')}, kind: {kind}, name: {name}}}}}"


BROKER = written("eventing.knative.dev/v1", "Broker", "b", "{}")


def trigger(name: str, subscriber: str, filter: str = "", more: str = "") -> str:
    return written("eventing.knative.dev/v1", "Trigger", name, f"{{broker: b, {filter}subscriber: {subscriber}{more}}}")


def graph(folder: Path, *documents: str) -> Graph:
    (folder / "all.yaml").write_text("".join(documents))
    return builder.build_graph(loader.load(folder))


def edges(found: Graph, way: EdgeKind) -> list[tuple[str, str, str, str]]:
    return [(edge.start, edge.end, edge.owner, edge.words) for edge in found.edges if edge.kind is way]


@pytest.fixture(scope="module")
def own() -> Graph:
    return builder.build_graph(loader.load(ROOT / "knative"))


def test_none_of_our_triggers_waits_for_what_nobody_emits(own: Graph) -> None:
    assert not [end for end in text.find_unmatched_types(own) if "listens for" in end]


def test_our_own_events_go_from_the_scraper_to_the_forecasts(own: Graph) -> None:
    way = ["function touchline/scrape-league", "topic touchline.football.scraped", "function touchline/ingest-batch"]
    way += ["broker touchline/default", "function touchline/analyze"]
    for start, end in pairwise(way):
        assert any(
            edge.end == end and edge.kind in {EdgeKind.EMITS, EdgeKind.WAKES}
            for edge in own.edges_from(own.node(start))
        ), end


def test_a_function_without_a_binding_emits_by_its_replies(tmp_path: Path) -> None:
    result = graph(tmp_path, BROKER, function("f", "made.v1"), trigger("t", ref("Service", "f")))
    assert edges(result, EdgeKind.EMITS) == [("function a/f", "broker a/b", "Trigger a/t", "made.v1")]


def test_a_function_may_append_to_a_topic_itself(tmp_path: Path) -> None:
    result = graph(tmp_path, function("f", "made.v1 to rows, other.v1 to rows"))
    assert edges(result, EdgeKind.EMITS) == [
        ("function a/f", "topic rows", "", "made.v1"),
        ("function a/f", "topic rows", "", "other.v1"),
    ]


def test_a_declaration_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifests, match="expected TYPE, or TYPE to TOPIC"):
        graph(tmp_path, function("f", "made.v1 into rows"))


@pytest.mark.conforms("broker-dead-letter-resolved", "trigger-dead-letter-resolved")
def test_dead_letters_go_where_the_trigger_or_else_its_broker_says(tmp_path: Path) -> None:
    sink = "{ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead}}"
    kafka_sink = written("eventing.knative.dev/v1alpha1", "KafkaSink", "dead", "{topic: dead, bootstrapServers: [x]}")
    broker = written("eventing.knative.dev/v1", "Broker", "b", f"{{delivery: {{deadLetterSink: {sink}}}}}")
    other = ", delivery: {retry: 1, deadLetterSink: {uri: http://letters/}}"
    result = graph(
        tmp_path, kafka_sink, broker, function("f"),
        trigger("t", ref("Service", "f")), trigger("u", ref("Service", "f"), more=other),
    )  # fmt: skip
    assert edges(result, EdgeKind.DEAD_LETTERS) == [
        ("function a/f", "topic dead", "Trigger a/t", ""),
        ("function a/f", "address http://letters/", "Trigger a/u", ""),
    ]


def test_what_nobody_listens_for_and_what_nobody_emits_is_told(tmp_path: Path) -> None:
    result = graph(
        tmp_path, BROKER, function("f", "made.v1"),
        trigger("t", ref("Service", "f"), "filter: {attributes: {type: wanted.v1}}, "),
    )  # fmt: skip
    assert text.find_unmatched_types(result) == [
        "made.v1 is emitted to broker a/b, and nobody listens",
        "Trigger a/t listens for wanted.v1, which no function declares to emit",
    ]


def test_a_sequence_is_its_channels_in_a_row(tmp_path: Path) -> None:
    steps = f"[{ref('Service', 'f')}, {ref('Service', 'g')}]"
    spec = f"{{channelTemplate: {{apiVersion: messaging.knative.dev/v1, kind: InMemoryChannel}}, steps: {steps}}}"
    result = graph(tmp_path, function("f"), function("g"), written("flows.knative.dev/v1", "Sequence", "s", spec))
    assert [(start, end) for start, end, *_ in edges(result, EdgeKind.WAKES)] == [
        ("channel a/s-kn-sequence-0", "function a/f"),
        ("channel a/s-kn-sequence-1", "function a/g"),
    ]
    assert [(start, end) for start, end, *_ in edges(result, EdgeKind.REPLIES)] == [
        ("function a/f", "channel a/s-kn-sequence-1")
    ]


def a_trigger(*filters: Dialect, **attributes: str) -> Trigger:
    name = Name(namespace="a", name="t")
    return Trigger(name=name, broker=name, subscriber=Destination(uri="x"), attributes=attributes, filters=filters)


@pytest.mark.parametrize(
    ("trigger", "words", "type"),
    [
        (a_trigger(), "every event", ""),
        (a_trigger(type="t", n="1"), "type = t, n = 1", "t"),
        (a_trigger(Dialect(exact={"type": "t"}), Dialect(prefix={"n": "1"})), "type = t and n starts with 1", "t"),
        (a_trigger(Dialect(any=(Dialect(suffix={"n": "1"}), Dialect(cesql="a = 2")))), "(n ends with 1 or a = 2)", ""),
        (
            a_trigger(Dialect(negated=Dialect(all=(Dialect(exact={"a": "1"}), Dialect())))),
            "not (a = 1 and every event)",
            "",
        ),
    ],
)
def test_filters_in_words(trigger: Trigger, words: str, type: str) -> None:
    assert (filter_text.describe_filter(trigger), filter_text.filtered_type(trigger)) == (words, type)


def test_the_picture_is_one_file_with_its_text_inside(own: Graph) -> None:
    drawn = svg.draw(own, {"Trigger touchline/analyze-league-updated": "12 delivered"})
    root = ElementTree.fromstring(drawn)
    messages = "".join(root.find(f"{SVG}desc").itertext())  # type: ignore[union-attr]
    assert "Trigger analyze-league-updated" in messages
    shown = {"".join(one.itertext()) for one in root.iter(f"{SVG}text")}
    assert {"analyze", "HTTP /analyze", "12 delivered"} <= shown
    outside = {value for one in root.iter() for name, value in one.attrib.items() if "href" in name or "url(" in value}
    assert not outside
    assert "@import" not in drawn
    assert "prefers-color-scheme:dark" in drawn


def test_names_that_hold_markup_are_written_as_they_are(own: Graph) -> None:
    service = Service(name=Name(namespace="a", name="<b>&"))
    shown = ElementTree.fromstring(svg.draw(builder.build_graph(Manifests(services=(service,)))))
    assert "<b>&" in {one.text for one in shown.iter(f"{SVG}text")}


EVENTS = {
    name: kind
    for module in sorted((ROOT / "shared" / "events").glob("*.py"))
    for name, kind in vars(importlib.import_module(f"shared.events.{module.stem}")).items()
    if isinstance(getattr(kind, "TYPE", None), str)
}
"""Our event classes, by name."""


def made_in(*paths: Path) -> set[tuple[str, str]]:
    """Types whose events the code of these files makes, with the topic it appends them to."""
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    document = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    topics = {
        node.value.id
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr == "TOPIC" and isinstance(node.value, ast.Name)
    }
    return {(EVENTS[name].TYPE, EVENTS[name].TOPIC if name in topics else "") for name in document & EVENTS.keys()}


def borrowed(folder: Path) -> list[Path]:
    """The adapters that a function uses."""
    names = {name for path in folder.rglob("*.py") for name in every_import(path)}
    return [path for name in names if name.startswith("shared.adapters.") and (path := file_of(name))]


SERVICES = loader.load(ROOT / "knative").services


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name.name)
def test_a_function_declares_the_events_that_its_code_makes(service: Service) -> None:
    folder = ROOT / Path(service.literal_value("FUNCTION_SOURCE")).parent
    declared = {(one.type, one.topic) for one in service.emits}
    own = made_in(*folder.rglob("*.py"))
    assert own <= declared
    assert declared - own <= made_in(*borrowed(folder))


def test_no_event_is_made_that_nobody_declares() -> None:
    code = [path for room in ("functions", "shared/adapters") for path in (ROOT / room).rglob("*.py")]
    declared = {one.type for service in SERVICES for one in service.emits}
    assert {document for document, _ in made_in(*code)} <= declared


def test_every_kind_of_node_is_told_or_folded(own: Graph) -> None:
    output = "\n".join(text.lines(own))
    assert all((node.words or node.name) in output for node in own.nodes)
    assert {NodeKind.PATH, NodeKind.CLOCK} == set(NodeKind) - set(text.ORDER)
