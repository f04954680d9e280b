"""Names, namespaces, labels and annotation keys that an API server refuses are refused here too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knative.lint import lint
from knative.manifests.object_metadata import find_faults
from tests.support.eventing.manifest_folders import faults
from tests.support.reference import reference


def paths(**metadata: Any) -> list[str]:
    by_name = {"name": "n", **metadata}
    return [path for path, _ in find_faults({"apiVersion": "eventing.knative.dev/v1", "metadata": by_name})]


@pytest.mark.parametrize(
    ("metadata", "refused"),
    [
        ({}, []),
        ({"name": "a.b-c"}, []),
        ({"name": "Goals"}, ["metadata.name"]),
        ({"name": "my_clock"}, ["metadata.name"]),
        ({"name": "a" * 254}, ["metadata.name"]),
        ({"name": ""}, ["metadata.name"]),
        ({"name": "", "generateName": "n-"}, []),
        ({"namespace": "a.b"}, ["metadata.namespace"]),
        ({"namespace": "A"}, ["metadata.namespace"]),
        ({"labels": {"club": "a b"}}, ["metadata.labels.club"]),
        ({"labels": {"club": "a" * 64}}, ["metadata.labels.club"]),
        ({"labels": {"club": ""}}, []),
        ({"labels": {"a/b/c": "x"}}, ["metadata.labels.a/b/c"]),
        ({"labels": {"Example.com/x": "x"}}, ["metadata.labels.Example.com/x"]),
        ({"annotations": {"Example.com/Made-By": "anything at all\n"}}, []),
        ({"annotations": {"who made it": "x"}}, ["metadata.annotations.who made it"]),
        ({"annotations": {"x": "a" * (256 * 1024)}}, ["metadata.annotations"]),
    ],
)
def test_metadata_is_judged_as_by_an_api_server(metadata: dict[str, Any], refused: list[str]) -> None:
    assert paths(**metadata) == refused


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("F16-N01", 'metadata.name refused: Invalid value: "Goals": a lowercase RFC 1123 subdomain must'),
        ("F16-N02", 'metadata.labels.club refused: Invalid value: "a b": a valid label must'),
        ("F16-N03", "metadata.name refused: Required value: name or generateName is required"),
        ("F16-N07", "must be no more than 63 bytes"),
        ("F16-N08", 'metadata.name refused: Invalid value: "my_clock": a lowercase RFC 1123 subdomain must'),
    ],
)
def test_linter_and_start_refuse_what_the_field_saw_refused(tmp_path: Path, file: str, words: str) -> None:
    path = reference(f"field/eventing/{file}.yaml")
    assert [finding.rule for finding in lint([path]) if finding.severity == "error"] == ["invalid-metadata"]
    assert words in faults(tmp_path, path.read_text())
