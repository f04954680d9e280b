"""The guide to the contract names files that are there, and the kinds that are read."""

from __future__ import annotations

import re

import pytest

from knative.manifests.kinds.parser import HARMLESS, READERS
from tests.support.reference import ROOT

README = (ROOT / "knative" / "README.md").read_text()
RULES = re.findall(r"^\| ([^|]+) \| (`[^|]+) \| (`[^|]+) \|$", README, re.MULTILINE)
HERE = ROOT / "tests" / "unit" / "knative"


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize(("rule", "files", "tests"), RULES, ids=[rule for rule, *_ in RULES])
def test_a_rule_stands_in_files_that_are_there_and_has_a_test(rule: str, files: str, tests: str) -> None:
    missing = [file for file in quoted(files) if not (ROOT / "knative" / file).resolve().is_file()]
    missing += [test for test in quoted(tests) if not (ROOT / test).exists() and not (HERE / test).is_file()]
    assert missing == []


def test_the_kinds_that_are_read_and_ignored_are_listed() -> None:
    ((read, ignored),) = re.findall(r"\*\*Kinds read\*\*: ([^.]+)\. Ignored: ([^.]+)\.", README)
    assert set(re.findall(r"\w+", read)) == {kind for _, kind in READERS}
    assert set(re.findall(r"\w+", ignored)) == {kind for _, kind in HARMLESS}
