"""YAML is read as kubectl reads it; the table was recorded from sigs.k8s.io/yaml v1.6.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from knative.lint import lint
from knative.manifests import kubernetes_yaml
from knative.manifests.errors import InvalidManifests
from knative.manifests.kinds import loader
from tests.support.reference import ROOT, reference

TABLE = [json.loads(line) for line in (ROOT / "tests/data/yaml_scalars.jsonl").read_text("utf-8").splitlines()]
"""A scalar, and what `YAMLToJSON` made of it as a value and as a key."""


def same(one: Any, other: Any) -> bool:
    """Equal as JSON values: 1 is 1.0, but no boolean."""
    equal = float(one) == other if isinstance(other, float) and not isinstance(one, str) else one == other
    return bool(equal) and isinstance(one, bool) is isinstance(other, bool)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row["scalar"]))
def test_a_scalar_is_the_value_that_kubectl_makes_of_it(row: dict[str, Any]) -> None:
    text = f"a: {row['scalar']}"
    if row.get("refused"):
        with pytest.raises(yaml.YAMLError):
            kubernetes_yaml.load(text)
    else:
        assert same(kubernetes_yaml.load(text)["a"], row["value"])


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row["scalar"]))
def test_a_scalar_is_the_key_that_kubectl_makes_of_it(row: dict[str, Any]) -> None:
    text = f"? {row['scalar']}\n: 1"
    if row.get("key_refused"):
        with pytest.raises(yaml.YAMLError):
            kubernetes_yaml.load(text)
    else:
        assert kubernetes_yaml.load(text) == {row["key"]: 1}


def test_the_table_of_the_field_holds() -> None:
    rows = json.loads(reference("field/eventing/F03-yaml-scalars.json").read_text())["rows"]
    wrong = [row for row in rows if not same(kubernetes_yaml.load(f"a: {row['scalar']}")["a"], row["kubectl"])]
    assert wrong == []


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("F03-Y02", "cannot unmarshal number into Go struct field"),
        ("F03-Y04", "cannot unmarshal number into Go struct field"),
        ("F03-Y05", "cannot unmarshal bool into Go struct field"),
        ("F03-Y07", ""),
        ("F03-Y13", ""),
        ("F03-Y17", "cannot unmarshal string into Go struct field"),
        ("F03-Y34", ""),
    ],
)
def test_linter_and_start_read_a_manifest_alike(tmp_path: Path, manifest: str, words: str) -> None:
    path = reference(f"field/eventing/{manifest}.yaml")
    (tmp_path / path.name).write_bytes(path.read_bytes())
    output = " ".join(finding.message for finding in lint([tmp_path]) if finding.severity == "error")
    assert words in output if words else not output
    try:
        loader.load(tmp_path)
    except InvalidManifests as exc:
        started = str(exc)
    else:
        started = ""
    assert words in started if words else "unmarshal" not in started


def test_a_key_that_is_given_twice_in_two_spellings_is_refused() -> None:
    with pytest.raises(yaml.YAMLError, match="given twice"):
        kubernetes_yaml.load("{y: 1, 'true': 2}")


def test_merged_keys_give_way_to_a_mappings_own() -> None:
    text = "base: &base {a: 1, b: 2}\nown:\n  <<: *base\n  b: 3\n"
    assert kubernetes_yaml.load(text)["own"] == {"a": 1, "b": 3}


def test_an_unknown_tag_changes_nothing() -> None:
    assert kubernetes_yaml.load("a: !x {b: !y [1, !z 08]}") == {"a": {"b": [1, "08"]}}
