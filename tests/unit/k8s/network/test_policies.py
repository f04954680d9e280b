"""The NetworkPolicies open exactly the call graph, both ways, and are up to date."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from k8s.network import calls, evaluation, files, parties
from k8s.network.calls import Call
from k8s.network.evaluation import Pod
from k8s.network.parties import Party, Port
from k8s.rules.reach import OUTSIDE, pod
from knative.manifests import kubernetes_yaml
from knative.manifests.kinds import loader

SOME = (Port(number=22), Port(number=443), Port(number=8012))
METADATA_SERVICE = Pod(address="169.254.169.254")


@cache
def written() -> dict[Path, list[dict[str, Any]]]:
    return {path: list(kubernetes_yaml.load_all(text)) for path, text in files.render_files().items()}


def base() -> list[dict[str, Any]]:
    return written()[files.BASE / files.NAME]


def everything() -> list[dict[str, Any]]:
    return [policy for policies in written().values() for policy in policies]


def opened(wanted: Iterable[Call], policies: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
    """What passes, and what should, for all pairs of parties, at the end's ports and some of others."""
    wanted = list(wanted)
    ends = {party.name: party for call in wanted for party in (call.start, call.end)}
    ports = {name: {*SOME, *_ports_of(end, wanted)} for name, end in ends.items()}
    needed = {
        (each.name, call.end.name, port)
        for call in wanted
        for each in ends.values()
        if each == call.start or is_among(each, call.start)
        for port in call.ports
    }
    # The API server may be anywhere, so whoever may ask it may ask the internet at its ports too.
    needed |= {(start, "internet", port) for start, end, port in needed if end == "api-server"}
    needed |= {(start, "api-server", port) for start, end, port in needed if end == "internet"}
    pairs = [*permutations(ends.values(), 2), *((each, each) for each in ends.values())]
    through = {
        (start.name, end.name, port)
        for start, end in pairs
        if start.is_ours or end.is_ours
        for port in ports[end.name]
        if evaluation.allows(policies, pod(start), pod(end), port)
    }
    return {_told(*each) for each in through}, {_told(*each) for each in needed}


def _ports_of(end: Party, wanted: Iterable[Call]) -> set[Port]:
    """What is outside may be any of those outside."""
    return {port for call in wanted if call.end == end or (call.end.cidr and end.cidr) for port in call.ports}


def is_among(one: Party, many: Party) -> bool:
    """Whether a call from many is one from this one too: all pods of a namespace are meant."""
    return one.namespace == many.namespace != "" and not many.labels


def _told(start: str, end: str, port: Port) -> str:
    return f"{start} → {end} {port.protocol} {port.number}"


def test_the_base_opens_what_the_manifests_need_and_nothing_else() -> None:
    through, needed = opened(files.find_base_calls(), base())
    assert through == needed
    assert len(needed) > 150


def test_so_does_the_base_with_all_components() -> None:
    objects = [each for folder in ("knative", "k8s/base", "k8s/components") for each in files.read_objects(folder)]
    through, needed = opened(calls.find_calls(objects, loader.load(files.ROOT / "knative")), everything())
    assert through == needed


@pytest.mark.parametrize("path", sorted(map(str, files.render_files())))
def test_the_files_are_up_to_date(path: str) -> None:
    assert (files.ROOT / path).read_text("utf-8") == files.render_files()[Path(path)], (
        "./scripts/touchline policies --write"
    )


@pytest.mark.parametrize(
    ("start", "end", "port", "through"),
    [
        ("query-stats", parties.CLICKHOUSE, 8123, True),
        ("query-stats", parties.POSTGRES, 5432, False),
        ("register", parties.POSTGRES, 5432, True),
        ("register", parties.CLICKHOUSE, 8123, False),
        ("login", parties.function("account"), 8012, False),
        ("ingest-batch", parties.KAFKA, 9092, False),
        ("plot", parties.INTERNET, 443, False),
    ],
)
def test_a_function_reaches_what_it_leans_on(start: str, end: Party, port: int, through: bool) -> None:
    result = evaluation.allows(base(), pod(parties.function(start)), pod(end), Port(number=port))
    assert result is through


def test_only_knatives_doors_reach_functions() -> None:
    function, port = pod(parties.function("users")), Port(number=8012)
    assert evaluation.allows(base(), pod(parties.ACTIVATOR), function, port)
    for other in (Pod(namespace="default"), Pod(namespace="knative-serving", labels={"app": "webhook"}), OUTSIDE):
        assert not evaluation.allows(base(), other, function, port)


def test_a_pod_that_nobody_declared_reaches_nothing_and_is_reached_by_nobody() -> None:
    stray = Pod(namespace="touchline", labels={"app": "stray"})
    for party in (parties.POSTGRES, parties.BUS, parties.DNS):
        assert not evaluation.allows(base(), stray, pod(party), Port(number=53, protocol="UDP"))
    assert not evaluation.allows(base(), pod(parties.ACTIVATOR), stray, Port(number=8012))


def test_workers_reach_the_internet_but_not_the_clouds_credentials() -> None:
    worker, port = pod(parties.workload("scrape-worker")), Port(number=80)
    assert evaluation.allows(base(), worker, OUTSIDE, port)
    assert not evaluation.allows(base(), worker, METADATA_SERVICE, port)


def test_strimzis_own_policy_opens_its_listener_to_the_same_clients() -> None:
    """Policies add up, so what Strimzi makes must not open more than ours."""
    cluster = next(each for each in files.read_objects("k8s/base/kafka") if each["kind"] == "Kafka")
    (listener,) = cluster["spec"]["kafka"]["listeners"]
    clients = [
        call.start.peer()
        for call in files.find_base_calls()
        if call.end == parties.KAFKA and call.ports == calls.KAFKA_CLIENTS
    ]
    assert listener["networkPolicyPeers"] == clients
