"""The commands that build, push and sign an image; ``./scripts/images`` prints them, a shell runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from k8s.images import catalogue, dockerfile
from k8s.images.catalogue import ROOT, Image
from k8s.images.rehearsal import CACHE

PLATFORMS = "linux/amd64,linux/arm64"
BILLS = ROOT / ".cache" / "sbom"
"""Folder of ./scripts/sbom."""


def build(image: Image, registry: str, *, push: bool) -> list[str]:
    """Return the command that builds an image: into the local store, or into a registry with its provenance."""
    where = ["--load"]
    if push:
        proof = ["--provenance=mode=max", "--sbom=true"]  # the builder's own bill lists Debian's packages
        where = ["--push", "--platform", PLATFORMS, *proof, "--metadata-file", _metadata(image)]
    build_args = [part for name, value in image.build_args.items() for part in ("--build-arg", f"{name}={value}")]
    file = dockerfile.DOCKERFILE.relative_to(ROOT).as_posix()
    return ["docker", "buildx", "build", "--file", file, "--target", image.target, *build_args, *where,
            "--tag", catalogue.reference(image, registry), "."]  # fmt: skip


def sign(image: Image, registry: str) -> Iterator[list[str]]:
    """Yield the commands that sign a pushed image and attach our bill of materials, with the login of the shell."""
    pushed = f"{catalogue.reference(image, registry).rpartition(':')[0]}@{digest(image)}"
    yield ["cosign", "sign", "--yes", pushed]
    bill = (BILLS / f"{image.name}.cdx.json").relative_to(ROOT).as_posix()
    yield ["cosign", "attest", "--yes", "--type", "cyclonedx", "--predicate", bill, pushed]


def digest(image: Image) -> str:
    """Return the digest of the image that was pushed from here; `LookupError` if none was."""
    try:
        text: str = json.loads((ROOT / _metadata(image)).read_text("utf-8"))["containerimage.digest"]
    except (FileNotFoundError, KeyError) as exc:
        raise LookupError(f"{image.name} was not pushed from here: ./scripts/images build --push {image.name}") from exc
    return text


def _metadata(image: Image) -> str:
    return (CACHE / f"{image.name}.json").relative_to(ROOT).as_posix()
