"""``./scripts/images``: list the images, print the commands that build them, pin the base image, write their SBOMs."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from k8s.images import catalogue, dockerfile
from k8s.images.catalogue import ROOT, Image

PLATFORMS = "linux/amd64,linux/arm64"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked."""
    parser = argparse.ArgumentParser(prog="images", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every image: name, target of the Dockerfile, lock").set_defaults(do=listed)
    build = commands.add_parser("build", help="print the commands; ./scripts/images build | sh runs them")
    build.add_argument("names", nargs="*", metavar="IMAGE", help="some of them; default all")
    build.add_argument("--registry", default=catalogue.REGISTRY)
    build.add_argument("--push", action="store_true", help="for every platform, with provenance, to the registry")
    build.set_defaults(do=built)
    commands.add_parser("pin", help="resolve the base image's tag and write its digest here").set_defaults(do=pinned)
    bill = commands.add_parser("sbom", help="CycloneDX bills of materials: of the project and of each image")
    bill.add_argument("--out", type=Path, default=ROOT / ".cache" / "sbom")
    bill.set_defaults(do=billed)
    asked = parser.parse_args(arguments)
    try:
        status: int = asked.do(asked)
    except LookupError as exc:
        parser.error(str(exc.args[0]))
    return status


def listed(_: argparse.Namespace) -> int:
    """One line for each."""
    for image in catalogue.images():
        print(f"{image.name:16} {image.target:14} {image.lock}")
    return 0


def built(asked: argparse.Namespace) -> int:
    """The commands, for a shell."""
    for image in [catalogue.named(name) for name in asked.names] or catalogue.images():
        print(shlex.join(command(image, asked.registry, push=asked.push)))
    return 0


def command(image: Image, registry: str, *, push: bool) -> list[str]:
    """What builds an image: into the local store, or into a registry with what proves where it comes from."""
    where = ["--platform", PLATFORMS, "--provenance=mode=max", "--push"] if push else ["--load"]
    told = [part for name, value in image.build_args.items() for part in ("--build-arg", f"{name}={value}")]
    file = dockerfile.DOCKERFILE.relative_to(ROOT).as_posix()
    return ["docker", "buildx", "build", "--file", file, "--target", image.target, *told, *where,
            "--tag", catalogue.reference(image, registry), "."]  # fmt: skip


def pinned(_: argparse.Namespace) -> int:
    """Ask the registry for the digest of the base image's tag as it is today, and write it into the Dockerfile."""
    base = dockerfile.read().base_image("base")
    tag = base.partition("@")[0]
    asked = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", tag]
    answer = subprocess.run(asked, capture_output=True, text=True)
    digest = answer.stdout.strip()
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        print(f"images: {tag} was not resolved: {answer.stderr.strip() or digest}", file=sys.stderr)
        return 1
    text = dockerfile.DOCKERFILE.read_text("utf-8")
    dockerfile.DOCKERFILE.write_text(text.replace(base, f"{tag}@{digest}"), "utf-8")
    print(f"{tag}@{digest}")
    return 0


def billed(asked: argparse.Namespace) -> int:
    """One file for the whole and one for each image."""
    from k8s.images import sbom

    for path in sbom.write(asked.out):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
