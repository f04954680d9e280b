"""A real Kubernetes API server with its etcd, for the tests that hold manifests against one.

Both programs are looked for in ``KUBEBUILDER_ASSETS``, where controller-runtime's envtest looks for them as well. No
controller, scheduler or kubelet runs: the server takes objects, defaults and validates them, and does nothing else.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.testing.valkey_process import free_port

ASSETS = "KUBEBUILDER_ASSETS"
PATIENCE_S = 120.0
_TOKEN = "a-token-of-a-throw-away-server"  # nosec B105 - of a server on loopback that ends with the test


def missing_assets() -> str:
    """Say which program is not there; empty when both are."""
    folder = os.environ.get(ASSETS, "")
    if not folder:
        return f"{ASSETS} does not say where kube-apiserver and etcd are"
    absent = [name for name in ("etcd", "kube-apiserver") if not os.access(Path(folder) / name, os.X_OK)]
    return f"{folder} ({ASSETS}) holds no {' and no '.join(absent)}" if absent else ""


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running server, spoken to by kubectl."""

    program: Path
    """kubectl."""
    port: int
    home: Path

    def kubectl(self, *arguments: str, text: str = "", may_fail: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a command; `text` is its input."""
        own = ["--server", f"https://127.0.0.1:{self.port}", "--token", _TOKEN, "--insecure-skip-tls-verify"]
        done = subprocess.run(
            [str(self.program), *own, *arguments],
            input=text,
            capture_output=True,
            text=True,
            env={**os.environ, "HOME": str(self.home), "KUBECONFIG": os.devnull},
        )
        assert may_fail or done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done

    def wait_until_ready(self, process: subprocess.Popen[bytes], log: Path) -> None:
        """Return once it answers; say what it wrote when it ends before that."""
        last = time.monotonic() + PATIENCE_S
        while self.kubectl("get", "--raw", "/readyz", may_fail=True).returncode != 0:
            assert process.poll() is None, log.read_text()[-4000:]
            assert time.monotonic() < last, log.read_text()[-4000:]
            time.sleep(0.5)


@contextmanager
def run_api_server(folder: Path, kubectl: Path) -> Iterator[ApiServer]:
    """Start etcd and the server with their data below an empty folder; both end with the block."""
    assets = Path(os.environ[ASSETS])
    etcd_port, peer_port, port = free_port(), free_port(), free_port()
    key, tokens = folder / "accounts.key", folder / "tokens.csv"
    _write_key(key)
    tokens.write_text(f"{_TOKEN},admin,1,system:masters\n")
    etcd = [
        str(assets / "etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{etcd_port}",
        f"--advertise-client-urls=http://127.0.0.1:{etcd_port}",
        f"--listen-peer-urls=http://127.0.0.1:{peer_port}",
        "--unsafe-no-fsync",
    ]
    server = [
        str(assets / "kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        f"--cert-dir={folder / 'certificates'}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--disable-admission-plugins=ServiceAccount",
    ]
    with _running(etcd, folder / "etcd.log"), _running(server, folder / "server.log") as process:
        api = ApiServer(kubectl, port, folder)
        api.wait_until_ready(process, folder / "server.log")
        yield api


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _write_key(path: Path) -> None:
    """Keys of service accounts, which nobody here has."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
