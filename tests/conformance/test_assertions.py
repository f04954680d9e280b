"""Every assertion of the contract is proven by a test, or says why it cannot be."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from tests.conformance.assertions import ASSERTIONS

TESTS = Path(__file__).resolve().parents[1]


def claimed() -> set[str]:
    """The ids that tests say they prove."""
    duplicates: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "conforms":
                duplicates |= {
                    arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                }
    return duplicates


def test_names_are_unique() -> None:
    assert [name for name, n in Counter(each.id for each in ASSERTIONS).items() if n > 1] == []


def test_each_is_proven_or_says_why_not() -> None:
    assert {each.id for each in ASSERTIONS if not each.outside} - claimed() == set()


def test_none_that_is_proven_counts_as_outside() -> None:
    assert {each.id for each in ASSERTIONS if each.outside} & claimed() == set()
