"""Parses our Dockerfile: its stages, their instructions in order, and the configuration of the finished images.

Only the instructions that we use. Others are refused, so that a rehearsal cannot silently differ from a build.
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


class InvalidDockerfile(ValueError):
    """The Dockerfile contains something that this parser does not support."""


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
    """Stage to copy from; empty = the build context."""


@dataclass(frozen=True, slots=True)
class Run:
    """One RUN as it is written."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """Configuration of a container of the finished image."""

    environment: Mapping[str, str]
    workdir: str
    user: str
    stop_signal: str
    command: tuple[str, ...]
    """Entry point and its arguments."""
    ports: tuple[int, ...]


class Dockerfile:
    """The stages of a Dockerfile, and the images they make."""

    def __init__(self, text: str) -> None:
        self.stages = {stage.name: stage for stage in _stages(text)}

    def chain(self, target: str) -> list[Stage]:
        """Return the stages that a stage is made from, the first one first, and itself."""
        stages = [self.stages[target]]
        while (base := stages[0].base) in self.stages:
            stages.insert(0, self.stages[base])
        return stages

    def base_image(self, target: str) -> str:
        """Return the reference of the base image of a stage."""
        return self.chain(target)[0].base

    def steps(self, target: str, build_args: Mapping[str, str]) -> Iterator[Copy | Run]:
        """Yield the steps that fill the file system of a stage in order, with those of its bases."""
        variables: dict[str, str] = {}
        workdir = "/"
        for instruction in self._instructions(target):
            text = instruction.text
            match instruction.name:
                case "ARG":
                    name, _, default = text.partition("=")
                    variables[name] = build_args.get(name) or _expand(default, variables)
                case "WORKDIR":
                    workdir = text
                case "COPY":
                    yield _copy(_expand(text, variables), workdir)
                case "RUN":
                    yield Run(text)

    def config(self, target: str) -> ImageConfig:
        """Return the configuration of containers of this target."""
        environment: dict[str, str] = {}
        values = {"WORKDIR": "/", "USER": "0:0", "STOPSIGNAL": "SIGTERM", "ENTRYPOINT": "[]", "CMD": "[]"}
        ports = []
        for instruction in self._instructions(target):
            if instruction.name == "ENV":
                environment |= dict(pair.split("=", 1) for pair in shlex.split(instruction.text))
            elif instruction.name == "EXPOSE":
                ports.append(int(instruction.text))
            elif instruction.name in values:
                values[instruction.name] = instruction.text
        return ImageConfig(
            environment=environment,
            workdir=values["WORKDIR"],
            user=values["USER"],
            stop_signal=values["STOPSIGNAL"],
            command=(*json.loads(values["ENTRYPOINT"]), *json.loads(values["CMD"])),
            ports=tuple(ports),
        )

    def _instructions(self, target: str) -> Iterator[Instruction]:
        return (each for stage in self.chain(target) for each in stage.instructions)


def load(path: Path = DOCKERFILE) -> Dockerfile:
    """Load our Dockerfile."""
    return Dockerfile(path.read_text("utf-8"))


def _stages(text: str) -> Iterator[Stage]:
    name, base, instructions = "", "", list[Instruction]()
    for instruction in _lines(text):
        if instruction.name != "FROM":
            instructions.append(instruction)
            continue
        if name:
            yield Stage(name, base, tuple(instructions))
        match = re.fullmatch(r"(\S+) AS (\S+)", instruction.text)
        if match is None:
            raise InvalidDockerfile(f"FROM {instruction.text}: every stage has a name")
        base, name, instructions = match[1], match[2], []
    yield Stage(name, base, tuple(instructions))


def _lines(text: str) -> Iterator[Instruction]:
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in code.replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        if not name:
            continue
        if name not in _KNOWN:
            raise InvalidDockerfile(f"{name} is not an instruction we use")
        yield Instruction(name, " ".join(rest.split()))


def _expand(text: str, variables: Mapping[str, str]) -> str:
    """Expand variables; one without a value is a missing build argument."""

    def value(match: re.Match[str]) -> str:
        if not variables.get(match[1]):
            raise InvalidDockerfile(f"{text}: give --build-arg {match[1]}")
        return variables[match[1]]

    return _VARIABLE.sub(value, text)


def _copy(text: str, workdir: str) -> Copy:
    *sources, destination = text.split()
    stage = ""
    if sources[0].startswith("--from="):
        stage = sources.pop(0).removeprefix("--from=")
    if any(source.startswith("--") for source in sources):
        raise InvalidDockerfile(f"COPY {text}: of its options only --from is read")
    if not destination.startswith("/"):
        destination = f"{workdir.rstrip('/')}/{destination}"
    return Copy(tuple(sources), destination, stage)
