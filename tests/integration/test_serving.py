"""A function's queue and time limit through the server that answers: on connections that are used again."""

from __future__ import annotations

import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from shared.testing.valkey_process import free_port
from tests.integration.knative_stack import Process
from tests.waiting import eventually

MANIFESTS = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: slow, namespace: touchline}
spec:
  template:
    spec:
      containerConcurrency: 1
      timeoutSeconds: 1
      containers:
        - image: example.org/slow
          env: [{name: FUNCTION_SOURCE, value: slow.py}, {name: FUNCTION_TARGET, value: handle}]
"""
SLOW = """
import time
import functions_framework

@functions_framework.http
def handle(request):
    time.sleep(float(request.headers["seconds"]))
    return str(len(request.get_data()))
"""


def test_a_full_queue_and_a_late_answer_leave_the_connection_whole(tmp_path: Path) -> None:
    (tmp_path / "knative").mkdir()
    (tmp_path / "knative" / "all.yaml").write_text(MANIFESTS)
    (tmp_path / "slow.py").write_text(SLOW)
    public, internal = free_port(), free_port()
    own = ["--manifests", str(tmp_path / "knative"), "--public-port", str(public), "--internal-port", str(internal)]
    functions = Process(
        ["knative.local.serve", *own, "--eventing-url", "http://127.0.0.1:9"],
        {},
        f"http://127.0.0.1:{public}/health/live",
        tmp_path / "functions.log",
    )
    functions.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{internal}", timeout=10) as client:

            def ask(seconds: float) -> tuple[int, str]:
                answer = client.post("/touchline/slow/", content=b"x" * 100_000, headers={"seconds": str(seconds)})
                return answer.status_code, answer.text

            with ThreadPoolExecutor(13) as callers:
                told = Counter(callers.map(ask, [1.2] * 13))
            assert told == {(504, "request timeout"): 11, (503, "pending request queue full\n"): 2}
            assert eventually(lambda: ask(0)) == (200, "100000")
    finally:
        functions.end(signal.SIGKILL)
