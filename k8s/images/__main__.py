"""``./scripts/images``: list, build, sign and pin images, and write their bills of materials."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from k8s.images import catalogue, dockerfile, rehearsal, release


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked."""
    parser = argparse.ArgumentParser(prog="images", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    some = argparse.ArgumentParser(add_help=False)
    some.add_argument("names", nargs="*", metavar="IMAGE", help="some of them; default all")
    some.add_argument("--registry", default=catalogue.REGISTRY)
    commands.add_parser("list", help="every image: name, target of the Dockerfile, lock").set_defaults(do=listed)
    build = commands.add_parser(
        "build", parents=[some], help="print the commands; ./scripts/images build | sh runs them"
    )
    build.add_argument("--push", action="store_true", help="for every platform, with provenance, to the registry")
    build.set_defaults(do=built)
    commands.add_parser("sign", parents=[some], help="print what signs those pushed").set_defaults(do=signed)
    commands.add_parser("digests", parents=[some], help="of those pushed").set_defaults(do=told)
    commands.add_parser("pin", help="resolve the base image's tag and write its digest here").set_defaults(do=pinned)
    bill = commands.add_parser("sbom", help="CycloneDX bills of materials: of the project and of each image")
    bill.add_argument("--out", type=Path, default=release.BILLS)
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
    rehearsal.CACHE.mkdir(parents=True, exist_ok=True)
    for image in _chosen(asked):
        print(shlex.join(release.build(image, asked.registry, push=asked.push)))
    return 0


def signed(asked: argparse.Namespace) -> int:
    """The commands, for a shell."""
    for image in _chosen(asked):
        for command in release.sign(image, asked.registry):
            print(shlex.join(command))
    return 0


def told(asked: argparse.Namespace) -> int:
    """As `images:` of an overlay wants them."""
    for image in _chosen(asked):
        name = catalogue.reference(image, asked.registry).rpartition(":")[0]
        print(f"- name: {name}\n  newTag: {catalogue.version()}\n  digest: {release.digest(image)}")
    return 0


def _chosen(asked: argparse.Namespace) -> list[catalogue.Image]:
    return [catalogue.named(name) for name in asked.names] or catalogue.images()


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
