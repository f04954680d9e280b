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
    """Run one command."""
    parser = argparse.ArgumentParser(prog="images", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    some = argparse.ArgumentParser(add_help=False)
    some.add_argument("names", nargs="*", metavar="IMAGE", help="only these images (default: all)")
    some.add_argument("--registry", default=catalogue.REGISTRY)
    commands.add_parser("list", help="every image: name, target of the Dockerfile, lock").set_defaults(do=print_images)
    build = commands.add_parser(
        "build", parents=[some], help="print the commands; ./scripts/images build | sh runs them"
    )
    build.add_argument("--push", action="store_true", help="for every platform, with provenance, to the registry")
    build.set_defaults(do=print_build_commands)
    sign = commands.add_parser("sign", parents=[some], help="print the commands that sign pushed images")
    sign.set_defaults(do=print_sign_commands)
    digests = commands.add_parser("digests", parents=[some], help="print the digests of pushed images")
    digests.set_defaults(do=print_digests)
    pin = commands.add_parser("pin", help="resolve the base image's tag and write its digest into the Dockerfile")
    pin.set_defaults(do=pin_base_image)
    bill = commands.add_parser("sbom", help="CycloneDX bills of materials: of the project and of each image")
    bill.add_argument("--out", type=Path, default=release.BILLS)
    bill.set_defaults(do=write_bills)
    args = parser.parse_args(arguments)
    try:
        status: int = args.do(args)
    except LookupError as exc:
        parser.error(str(exc.args[0]))
    return status


def print_images(_: argparse.Namespace) -> int:
    """Print a line for each image."""
    for image in catalogue.images():
        print(f"{image.name:16} {image.target:14} {image.lock}")
    return 0


def print_build_commands(args: argparse.Namespace) -> int:
    """Print the commands for a shell."""
    rehearsal.CACHE.mkdir(parents=True, exist_ok=True)
    for image in _select(args):
        print(shlex.join(release.build(image, args.registry, push=args.push)))
    return 0


def print_sign_commands(args: argparse.Namespace) -> int:
    """Print the commands for a shell."""
    for image in _select(args):
        for command in release.sign(image, args.registry):
            print(shlex.join(command))
    return 0


def print_digests(args: argparse.Namespace) -> int:
    """Print the digests as entries of `images:` in an overlay."""
    for image in _select(args):
        name = catalogue.reference(image, args.registry).rpartition(":")[0]
        print(f"- name: {name}\n  newTag: {catalogue.version()}\n  digest: {release.digest(image)}")
    return 0


def _select(args: argparse.Namespace) -> list[catalogue.Image]:
    return [catalogue.find_image(name) for name in args.names] or catalogue.images()


def pin_base_image(_: argparse.Namespace) -> int:
    """Resolve the tag of the base image in its registry and write the digest into the Dockerfile."""
    base = dockerfile.load().base_image("base")
    tag = base.partition("@")[0]
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", tag]
    completed = subprocess.run(command, capture_output=True, text=True)
    digest = completed.stdout.strip()
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        print(f"images: {tag} could not be resolved: {completed.stderr.strip() or digest}", file=sys.stderr)
        return 1
    text = dockerfile.DOCKERFILE.read_text("utf-8")
    dockerfile.DOCKERFILE.write_text(text.replace(base, f"{tag}@{digest}"), "utf-8")
    print(f"{tag}@{digest}")
    return 0


def write_bills(args: argparse.Namespace) -> int:
    """Write one bill for the project and one for each image."""
    from k8s.images import sbom

    for path in sbom.write(args.out):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
