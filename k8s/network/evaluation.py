"""Evaluates which connections a set of NetworkPolicies allows, as Kubernetes defines it for networking.k8s.io/v1.

A pod that no policy selects for a direction is open in it. A selected one lets through what any rule of any policy
that selects it names. A connection needs both: the start's egress and the end's ingress.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from k8s.network.parties import Port

Policy = Mapping[str, Any]
_OPPOSITE = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One end of a connection; without a namespace it is an address outside the cluster."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = "10.0.0.1"
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    """Besides the name, which every namespace has as a label."""


def allows(policies: Sequence[Policy], start: Pod, end: Pod, port: Port) -> bool:
    """Return True if a connection from one to the other, at a port of the other's, is let through."""
    return _lets(policies, "Egress", start, end, port) and _lets(policies, "Ingress", end, start, port)


def _lets(policies: Iterable[Policy], direction: str, pod: Pod, other: Pod, port: Port) -> bool:
    selecting = [policy for policy in policies if _selects(policy, direction, pod)]
    rules, side = _OPPOSITE[direction]
    return not selecting or any(
        _names_port(rule, port) and _names(rule.get(side), other, policy["metadata"]["namespace"])
        for policy in selecting
        for rule in policy["spec"].get(rules) or ()
    )


def _selects(policy: Policy, direction: str, pod: Pod) -> bool:
    spec = policy["spec"]
    directions = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return (
        direction in directions
        and policy["metadata"]["namespace"] == pod.namespace
        and matches(spec.get("podSelector"), pod.labels)
    )


def _names_port(rule: Mapping[str, Any], port: Port) -> bool:
    """No ports mean all of them."""
    ports = rule.get("ports")
    return not ports or any(_is_port(each, port) for each in ports)


def _is_port(named: Mapping[str, Any], port: Port) -> bool:
    if named.get("protocol", "TCP") != port.protocol:
        return False
    number = named.get("port")
    return number is None or bool(number <= port.number <= named.get("endPort", number))


def _names(peers: Sequence[Mapping[str, Any]] | None, other: Pod, namespace: str) -> bool:
    """No peers mean everybody."""
    return not peers or any(_is_peer(peer, other, namespace) for peer in peers)


def _is_peer(peer: Mapping[str, Any], other: Pod, namespace: str) -> bool:
    if "ipBlock" in peer:
        address, block = ip_address(other.address), peer["ipBlock"]
        apart = (ip_network(each) for each in block.get("except", ()))
        # Pods have addresses too, but a policy should not count on which: a block is for what is outside.
        return (
            not other.namespace and address in ip_network(block["cidr"]) and not any(address in each for each in apart)
        )
    if not other.namespace:
        return False
    if "namespaceSelector" in peer:
        labels = {"kubernetes.io/metadata.name": other.namespace, **other.namespace_labels}
        if not matches(peer["namespaceSelector"], labels):
            return False
    elif other.namespace != namespace:
        return False
    return matches(peer.get("podSelector"), other.labels)


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Return True if a label selector selects; an empty one selects everything."""
    selector = selector or {}
    named = all(labels.get(name) == value for name, value in (selector.get("matchLabels") or {}).items())
    return named and all(_holds(each, labels) for each in selector.get("matchExpressions") or ())


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case operator:
            raise ValueError(f"no operator {operator!r}")
