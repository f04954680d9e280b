"""What policies let through, case by case as the Kubernetes documentation tells them."""

from __future__ import annotations

from typing import Any

import pytest

from k8s.network.evaluation import Pod, allows, matches
from k8s.network.parties import Port

WEB = Pod(namespace="a", labels={"app": "web"})
DB = Pod(namespace="a", labels={"app": "db"})
ALIEN = Pod(namespace="b", labels={"app": "web"}, namespace_labels={"team": "b"})
OUTSIDE = Pod(address="203.0.113.9")
SQL = Port(number=5432)


def policy(pods: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", "namespace": "a"}, "spec": {"podSelector": pods, **spec}}


def into_db(*rules: dict[str, Any]) -> list[dict[str, Any]]:
    return [policy({"matchLabels": {"app": "db"}}, policyTypes=["Ingress"], ingress=list(rules))]


def of_app(name: str) -> dict[str, Any]:
    return {"matchLabels": {"app": name}}


def test_without_policies_everything_is_open() -> None:
    assert allows([], ALIEN, DB, SQL)
    assert allows([], DB, OUTSIDE, SQL)


def test_a_selected_pod_without_rules_is_closed_in_the_named_direction_only() -> None:
    assert not allows(into_db(), WEB, DB, SQL)
    assert allows(into_db(), DB, WEB, SQL)


def test_a_policy_holds_in_its_own_namespace_alone() -> None:
    closed = policy({}, policyTypes=["Ingress", "Egress"])
    assert not allows([closed], ALIEN, WEB, SQL)
    assert allows([closed], ALIEN, Pod(namespace="b", labels={"app": "web"}), SQL)


def test_without_policy_types_ingress_is_meant_and_egress_where_it_is_written() -> None:
    assert not allows([policy({})], ALIEN, WEB, SQL)
    assert allows([policy({})], WEB, OUTSIDE, SQL)
    assert not allows([policy({}, egress=[])], WEB, OUTSIDE, SQL)


def test_both_ends_must_agree() -> None:
    open_end = policy(of_app("db"), policyTypes=["Ingress"], ingress=[{}])
    closed_start = policy(of_app("web"), policyTypes=["Egress"])
    assert allows([open_end], WEB, DB, SQL)
    assert not allows([open_end, closed_start], WEB, DB, SQL)


def test_policies_add_up() -> None:
    two = [*into_db(), policy({}, policyTypes=["Ingress"], ingress=[{"from": [{"podSelector": of_app("web")}]}])]
    assert allows(two, WEB, DB, SQL)


@pytest.mark.parametrize(
    ("peer", "who"),
    [
        ({"podSelector": {}}, {"web", "db"}),
        ({"podSelector": of_app("web")}, {"web"}),
        ({"namespaceSelector": {}}, {"web", "db", "alien"}),
        ({"namespaceSelector": {"matchLabels": {"team": "b"}}}, {"alien"}),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "a"}}}, {"web", "db"}),
        ({"namespaceSelector": {}, "podSelector": of_app("web")}, {"web", "alien"}),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}}, {"outside"}),
        ({"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.8/30"]}}, set()),
        ({"ipBlock": {"cidr": "::/0"}}, set()),
    ],
)
def test_a_peer_is_who_its_selectors_name(peer: dict[str, Any], who: set[str]) -> None:
    everybody = {"web": WEB, "db": DB, "alien": ALIEN, "outside": OUTSIDE}
    assert {name for name, pod in everybody.items() if allows(into_db({"from": [peer]}), pod, DB, SQL)} == who


@pytest.mark.parametrize(
    ("ports", "through"),
    [
        ([], True),
        ([{"port": 5432}], True),
        ([{"port": 5432, "protocol": "UDP"}], False),
        ([{"protocol": "TCP"}], True),
        ([{"port": 5000, "endPort": 6000}], True),
        ([{"port": 80}, {"port": 443}], False),
    ],
)
def test_a_rule_names_ports_or_means_all(ports: list[dict[str, Any]], through: bool) -> None:
    assert allows(into_db({"ports": ports}), WEB, DB, SQL) is through


@pytest.mark.parametrize(
    ("operator", "values", "selected"),
    [("In", ["web", "db"], True), ("NotIn", ["web"], False), ("Exists", [], True), ("DoesNotExist", [], False)],
)
def test_expressions_select_as_labels_do(operator: str, values: list[str], selected: bool) -> None:
    expression = {"key": "app", "operator": operator, "values": values}
    assert matches({"matchExpressions": [expression]}, WEB.labels) is selected


def test_an_unknown_operator_is_no_selection() -> None:
    with pytest.raises(ValueError, match="Gt"):
        matches({"matchExpressions": [{"key": "app", "operator": "Gt"}]}, {})
