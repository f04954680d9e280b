"""Every function of the manifests behind the server that a laptop runs, on engines that are given."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from shared.testing.valkey_process import free_port
from tests.support.eventing.processes import ROOT, Process
from tests.support.functions.catalogue import ENV


@contextmanager
def served(
    environment: Mapping[str, str], folder: Path, manifests: Path = ROOT / "knative", options: Sequence[str] = ()
) -> Iterator[str]:
    """The address of the public door; whatever the environment does not name leads nowhere."""
    public, internal = free_port(), free_port()
    own = ["--public-port", str(public), "--internal-port", str(internal), "--eventing-url", "http://127.0.0.1:1"]
    url = f"http://127.0.0.1:{public}"
    base = {name: value for name, value in ENV.items() if name != "FUNCTIONS_URL"}  # the server makes its own
    functions = Process(
        ["knative.local.serve", "--manifests", str(manifests), *own, *options],
        {**base, **environment},
        f"{url}/health/live",
        folder / "functions.log",
    )
    functions.start()
    try:
        yield url
    finally:
        functions.end(signal.SIGKILL)
