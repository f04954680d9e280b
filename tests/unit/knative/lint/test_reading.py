"""How files become objects that know the lines of their fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from knative.lint import yaml_objects as reading
from shared.errors import NotFound

TRIGGER = """\
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata:
  name: on-shots
  annotations:
    kafka.eventing.knative.dev/delivery.order: ordered
spec:
  broker: default
  filters:
    - exact: {type: a}
    - not:
        prefix:
          source: /matches
"""


def one(folder: Path, text: str) -> reading.Object:
    (folder / "a.yaml").write_text(text)
    objects, faults = reading.read([folder])
    assert faults == []
    assert len(objects) == 1
    return objects[0]


@pytest.mark.parametrize(
    ("path", "line"),
    {
        "": 1,
        "metadata.name": 4,
        "metadata.annotations.kafka.eventing.knative.dev/delivery.order": 6,
        "metadata.annotations[kafka.eventing.knative.dev/delivery.order]": 6,
        "spec.filters[0].exact[type]": 10,
        "spec.filters[1].not.prefix.source": 13,
        "spec.filters[7].exact": 9,
        "spec.subscriber.ref": 7,
        "spec.brokers": 7,
    }.items(),
)
def test_a_field_is_found_by_its_path_or_the_nearest_around_it(tmp_path: Path, path: str, line: int) -> None:
    assert one(tmp_path, TRIGGER).line(path) == line


def test_lists_are_taken_apart_and_empty_documents_passed_over(tmp_path: Path) -> None:
    listed = "\n".join(f"  {'- ' if index == 0 else '  '}{line}" for index, line in enumerate(TRIGGER.splitlines()))
    (tmp_path / "a.yaml").write_text(f"---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n{listed}\n")
    objects, faults = reading.read([tmp_path])
    assert [str(each) for each in objects] == ["Trigger default/on-shots"]
    assert (faults, objects[0].line("metadata.name")) == ([], 10)


def test_folders_are_searched_and_kustomizations_passed_over(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "b.yml").write_text(TRIGGER)
    (tmp_path / "base" / "kustomization.yaml").write_text("resources: [b.yml]\n")
    (tmp_path / "README.md").write_text("- no manifest\n")
    objects, faults = reading.read([tmp_path])
    assert [each.file for each in objects] == [str(tmp_path / "base" / "b.yml")]
    assert faults == []


def test_values_are_what_a_cluster_gets_to_see(tmp_path: Path) -> None:
    content = one(
        tmp_path, "apiVersion: a/v1\nkind: B\nspec: {day: 2026-11-21, share: 1.0, on: yes, 8080: x}\n"
    ).content
    assert content["spec"] == {"day": "2026-11-21", "share": 1, "true": True, "8080": "x"}


def test_a_value_that_contains_itself_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: a/v1\nkind: B\nspec: &spec [*spec]\n")
    _, faults = reading.read([tmp_path])
    assert [fault.message for fault in faults] == ["something contains itself"]


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file"):
        reading.read([tmp_path / "nowhere"])
