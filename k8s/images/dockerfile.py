"""Read our Dockerfile: its stages, their instructions in order, and how the finished images run.

As much of the language as we use. What is not understood is refused, so that what is rehearsed cannot silently differ
from what is built.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

DOCKERFILE = Path(__file__).parent / "Dockerfile"
_KNOWN = {"FROM", "ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class BadDockerfile(ValueError):
    """The Dockerfile says something we do not read."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its name in capitals and the rest of its line."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A build stage."""

    name: str
    base: str
    """Name of another stage, or the reference of an image."""
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One COPY, variables filled in."""

    sources: tuple[str, ...]
    destination: str
    """Absolute; ends with a slash where the sources are put into it."""
    stage: str
    """Where from; empty = the build context."""


@dataclass(frozen=True, slots=True)
class Run:
    """One RUN as it is written."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the finished image says about how it runs."""

    environment: Mapping[str, str]
    workdir: str
    user: str
    stop_signal: str
    command: tuple[str, ...]
    """Entry point and its arguments."""
    ports: tuple[int, ...]


class Dockerfile:
    """The stages of a Dockerfile and what they come to."""

    def __init__(self, text: str) -> None:
        self.stages = {stage.name: stage for stage in _stages(text)}

    def chain(self, target: str) -> list[Stage]:
        """The stage and those it is made from, the first one first."""
        found = [self.stages[target]]
        while (base := found[0].base) in self.stages:
            found.insert(0, self.stages[base])
        return found

    def base_image(self, target: str) -> str:
        """The reference of the image it is made from in the end."""
        return self.chain(target)[0].base

    def steps(self, target: str, build_args: Mapping[str, str]) -> Iterator[Copy | Run]:
        """What fills the stage's file system, in order, its bases' steps included."""
        variables: dict[str, str] = {}
        workdir = "/"
        for instruction in self._instructions(target):
            text = instruction.text
            match instruction.name:
                case "ARG":
                    name, _, default = text.partition("=")
                    variables[name] = build_args.get(name) or _filled(default, variables)
                case "WORKDIR":
                    workdir = text
                case "COPY":
                    yield _copy(_filled(text, variables), workdir)
                case "RUN":
                    yield Run(text)

    def config(self, target: str) -> Config:
        """How a container of this target runs."""
        environment: dict[str, str] = {}
        said = {"WORKDIR": "/", "USER": "0:0", "STOPSIGNAL": "SIGTERM", "ENTRYPOINT": "[]", "CMD": "[]"}
        ports = []
        for instruction in self._instructions(target):
            if instruction.name == "ENV":
                environment |= dict(pair.split("=", 1) for pair in shlex.split(instruction.text))
            elif instruction.name == "EXPOSE":
                ports.append(int(instruction.text))
            elif instruction.name in said:
                said[instruction.name] = instruction.text
        return Config(
            environment=environment,
            workdir=said["WORKDIR"],
            user=said["USER"],
            stop_signal=said["STOPSIGNAL"],
            command=(*json.loads(said["ENTRYPOINT"]), *json.loads(said["CMD"])),
            ports=tuple(ports),
        )

    def _instructions(self, target: str) -> Iterator[Instruction]:
        return (each for stage in self.chain(target) for each in stage.instructions)


def read(path: Path = DOCKERFILE) -> Dockerfile:
    """Ours."""
    return Dockerfile(path.read_text("utf-8"))


def _stages(text: str) -> Iterator[Stage]:
    name, base, instructions = "", "", list[Instruction]()
    for instruction in _lines(text):
        if instruction.name != "FROM":
            instructions.append(instruction)
            continue
        if name:
            yield Stage(name, base, tuple(instructions))
        found = re.fullmatch(r"(\S+) AS (\S+)", instruction.text)
        if found is None:
            raise BadDockerfile(f"FROM {instruction.text}: every stage has a name")
        base, name, instructions = found[1], found[2], []
    yield Stage(name, base, tuple(instructions))


def _lines(text: str) -> Iterator[Instruction]:
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in code.replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        if not name:
            continue
        if name not in _KNOWN:
            raise BadDockerfile(f"{name} is not an instruction we use")
        yield Instruction(name, " ".join(rest.split()))


def _filled(text: str, variables: Mapping[str, str]) -> str:
    """With its variables; one without a value is a build argument that was forgotten."""

    def value(found: re.Match[str]) -> str:
        if not variables.get(found[1]):
            raise BadDockerfile(f"{text}: give --build-arg {found[1]}")
        return variables[found[1]]

    return _VARIABLE.sub(value, text)


def _copy(text: str, workdir: str) -> Copy:
    *sources, destination = text.split()
    stage = ""
    if sources[0].startswith("--from="):
        stage = sources.pop(0).removeprefix("--from=")
    if any(source.startswith("--") for source in sources):
        raise BadDockerfile(f"COPY {text}: of its options only --from is read")
    if not destination.startswith("/"):
        destination = f"{workdir.rstrip('/')}/{destination}"
    return Copy(tuple(sources), destination, stage)
