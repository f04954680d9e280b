"""Rendered manifests keep every rule; a corpus of broken overlays is refused, each with the message it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from k8s import rules
from k8s.rendering import kustomize
from k8s.rendering.combinations import Combination, OverlayWorkspace, list_components
from k8s.rules.review import review
from tests.k8s.conftest import Rendered, as_object

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
BASE = "production"
HELD = [
    Combination("kind", ()),
    *(Combination("kind", (name,)) for name in list_components()),
    Combination("production", ("external-secrets",)),
    Combination("production", list_components()),
]


@pytest.fixture(scope="module")
def held(kubectl: kustomize.Kustomize, workspace: OverlayWorkspace) -> Rendered:
    """Each component once alone, and all together."""
    return workspace.render(kubectl, HELD)


@pytest.mark.parametrize("combination", HELD, ids=str)
def test_what_is_rendered_keeps_every_rule(combination: Combination, held: Rendered) -> None:
    assert [str(finding) for finding in rules.check(map(as_object, held[combination]))] == []


@pytest.fixture(scope="module")
def folder(held: Rendered, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds what the overlay production makes with all components, as a base of its own."""
    document = tmp_path_factory.mktemp("broken")
    (document / BASE).mkdir()
    (document / BASE / "kustomization.yaml").write_text("resources: [all.yaml]")
    (document / BASE / "all.yaml").write_text(
        "\n---\n".join(held[Combination("production", list_components())]), "utf-8"
    )
    return document


@pytest.mark.parametrize("case", BROKEN, ids=lambda path: path.stem)
def test_a_broken_overlay_is_refused(case: Path, folder: Path, kubectl: kustomize.Kustomize) -> None:
    refused = case.read_text("utf-8").splitlines()[0].removeprefix("# refused: ")
    output = refusals(overlay(case, folder), kubectl)
    assert any(line.startswith(refused) for line in output), "\n".join(output)
    assert len(output) < 30, "a fault is named, not its whole neighbourhood"


def overlay(case: Path, folder: Path) -> Path:
    """A folder for kustomize: the case's own kustomization, and objects that stand below it."""
    first, *more = case.read_text("utf-8").split("---\n", 1)
    document = folder / case.stem
    document.mkdir()
    (document / "more.yaml").write_text("".join(more), "utf-8")
    resources = [f"../{BASE}", *(["more.yaml"] if more else [])]
    (document / "kustomization.yaml").write_text(f"resources: {resources}\n{first}", "utf-8")
    return document


def refusals(folder: Path, kubectl: kustomize.Kustomize) -> list[str]:
    """What kustomize, or else the review, says, each beginning with who or which rule does."""
    try:
        texts = kubectl.render(folder)
    except kustomize.RenderFailed as exc:
        return [f"kustomize: {exc.args[0].partition('rror: ')[2]}"]
    return [f"{each.rule}: {each.object}: {each.message}" for each in review(texts)]


def test_every_rule_is_broken_by_a_case() -> None:
    by_name = {path.read_text("utf-8").splitlines()[0].split(": ")[1] for path in BROKEN}
    assert set(rules.RULES) <= by_name
