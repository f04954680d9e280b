"""Bills of materials of each image and of the project from the locks, in CycloneDX 1.6.

They list packages with the hashes they are installed by, and the base image with its digest. The packages of Debian in
the base image are listed by the builder (see k8s/README.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.markers import Marker

from k8s.images import catalogue, dockerfile
from k8s.images.catalogue import ROOT, Image

_PIN = re.compile(
    r"^(?P<name>\S+)==(?P<version>\S+)(?: ; (?P<marker>.*?))? \\\n(?P<hashes>(?:    --hash=.*\n?)+)", re.M
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_BASE = re.compile(r".*/(?P<name>[^/:]+):(?P<tag>(?P<python>[0-9.]+)[^@]*)@sha256:(?P<digest>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Pin:
    """One locked release."""

    name: str
    version: str
    marker: str
    """Marker of the environments that install it; empty = all."""
    sha256: tuple[str, ...]
    """Hashes of its files that may be installed."""


def pins(lock: Path) -> list[Pin]:
    """Return the releases of a lock."""
    text = (ROOT / lock).read_text("utf-8")
    return [
        Pin(each["name"], each["version"], each["marker"] or "", tuple(_HASH.findall(each["hashes"])))
        for each in _PIN.finditer(text)
    ]


def project_bill() -> Bom:
    """Return the bill of the project with the packages of every environment."""
    return _bill("touchline", ComponentType.APPLICATION, (_package(pin) for pin in pins(Path("requirements.lock"))))


def image_bill(image: Image) -> Bom:
    """Return the bill of an image: its base, and the packages of its lock that its Python on Linux installs."""
    base = _BASE.fullmatch(dockerfile.load().base_image(image.target))
    if base is None:
        raise dockerfile.InvalidDockerfile("the base image is not pinned by a tag and a digest")
    environment = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": base["python"],
        "python_version": ".".join(base["python"].split(".")[:2]),
        "sys_platform": "linux",
    }
    installed = (pin for pin in pins(image.lock) if not pin.marker or Marker(pin.marker).evaluate(environment))
    return _bill(image.name, ComponentType.CONTAINER, [_base(base), *(_package(pin) for pin in installed)])


def write(folder: Path) -> Iterator[Path]:
    """Write one file for the project and one for each image; yield their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for bill in (project_bill(), *(image_bill(image) for image in catalogue.images())):
        if bill.metadata.component is not None:
            path = folder / f"{bill.metadata.component.name}.cdx.json"
            path.write_text(text(bill), "utf-8")
            yield path


def text(bill: Bom) -> str:
    """Return a bill as JSON."""
    return make_outputter(bill, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2) + "\n"


def _bill(name: str, kind: ComponentType, parts: Iterator[Component] | list[Component]) -> Bom:
    bill = Bom(components=parts)
    bill.metadata.component = Component(name=name, type=kind, version=catalogue.version(), bom_ref=name)
    bill.register_dependency(bill.metadata.component, bill.components)
    return bill


def _package(pin: Pin) -> Component:
    return Component(
        name=pin.name,
        version=pin.version,
        purl=(purl := PackageURL("pypi", None, pin.name, pin.version)),
        bom_ref=str(purl),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in pin.sha256],
    )


def _base(base: re.Match[str]) -> Component:
    purl = PackageURL("oci", None, base["name"], f"sha256:{base['digest']}", {"tag": base["tag"]})
    return Component(
        name=base["name"],
        type=ComponentType.CONTAINER,
        version=base["tag"],
        purl=purl,
        bom_ref=str(purl),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=base["digest"])],
    )
