"""A function's image served as its Service on a cluster would be: the image's command, the manifest's variables."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from k8s.images import rehearsal
from k8s.images.catalogue import ROOT, Image
from shared.testing.valkey_process import free_port
from tests.support.waiting import NO_AUTHORITIES

FIGURES: dict[str, str] = {}
"""What a rehearsal measured, told at the end of a run."""
_GIVE_UP_S = 60.0


def manifest_variables(image: Image, known: Mapping[str, str]) -> dict[str, str]:
    """What its container is given: texts as they stand, references where the environment at hand knows the name."""
    documents = yaml.safe_load_all((ROOT / "knative" / f"{image.name}.yaml").read_text("utf-8"))
    service: dict[str, Any] = next(each for each in documents if each["kind"] == "Service")
    (container,) = service["spec"]["template"]["spec"]["containers"]
    given = {each["name"]: each.get("value", known.get(each["name"], "")) for each in container["env"]}
    return {name: value for name, value in given.items() if value}


@contextmanager
def served(image: Image, known: Mapping[str, str], folder: Path) -> Iterator[str]:
    """The address of the function, ready; afterwards what it logged must be nothing."""
    place = rehearsal.lay_out(image, folder)
    port, log = free_port(), folder / "log"
    given = manifest_variables(image, known) | {"PORT": str(port), "K_SINK": known["K_SINK"]}
    began_s = time.perf_counter()
    with rehearsal.run_image(place, given, log) as process:
        url = f"http://127.0.0.1:{port}"
        wait(f"{url}/health/ready", process, log)
        ready_ms = (time.perf_counter() - began_s) * 1000
        told = "" if rehearsal.read_only_wrapper(place)[0] else ", but everything could be written to here"
        FIGURES[image.name] = f"{place.size_bytes() / 1e6:5.0f} MB, ready after {ready_ms:4.0f} ms{told}"
        try:
            yield url
        finally:
            print(log.read_text())
    assert not log.read_text(), "it logged something"


def wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers 200."""
    deadline_s = time.monotonic() + _GIVE_UP_S
    answer = "nothing"
    while process.poll() is None and time.monotonic() < deadline_s:
        try:
            if (told := httpx.get(url, timeout=5, verify=NO_AUTHORITIES)).status_code == 200:
                return
            answer = told.text
        except httpx.TransportError:
            pass
        time.sleep(0.01)
    raise AssertionError(f"{url} answered {answer}; the log: {log.read_text()[-3000:]}")
