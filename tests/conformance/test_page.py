"""What is collected from tests, and how the page tells it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.conformance import names, page, plugin
from tests.conformance.assertions import ASSERTIONS
from tests.support.reference import ROOT

TESTS = """
import pytest

@pytest.mark.conforms("broker-405", "broker-2xx")
@pytest.mark.parametrize("n", [1, 2])
def test_a_method_is_refused(n):
    pass

@pytest.mark.conforms("broker-2xx")
@pytest.mark.over("Apache Kafka")
@pytest.mark.suite("End to end")
def test_it_is_taken():
    pytest.skip("no Kafka <here>")

@pytest.mark.conforms("broker-400")
def test_what_is_no_event():
    assert False

@pytest.mark.suite("End to end")
@pytest.mark.over("Valkey")
@pytest.mark.conforms("broker-2xx")
def test_all_is_counted(agreement):
    agreement("Filters", 3, 4)
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the plugin writes down of these tests."""
    folder = tmp_path_factory.mktemp("tests")
    (folder / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conformance.plugin", "--conformance", "found.json"]
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=folder, env={**os.environ, **alone}, stdout=subprocess.DEVNULL, check=False)
    return (folder / "found.json").read_text()


@pytest.fixture
def results(written: str) -> Any:
    """A copy for each test."""
    return json.loads(written)


def test_one_success_proves_an_assertion_and_one_failure_refutes_it(results: Any) -> None:
    verdicts = {each["id"]: each["verdict"] for each in results["assertions"]}
    assert [verdicts[name] for name in ("broker-405", "broker-2xx", "broker-400")] == ["passed", "passed", "failed"]
    assert verdicts["broker-binary"] == "untested"
    assert verdicts["broker-class-immutable"] == "outside"
    assert not page.is_clean(results)


def test_figures_come_first_and_a_skip_tells_its_reason(results: Any) -> None:
    n_outside = sum(bool(each.outside) for each in ASSERTIONS)
    n_untested = len(ASSERTIONS) - n_outside - 3
    assert page.figures(results) == [
        f"Assertions proven: 2 of {len(ASSERTIONS)}, 1 failed, {n_untested} untested, {n_outside} not claimed",
        "End to end: 1 of 2, skipped: no Kafka <here>",
        "Filters: 3 of 4, as recorded from Knative's own code",
    ]


def test_tests_are_told_as_sentences_with_their_cases_and_logs(results: Any) -> None:
    (assertion,) = [each for each in results["assertions"] if each["id"] == "broker-2xx"]
    refused, counted, taken = names.grouped(assertion["tests"])
    assert (refused.words, refused.cases) == ("a method is refused", ", 2 cases")
    assert (counted.over, counted.trouble) == (("Valkey",), "")
    assert (taken.over, taken.trouble) == ((), "skipped no Kafka <here>")


def test_the_page_has_every_assertion_and_no_foreign_markup(results: Any) -> None:
    text = page.html(results)
    assert [each.id for each in ASSERTIONS if f'id="{each.id}"' not in text] == []
    assert "<here>" not in text
    assert "src=" not in text


def test_what_was_skipped_alone_leaves_the_page_clean(results: Any) -> None:
    for each in results["assertions"]:
        each["verdict"] = "outside" if each["outside"] else "passed"
    assert page.is_clean(results)
    results["suites"]["End to end"]["failed"] = 1
    assert not page.is_clean(results)


def test_an_assertion_that_nobody_made_is_an_error(request: pytest.FixtureRequest) -> None:
    request.node.add_marker(pytest.mark.conforms("typo"))
    with pytest.raises(pytest.UsageError, match="proves assertions nobody made: typo"):
        plugin.pytest_collection_modifyitems([request.node])
