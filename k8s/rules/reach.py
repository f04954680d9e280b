"""Rules about who reaches whom: NetworkPolicies open the declared call graph, all of it and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from k8s.network import calls, evaluation, parties
from k8s.network.calls import Call
from k8s.network.evaluation import Pod
from k8s.network.parties import Party, Port
from k8s.rules.findings import Broken, rule
from k8s.rules.world import Object, World, group_of, name_of
from knative.manifests import references
from knative.manifests.documents import Document
from knative.manifests.kinds import parser as kinds

OUTSIDE = Pod(address="203.0.113.9")
"""Of a block that is kept for documentation (RFC 5737): nobody's."""


@rule("call-closed", "a call that the manifests ask for and the NetworkPolicies do not let through")
def call_closed(world: World) -> Broken:
    policies = list(world.of("NetworkPolicy"))
    for call in _calls(world):
        for port in call.ports:
            if not evaluation.allows(policies, pod(call.start), pod(call.end), port):
                yield _owner(world, call), f"{_told(call.start, call.end, port)} is closed, but needed: {call.why}"


@rule("call-open", "a call that no manifest asks for and the NetworkPolicies let through")
def call_open(world: World) -> Broken:
    policies = list(world.of("NetworkPolicy"))
    wanted = _calls(world)
    needed = {(call.start.name, call.end.name, port) for call in wanted for port in call.ports}
    # The API server may be anywhere, so who may ask it may ask the world outside at its ports.
    needed |= {(call.start.name, "internet", port) for call in wanted if call.end.outside for port in call.ports}
    functions = {name_of(each) for each in world.functions()}
    for start, end, port in _candidates(wanted):
        is_open = evaluation.allows(policies, pod(start), pod(end), port)
        if is_open and (start.name, end.name, port) not in needed and start != end:
            blamed = start if start.name in functions else end
            yield _object(world, blamed), f"{_told(start, end, port)} is open, and nothing needs it"


def pod(party: Party) -> Pod:
    """One pod of a party."""
    return OUTSIDE if party.outside else Pod(namespace=party.namespace, labels=party.labels)


@lru_cache(maxsize=1)
def _calls(world: World) -> list[Call]:
    """None where a reference leads nowhere: another rule says so, and who calls whom cannot be said."""
    manifests = kinds.parse([Document(file="rendered", content=dict(each)) for each in world.objects if _is_read(each)])
    return [] if references.dangling(manifests) else calls.of(world.objects, manifests)


def _is_read(each: Object) -> bool:
    """Whether the laptop's reader knows it."""
    return group_of(each).endswith("knative.dev") or each["kind"] == "HTTPRoute"


def _candidates(wanted: list[Call]) -> Iterator[tuple[Party, Party, Port]]:
    """Our pods, strangers and the world outside, to each of our pods' and the engines' ports."""
    ends = {call.end.name: call.end for call in wanted if call.end.is_ours}
    starts = {call.start.name: call.start for call in wanted if call.start.is_ours}
    stranger = Party(name="a pod of another namespace", namespace="default")
    for start, end in product((*starts.values(), stranger, parties.INTERNET), ends.values()):
        for port in {port for call in wanted if call.end == end for port in call.ports}:
            yield start, end, port
    for start in starts.values():
        yield start, parties.INTERNET, Port(number=443)


def _owner(world: World, call: Call) -> Object:
    return _object(world, call.start if call.start.is_ours else call.end)


def _object(world: World, party: Party) -> Object:
    """What makes the party's pods, or the namespace when an operator does."""
    found = (each for each, _ in world.pods() if name_of(each) == party.name)
    return next(found, next(world.of("Namespace")))


def _told(start: Party, end: Party, port: Port) -> str:
    return f"{start.name} → {end.name} {port.protocol} {port.number}"
