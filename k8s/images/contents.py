"""Contents of an image by the Dockerfile: files of the repository, and the commands that make the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from k8s.images.catalogue import ROOT
from k8s.images.dockerfile import DOCKERFILE, Copy, Dockerfile, InvalidDockerfile, Run

IGNORE = DOCKERFILE.with_name("Dockerfile.dockerignore")


@dataclass(slots=True)
class Contents:
    """Contents of one stage."""

    files: dict[str, Path] = field(default_factory=dict)
    """Files of the repository by their paths in the image."""
    commands: list[str] = field(default_factory=list)
    """Commands of this stage and of those it copies from, in order."""


def read_contents(dockerfile: Dockerfile, target: str, build_args: Mapping[str, str]) -> Contents:
    """Return the contents of a build of this target.

    Raises
    ------
    InvalidDockerfile : it copies a file that does not exist or that .dockerignore excludes.
    """
    result = Contents()
    for step in dockerfile.steps(target, build_args):
        if isinstance(step, Run):
            result.commands.append(step.command)
        elif step.stage:
            other = read_contents(dockerfile, step.stage, build_args)
            result.files |= dict(_copy_from_stage(step, other))
            result.commands += [each for each in other.commands if each not in result.commands]
        else:
            result.files |= dict(_copy_from_context(step))
    return result


def _copy_from_stage(step: Copy, other: Contents) -> Iterator[tuple[str, Path]]:
    """Copy from another stage; files that are not of the repository were made there by a command."""
    for source in step.sources:
        for place, path in other.files.items():
            if place.startswith(f"{source}/"):
                yield step.destination + place.removeprefix(source), path


def _copy_from_context(step: Copy) -> Iterator[tuple[str, Path]]:
    """Copy from the repository: the contents of a folder, or a file, which keeps its name in a folder."""
    for source in step.sources:
        files = [path for path in _context() if f"{path}/".startswith(f"{source}/")]
        if not files:
            raise InvalidDockerfile(f"COPY {source}: it does not exist, or .dockerignore excludes it")
        for path in files:
            inside = path.removeprefix(source).lstrip("/")
            into = f"{step.destination.rstrip('/')}/{inside or Path(path).name}"
            yield (into if inside or step.destination.endswith("/") else step.destination), ROOT / path


@cache
def _context() -> tuple[str, ...]:
    """Return the files that reach the builder, relative to the repository."""
    rules = [line for line in IGNORE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    tops = {rule.removeprefix("!").partition("/")[0] for rule in rules if rule.startswith("!")}
    paths = (path for top in sorted(tops) for path in sorted((ROOT / top).rglob("*")) if path.is_file())
    return tuple(name for path in paths if not is_ignored(name := path.relative_to(ROOT).as_posix(), rules))


def is_ignored(path: str, rules: list[str]) -> bool:
    """Return whether .dockerignore excludes a file: the last rule that matches it or a folder of it decides."""
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
