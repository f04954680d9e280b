"""Catalogue of images: one for each function, and the other programs of ours on a cluster."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = "ghcr.io/touchline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image: its name, its target in the Dockerfile and the target's build arguments."""

    name: str
    target: str
    build_args: Mapping[str, str]
    lock: Path
    """Requirements with hashes, relative to the repository."""
    roots: tuple[str, ...]
    """Our modules that are started; the image has everything they import."""


def images() -> list[Image]:
    """Return all images, functions first."""
    return [
        *(_function(main.parent.name) for main in sorted((ROOT / "functions").glob("*/main.py"))),
        _other(
            "scrape-worker",
            "functions/scrape_league/requirements-worker.txt",
            "functions.scrape_league.tasks",
            FUNCTION="scrape_league",
        ),
        _other("migrations", "k8s/images/migrations.txt", "shared.migrate.__main__"),
        _other("stand-in", "k8s/images/stand-in.txt", "k8s.local.standin.__main__"),
    ]


def find_image(name: str) -> Image:
    """Return the image of this name; `LookupError` lists the images."""
    by_name = {image.name: image for image in images()}
    if name not in by_name:
        raise LookupError(f"there is no image {name!r}, only {', '.join(by_name)}")
    return by_name[name]


def version() -> str:
    """Return the version of the project, which every image is tagged with."""
    text: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return text


def reference(image: Image, registry: str = REGISTRY) -> str:
    """Return the reference of an image in a registry."""
    return f"{registry}/{image.name}:{version()}"


def _function(folder: str) -> Image:
    return Image(
        name=folder.replace("_", "-"),
        target="function",
        build_args={"FUNCTION": folder},
        lock=Path(f"functions/{folder}/requirements.txt"),
        roots=(f"functions.{folder}.main", "shared.web.server.__main__"),
    )


def _other(name: str, lock: str, root: str, **build_args: str) -> Image:
    return Image(
        name=name, target=name, build_args={**build_args, "REQUIREMENTS": lock}, lock=Path(lock), roots=(root,)
    )
