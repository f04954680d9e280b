"""What the Dockerfile puts into an image: which file of the repository lies where, and what is run to make the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from k8s.images.catalogue import ROOT
from k8s.images.dockerfile import DOCKERFILE, BadDockerfile, Copy, Dockerfile, Run

IGNORE = DOCKERFILE.with_name("Dockerfile.dockerignore")


@dataclass(slots=True)
class Contents:
    """Of one stage."""

    files: dict[str, Path] = field(default_factory=dict)
    """Where a file of the repository lies, by its place in the image."""
    commands: list[str] = field(default_factory=list)
    """What was run, in order, in this stage and in those it copies from."""


def contents(dockerfile: Dockerfile, target: str, build_args: Mapping[str, str]) -> Contents:
    """What a build of this target would hold.

    Raises
    ------
    BadDockerfile : it copies what is not there, or what is kept from the builder.
    """
    found = Contents()
    for step in dockerfile.steps(target, build_args):
        if isinstance(step, Run):
            found.commands.append(step.command)
        elif step.stage:
            other = contents(dockerfile, step.stage, build_args)
            found.files |= dict(_taken(step, other))
            found.commands += [each for each in other.commands if each not in found.commands]
        else:
            found.files |= dict(_placed(step))
    return found


def _taken(step: Copy, other: Contents) -> Iterator[tuple[str, Path]]:
    """From another stage; what is not of the repository was made there by a command."""
    for source in step.sources:
        for place, path in other.files.items():
            if place.startswith(f"{source}/"):
                yield step.destination + place.removeprefix(source), path


def _placed(step: Copy) -> Iterator[tuple[str, Path]]:
    """From the repository: a folder's contents, or a file, by its own name where the destination is a folder."""
    for source in step.sources:
        files = [path for path in _context() if f"{path}/".startswith(f"{source}/")]
        if not files:
            raise BadDockerfile(f"COPY {source}: there is no such thing, or .dockerignore keeps it back")
        for path in files:
            inside = path.removeprefix(source).lstrip("/")
            into = f"{step.destination.rstrip('/')}/{inside or Path(path).name}"
            yield (into if inside or step.destination.endswith("/") else step.destination), ROOT / path


@cache
def _context() -> tuple[str, ...]:
    """Files that reach the builder, relative to the repository."""
    rules = [line for line in IGNORE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    tops = {rule.removeprefix("!").partition("/")[0] for rule in rules if rule.startswith("!")}
    paths = (path for top in sorted(tops) for path in sorted((ROOT / top).rglob("*")) if path.is_file())
    return tuple(name for path in paths if not is_ignored(name := path.relative_to(ROOT).as_posix(), rules))


def is_ignored(path: str, rules: list[str]) -> bool:
    """Whether .dockerignore keeps a file from the builder: the last rule that names it or a folder of it decides."""
    ignored = False
    parents = [path, *(parent.as_posix() for parent in Path(path).parents)][:-1]
    for rule in rules:
        pattern = _pattern(rule.removeprefix("!"))
        if any(pattern.fullmatch(each) for each in parents):
            ignored = not rule.startswith("!")
    return ignored


@cache
def _pattern(rule: str) -> re.Pattern[str]:
    parts = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(parts.get(each, re.escape(each)) for each in re.split(r"(\*\*/|\*)", rule)))
