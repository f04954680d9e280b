"""What differs from the release before and cannot; `tests/k8s/test_api_server.py` asks a real server the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from knative.lint import lint
from knative.lint.immutable import IMMUTABLE_FIELD
from tests.support.changed_objects import CHANGES, Change

KNATIVE: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], bool]] = [
    ({"kind": "Broker"}, {"annotations": {"eventing.knative.dev/broker.class": "Kafka"}},
     {"annotations": {"eventing.knative.dev/broker.class": "MTChannelBasedBroker"}}, True),
    ({"kind": "Broker"}, {"annotations": {"eventing.knative.dev/broker.class": "Kafka"}}, {"annotations": {}}, False),
    ({"kind": "Broker"}, {"spec": {"delivery": {"retry": 1}}}, {"spec": {"delivery": {"retry": 2}}}, False),
    ({"kind": "Trigger"}, {"spec": {"broker": "a"}}, {"spec": {"broker": "b"}}, True),
    ({"kind": "Trigger"}, {"spec": {"broker": "a", "filter": {}}}, {"spec": {"broker": "a"}}, False),
]  # fmt: skip


def changed(folder: Path, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    for name, each in (("old", before), ("new", after)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(each))
    findings = lint([folder / "new.yaml"], [folder / "old.yaml"])
    return [finding.message for finding in findings if finding.rule == IMMUTABLE_FIELD]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_that_a_server_refuses_is_found_and_no_other(tmp_path: Path, change: Change) -> None:
    assert bool(changed(tmp_path, change.before(), change.after())) is change.is_refused
    assert changed(tmp_path, change.before(), change.before()) == []


@pytest.mark.parametrize(("about", "before", "after", "is_refused"), KNATIVE)
def test_knatives_own_fields(
    tmp_path: Path, about: dict[str, Any], before: dict[str, Any], after: dict[str, Any], is_refused: bool
) -> None:
    def made(parts: dict[str, Any]) -> dict[str, Any]:
        metadata = {"name": "a", "annotations": parts.get("annotations", {})}
        spec = {"subscriber": {"uri": "http://s"}} if about["kind"] == "Trigger" else {}
        return {
            **about,
            "apiVersion": "eventing.knative.dev/v1",
            "metadata": metadata,
            "spec": spec | parts.get("spec", {}),
        }

    assert bool(changed(tmp_path, made(before), made(after))) is is_refused


def test_the_place_before_is_named(tmp_path: Path) -> None:
    change = CHANGES[0]
    (output,) = changed(tmp_path, change.before(), change.after())
    assert output.startswith(f"spec.template differs from {tmp_path / 'old.yaml'}:")


def test_an_object_of_another_name_is_another_object(tmp_path: Path) -> None:
    after = {**CHANGES[0].after(), "metadata": {"name": "b", "namespace": "default"}}
    assert changed(tmp_path, CHANGES[0].before(), after) == []
