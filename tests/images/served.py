"""Serves a function's image as its Service on a cluster: the image's command with the manifest's variables."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from k8s.images import rehearsal
from k8s.images.catalogue import ROOT, Image
from knative.manifests import kubernetes_yaml
from shared.testing.valkey_process import free_port
from tests.support.waiting import NO_AUTHORITIES

FIGURES: dict[str, str] = {}
"""Measured sizes and times, printed at the end of a run."""
_GIVE_UP_S = 60.0


def manifest_variables(image: Image, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of its container: values as they are, references from the environment."""
    documents = kubernetes_yaml.load_all((ROOT / "knative" / f"{image.name}.yaml").read_text("utf-8"))
    service: dict[str, Any] = next(each for each in documents if each["kind"] == "Service")
    (container,) = service["spec"]["template"]["spec"]["containers"]
    settings = {each["name"]: each.get("value", environment.get(each["name"], "")) for each in container["env"]}
    return {name: value for name, value in settings.items() if value}


@contextmanager
def served(image: Image, environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Yield the address of the function when it is ready; afterwards its log must be empty."""
    layout = rehearsal.lay_out(image, folder)
    port, log = free_port(), folder / "log"
    settings = manifest_variables(image, environment) | {"PORT": str(port), "K_SINK": environment["K_SINK"]}
    started_s = time.perf_counter()
    with rehearsal.run_image(layout, settings, log) as process:
        url = f"http://127.0.0.1:{port}"
        wait(f"{url}/health/ready", process, log)
        ready_ms = (time.perf_counter() - started_s) * 1000
        note = "" if rehearsal.read_only_wrapper(layout)[0] else ", but the file system was writable here"
        FIGURES[image.name] = f"{layout.size_bytes() / 1e6:5.0f} MB, ready after {ready_ms:4.0f} ms{note}"
        try:
            yield url
        finally:
            print(log.read_text())
    assert not log.read_text(), "it logged something"


def wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it returns 200."""
    deadline_s = time.monotonic() + _GIVE_UP_S
    response = "nothing"
    while process.poll() is None and time.monotonic() < deadline_s:
        try:
            if (last := httpx.get(url, timeout=5, verify=NO_AUTHORITIES)).status_code == 200:
                return
            response = last.text
        except httpx.TransportError:
            pass
        time.sleep(0.01)
    raise AssertionError(f"{url} answered {response}; the log: {log.read_text()[-3000:]}")
