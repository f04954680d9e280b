"""A function's queue and time limit through the server that answers: on connections that are used again."""

from __future__ import annotations

import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from shared.testing.valkey_process import free_port
from tests.support.eventing.processes import Process
from tests.support.waiting import eventually

SERVICE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: NAME, namespace: touchline}
spec:
  template:
    spec:
      containerConcurrency: 1
      timeoutSeconds: LIMIT
      containers:
        - image: example.org/slow
          env: [{name: FUNCTION_SOURCE, value: slow.py}, {name: FUNCTION_TARGET, value: handle}]
"""
LIMITS = {"patient": "60", "hasty": "1"}
"""Seconds, by service."""
SLOW = """
import pathlib, time
import functions_framework

@functions_framework.http
def handle(request):
    while not pathlib.Path(request.headers["gate"]).exists():
        time.sleep(0.01)
    return str(len(request.get_data()))
"""


def test_a_full_queue_and_a_late_answer_leave_the_connection_whole(tmp_path: Path) -> None:
    (tmp_path / "knative").mkdir()
    services = [SERVICE.replace("NAME", name).replace("LIMIT", limit) for name, limit in LIMITS.items()]
    (tmp_path / "knative" / "all.yaml").write_text("---".join(services))
    (tmp_path / "slow.py").write_text(SLOW)
    public, internal = free_port(), free_port()
    own = ["--manifests", str(tmp_path / "knative"), "--public-port", str(public), "--internal-port", str(internal)]
    functions = Process(
        ["knative.local.serve", *own, "--eventing-url", "http://127.0.0.1:9", "--workers", "1"],  # limits count per pod
        {},
        f"http://127.0.0.1:{public}/health/live",
        tmp_path / "functions.log",
    )
    functions.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{internal}", timeout=60) as client:

            def ask(service: str) -> tuple[int, str]:
                headers = {"gate": str(tmp_path / f"{service}-gate")}
                answer = client.post(f"/touchline/{service}/", content=b"x" * 100_000, headers=headers)
                return answer.status_code, answer.text

            # One runs, ten wait, two are one too many; then those that were let in are answered.
            with ThreadPoolExecutor(13) as callers:
                asked = [callers.submit(ask, "patient") for _ in range(13)]
                eventually(lambda: sum(each.done() for each in asked) == 2)
                (tmp_path / "patient-gate").touch()
                output = Counter(each.result() for each in asked)
            assert output == {(200, "100000"): 11, (503, "pending request queue full\n"): 2}
            # Time in the queue counts.
            with ThreadPoolExecutor(11) as callers:
                output = Counter(callers.map(ask, ["hasty"] * 11))
            assert output == {(504, "request timeout"): 11}
            (tmp_path / "hasty-gate").touch()
            eventually(lambda: ask("hasty") == (200, "100000"))
    finally:
        functions.end(signal.SIGKILL)
