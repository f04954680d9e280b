"""``touchline lint``: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from k8s.local.cli.touchline import main
from knative.lint import RULES
from tests.support.reference import ROOT

CORPUS = ROOT / "tests" / "data" / "lint"


@pytest.mark.parametrize(
    ("file", "strict", "code"),
    [
        ("ping-every", False, 1),
        ("image-latest", False, 0),
        ("image-latest", True, 1),
        ("other-kind", True, 0),
    ],
)
def test_errors_end_it_with_1_and_with_strict_warnings_too(
    file: str, strict: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint", str(CORPUS / f"{file}.yaml"), *(["--strict"] if strict else [])]) == code
    assert file in capsys.readouterr().out


def test_text_names_place_object_rule_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    path = CORPUS / "unknown-broker-class.yaml"
    main(["lint", str(path)])
    assert capsys.readouterr().out.splitlines() == [
        f"{path}  Broker default/default",
        f"  {path}:7: warning unknown-broker-class: no controller is known for class Kafak",
        f"    unknown-broker-class: {RULES['unknown-broker-class'].hint}",
        "",
        "0 errors, 1 warning, 0 infos",
    ]


def test_json_has_every_part_of_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    path = CORPUS / "unknown-broker-class.yaml"
    main(["lint", str(path), "--format", "json"])
    assert json.loads(capsys.readouterr().out) == [
        {
            "file": str(path),
            "line": 7,
            "object": "Broker default/default",
            "severity": "warning",
            "rule": "unknown-broker-class",
            "message": "no controller is known for class Kafak",
            "hint": RULES["unknown-broker-class"].hint,
        }
    ]


def test_every_rule_is_listed_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--rules"]) == 0
    assert {line.split()[1] for line in capsys.readouterr().out.splitlines()} == set(RULES)


def test_a_path_that_is_not_there_is_trouble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(tmp_path / "nowhere")]) == 1
    assert "no such file or folder" in capsys.readouterr().err
