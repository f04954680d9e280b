"""Rules about who reaches whom: NetworkPolicies open the declared call graph, all of it and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from k8s.network import calls, evaluation, parties
from k8s.network.calls import Call
from k8s.network.evaluation import Pod
from k8s.network.parties import Party, Port
from k8s.rules.findings import Violations, rule
from k8s.rules.object_index import Object, ObjectIndex, group_of, name_of
from knative.manifests import references
from knative.manifests.documents import Document
from knative.manifests.kinds import parser as kinds

OUTSIDE = Pod(address="203.0.113.9")
"""An address of a block that is reserved for documentation (RFC 5737)."""


@rule("needed-call-blocked", "a call that the manifests need and the NetworkPolicies block")
def find_needed_call_blocked(index: ObjectIndex) -> Violations:
    policies = list(index.of_kinds("NetworkPolicy"))
    for call in _calls(index):
        for port in call.ports:
            if not evaluation.allows(policies, pod(call.start), pod(call.end), port):
                yield (
                    _owner(index, call),
                    f"{describe_call(call.start, call.end, port)} is blocked, but needed: {call.why}",
                )


@rule("unneeded-call-allowed", "a call that no manifest needs and the NetworkPolicies allow")
def find_unneeded_call_allowed(index: ObjectIndex) -> Violations:
    policies = list(index.of_kinds("NetworkPolicy"))
    calls = _calls(index)
    needed = {(call.start.name, call.end.name, port) for call in calls for port in call.ports}
    # The API server may be anywhere, so who may ask it may ask the world outside at its ports.
    needed |= {(call.start.name, "internet", port) for call in calls if call.end.cidr for port in call.ports}
    functions = {name_of(each) for each in index.functions()}
    for start, end, port in _candidates(calls):
        is_open = evaluation.allows(policies, pod(start), pod(end), port)
        if is_open and (start.name, end.name, port) not in needed and start != end:
            blamed = start if start.name in functions else end
            yield _object(index, blamed), f"{describe_call(start, end, port)} is allowed, and nothing needs it"


def pod(party: Party) -> Pod:
    """One pod of a party."""
    return OUTSIDE if party.cidr else Pod(namespace=party.namespace, labels=party.labels)


@lru_cache(maxsize=1)
def _calls(index: ObjectIndex) -> list[Call]:
    """None where a reference leads nowhere: another rule says so, and who calls whom cannot be said."""
    manifests = kinds.parse([Document(file="rendered", content=dict(each)) for each in index.objects if _is_read(each)])
    return [] if references.find_unresolved(manifests) else calls.find_calls(index.objects, manifests)


def _is_read(each: Object) -> bool:
    """Return True if the laptop's reader knows it."""
    return group_of(each).endswith("knative.dev") or each["kind"] == "HTTPRoute"


def _candidates(calls: list[Call]) -> Iterator[tuple[Party, Party, Port]]:
    """Our pods, strangers and the world outside, to each of our pods' and the engines' ports."""
    ends = {call.end.name: call.end for call in calls if call.end.is_ours}
    starts = {call.start.name: call.start for call in calls if call.start.is_ours}
    stranger = Party(name="a pod of another namespace", namespace="default")
    for start, end in product((*starts.values(), stranger, parties.INTERNET), ends.values()):
        for port in {port for call in calls if call.end == end for port in call.ports}:
            yield start, end, port
    for start in starts.values():
        yield start, parties.INTERNET, Port(number=443)


def _owner(index: ObjectIndex, call: Call) -> Object:
    return _object(index, call.start if call.start.is_ours else call.end)


def _object(index: ObjectIndex, party: Party) -> Object:
    """Return the object that makes the party's pods, or the namespace when an operator makes them."""
    owners = (each for each, _ in index.pods() if name_of(each) == party.name)
    return next(owners, next(index.of_kinds("Namespace")))


def describe_call(start: Party, end: Party, port: Port) -> str:
    return f"{start.name} → {end.name} {port.protocol} {port.number}"
