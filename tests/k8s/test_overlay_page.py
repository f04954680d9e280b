"""The overlay that `k8s/helm/README.md` shows instead of a values file renders, and does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from k8s.rendering import combinations, kustomize
from knative.manifests import kubernetes_yaml

PAGE = Path(__file__).resolve().parents[2] / "k8s" / "helm" / "README.md"


@pytest.fixture(scope="module")
def objects(kubectl: kustomize.Kustomize, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What kustomize makes of the page's text, in a copy of the tree."""
    folder = tmp_path_factory.mktemp("overlay-page")
    combinations.OverlayWorkspace(folder)
    ours = folder / "k8s" / "overlays" / "ours"
    ours.mkdir()
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (ours / "kustomization.yaml").write_text(text, "utf-8")
    return [kustomize.parse_object(each) for each in kubectl.render(ours)]


def one(objects: list[Any], kind: str, name: str) -> Any:
    (result,) = [
        each
        for each in objects
        if each["kind"] == kind
        and each["metadata"]["name"].startswith(name)
        and (kind != "Service" or each["apiVersion"].startswith("serving.knative.dev"))
    ]
    return result


def test_the_image_its_scale_and_its_memory_are_as_asked(objects: list[Any]) -> None:
    template = one(objects, "Service", "staff-shop")["spec"]["template"]
    annotations = template["metadata"]["annotations"]
    assert annotations["autoscaling.knative.dev/min-scale"] == "2"
    assert annotations["autoscaling.knative.dev/max-scale"] == "20"
    container = template["spec"]["containers"][0]
    assert container["image"] == "registry.example.com/shop/staff-shop:0.2.0"
    assert container["resources"]["limits"]["memory"] == "512Mi"


def test_the_settings_are_merged_into_those_of_the_base(objects: list[Any]) -> None:
    settings = one(objects, "ConfigMap", "touchline-settings")["data"]
    assert settings["STAFF_SHOP_ANY_PASSWORD"] == "true"
    assert settings["STAFF_SHOP_LOGIN_REMEMBERED_S"] == "600"
    assert "EXPORT_PARTS" in settings


def test_the_host_name_is_as_asked(objects: list[Any]) -> None:
    assert one(objects, "Gateway", "touchline")["spec"]["listeners"][0]["hostname"] == "shop.example.com"


def test_every_file_that_the_page_names_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text("utf-8")):
        assert (PAGE.parent / target).exists(), target


def test_the_page_shows_yaml_as_kubernetes_reads_it() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert kubernetes_yaml.load(text)["kind"] == "Kustomization"
