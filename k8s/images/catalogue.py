"""Which images there are: one for each function, and what else a cluster runs of ours."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = "ghcr.io/touchline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image: its name, the Dockerfile's target that makes it, and what the target is told."""

    name: str
    target: str
    build_args: Mapping[str, str]
    lock: Path
    """Requirements with hashes, relative to the repository."""
    roots: tuple[str, ...]
    """Our modules that are started; all they reach is in the image."""


def images() -> list[Image]:
    """All of them, functions first."""
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


def named(name: str) -> Image:
    """The image of this name; `LookupError` names those there are."""
    known = {image.name: image for image in images()}
    if name not in known:
        raise LookupError(f"there is no image {name!r}, only {', '.join(known)}")
    return known[name]


def version() -> str:
    """The project's, which every image is tagged with."""
    told: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return told


def reference(image: Image, registry: str = REGISTRY) -> str:
    """Where it is pushed to."""
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
