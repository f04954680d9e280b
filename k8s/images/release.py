"""The commands that build, push and sign an image; ``./scripts/images`` prints them, a shell runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from k8s.images import catalogue, dockerfile
from k8s.images.catalogue import ROOT, Image
from k8s.images.rehearsal import CACHE

PLATFORMS = "linux/amd64,linux/arm64"
BILLS = ROOT / ".cache" / "sbom"
"""Where ./scripts/sbom writes."""


def build(image: Image, registry: str, *, push: bool) -> list[str]:
    """What builds an image: into the local store, or into a registry with what proves where it comes from."""
    where = ["--load"]
    if push:
        proof = ["--provenance=mode=max", "--sbom=true"]  # the builder's own bill: what Debian put into the base
        where = ["--push", "--platform", PLATFORMS, *proof, "--metadata-file", _metadata(image)]
    told = [part for name, value in image.build_args.items() for part in ("--build-arg", f"{name}={value}")]
    file = dockerfile.DOCKERFILE.relative_to(ROOT).as_posix()
    return ["docker", "buildx", "build", "--file", file, "--target", image.target, *told, *where,
            "--tag", catalogue.reference(image, registry), "."]  # fmt: skip


def sign(image: Image, registry: str) -> Iterator[list[str]]:
    """What signs a pushed image and attaches our bill of materials, as whoever the shell is logged in as."""
    pushed = f"{catalogue.reference(image, registry).rpartition(':')[0]}@{digest(image)}"
    yield ["cosign", "sign", "--yes", pushed]
    bill = (BILLS / f"{image.name}.cdx.json").relative_to(ROOT).as_posix()
    yield ["cosign", "attest", "--yes", "--type", "cyclonedx", "--predicate", bill, pushed]


def digest(image: Image) -> str:
    """Of the image that was pushed from here; `LookupError` when none was."""
    try:
        told: str = json.loads((ROOT / _metadata(image)).read_text("utf-8"))["containerimage.digest"]
    except (FileNotFoundError, KeyError) as exc:
        raise LookupError(f"{image.name} was not pushed from here: ./scripts/images build --push {image.name}") from exc
    return told


def _metadata(image: Image) -> str:
    return (CACHE / f"{image.name}.json").relative_to(ROOT).as_posix()
