"""Calls to NetworkPolicies: everything is closed, and each party is opened to what it must reach and be reached by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from k8s.network.calls import Call
from k8s.network.parties import NAMESPACE, Party, Port

Policy = dict[str, Any]
_HEAD = """\
# Everything is closed, and opened as the manifests say: by what wakes a function, and by what its settings name.
# Made by `./scripts/touchline policies --write`; a test holds it to the call graph, both ways.
"""
_LABELS = {"app.kubernetes.io/part-of": "touchline", "touchline.io/stage": "engines"}
"""With the engines, so that nothing stands open for a moment."""


def build_policies(calls: Iterable[Call]) -> list[Policy]:
    """One policy that closes, and one for each party of ours."""
    return [_policy("default-deny", {}, ingress=[], egress=[]), *build_added_policies(calls)]


def build_added_policies(calls: Iterable[Call], by: str = "") -> list[Policy]:
    """One policy for each party of ours; `by` names what brings them, when that is not the base."""
    calls = list(calls)
    ours = {party.name: party for call in calls for party in (call.start, call.end) if party.is_ours}
    return [_open(ours[name], calls, by) for name in sorted(ours)]


def to_yaml(policies: Iterable[Policy]) -> str:
    """Return the text of a file of policies."""
    import yaml

    return _HEAD + "---\n".join(yaml.safe_dump(each, sort_keys=False, width=120) for each in policies)


def _open(party: Party, calls: list[Call], by: str) -> Policy:
    coming = [(call.ports, call.start) for call in calls if call.end == party]
    going = [(call.ports, call.end) for call in calls if call.start == party]
    name = f"{party.name}-for-{by}" if by else party.name
    pods = {"matchLabels": dict(party.labels)} if party.labels else {}
    return _policy(name, pods, ingress=_rules(coming, "from"), egress=_rules(going, "to"))


def _rules(ends: Iterable[tuple[tuple[Port, ...], Party]], side: str) -> list[dict[str, Any]]:
    """A rule for each set of ports, with all who share it."""
    by_ports: dict[tuple[Port, ...], dict[str, Party]] = defaultdict(dict)
    for ports, party in ends:
        by_ports[ports][party.name] = party
    return [
        {side: [party.peer() for party in who.values()], "ports": [_port(port) for port in ports]}
        for ports, who in by_ports.items()
    ]


def _port(port: Port) -> dict[str, Any]:
    return {"port": port.number, "protocol": port.protocol}


def _policy(name: str, pods: dict[str, Any], *, ingress: list[Any], egress: list[Any]) -> Policy:
    rules = {side: rules for side, rules in (("ingress", ingress), ("egress", egress)) if rules}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": dict(_LABELS)},
        "spec": {"podSelector": pods, "policyTypes": ["Ingress", "Egress"], **rules},
    }
