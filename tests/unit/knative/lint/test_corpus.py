"""One bad manifest for each rule, each with what is to be said about it; and our own manifests, which are good."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knative.lint import RULES, Rule, lint
from knative.lint.immutable import IMMUTABLE_FIELD
from tests.support.reference import ROOT

CORPUS = ROOT / "tests" / "data" / "lint"


def expected(file: Path) -> list[tuple[int, str]]:
    """The comments that a file starts with: ``# line: message``."""
    return [(int(line), words) for line, words in re.findall(r"^# (\d+): (.*)$", file.read_text(), re.MULTILINE)]


NEEDS_TWO_RELEASES = {IMMUTABLE_FIELD}


def test_every_rule_has_its_bad_manifest_and_every_manifest_its_rule() -> None:
    assert sorted(file.stem for file in CORPUS.iterdir()) == sorted(set(RULES) - NEEDS_TWO_RELEASES)


@pytest.mark.parametrize("file", sorted(CORPUS.iterdir()), ids=lambda file: file.stem)
def test_a_bad_manifest_breaks_its_rule_and_no_other(file: Path) -> None:
    result = lint([file])
    assert {finding.rule for finding in result} == {file.stem}
    assert [(finding.line, finding.message) for finding in result] == expected(file)


def test_our_own_manifests_are_clean() -> None:
    assert {finding.rule for finding in lint([ROOT / "knative"])} <= {"other-kind"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_says_what_it_is_about_and_how_to_mend_it(rule: Rule) -> None:
    assert rule.about.strip()
    assert rule.hint.strip()
    assert "\n" not in rule.about
