"""``$(NAME)`` as the kubelet expands it."""

from __future__ import annotations

import pytest

from knative.manifests.variable_references import expand, find_unresolved, list_references

KNOWN = {"A": "1", "B": "two words", "EMPTY": "", "REF": "$(A)"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    {
        "": "",
        "plain": "plain",
        "$(A)": "1",
        "x$(A)y$(B)": "x1ytwo words",
        "[$(EMPTY)]": "[]",
        "$(REF)": "$(A)",
        "$(NOPE)/x": "$(NOPE)/x",
        "$$(A)": "$(A)",
        "$$$(A)": "$1",
        "$$$$(A)": "$$(A)",
        "$$": "$",
        "$": "$",
        "$A ${A}": "$A ${A}",
        "$(": "$(",
        "$(A": "$(A",
        "$()": "$()",
        "$( A)": "$( A)",
        "$($(A)": "$($(A)",
        "$(A))": "1)",
        "5$ and 10$": "5$ and 10$",
    }.items(),
)
def test_references_are_expanded_once(text: str, expanded: str) -> None:
    assert expand(text, KNOWN) == expanded


def test_an_escaped_reference_refers_to_nothing() -> None:
    assert list_references("$(A) $$(B) $$$(C)") == ["A", "C"]


def test_only_variables_before_are_known() -> None:
    variables = [("A", "$(A)$(B)"), ("B", "$(A)"), ("A", "$(A)")]
    assert list(find_unresolved(variables)) == [("A", "A"), ("A", "B")]
