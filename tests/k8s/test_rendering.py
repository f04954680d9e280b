"""Every overlay with every set of components is rendered by real kustomize, and what is named is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from k8s.rendering import combinations, kustomize
from k8s.rules import RULES
from k8s.rules.object_index import ObjectIndex
from tests.k8s.conftest import Rendered, as_object

pytestmark = pytest.mark.timeout(600)  # a hundred and more renderings; a busy machine takes minutes for them

ABOUT_NAMES = ("config-missing", "secret-missing", "sink-missing", "topic-undeclared")
"""Rules that a component may break by being there or not; the others are held to by telling sets in `test_rules`."""


def test_every_combination_renders(rendered: Rendered) -> None:
    assert len(rendered) == len(combinations.OVERLAYS) * 2 ** len(combinations.list_components())
    assert len(set(rendered.values())) == len(rendered), "each component adds or changes something"


def test_every_combination_names_only_what_is_there(rendered: Rendered) -> None:
    missing = set()
    for combination, texts in rendered.items():
        if combination.overlay == "production" and "external-secrets" not in combination.components:
            continue  # somebody makes Secrets by hand then
        world = ObjectIndex(tuple(map(as_object, texts)))
        missing |= {message for rule in ABOUT_NAMES for _, message in RULES[rule].check(world)}
    assert not missing


def test_no_combination_holds_an_object_twice(rendered: Rendered) -> None:
    for combination, texts in rendered.items():
        ids = [
            (each["apiVersion"], each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
            for each in map(as_object, texts)
        ]
        assert len(ids) == len(set(ids)), combination


def test_what_kustomize_refuses_is_told_in_its_words(kubectl: kustomize.Kustomize, tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [nowhere.yaml]\n")
    with pytest.raises(kustomize.RenderFailed, match=r"nowhere\.yaml"):
        kubectl.render(tmp_path)
