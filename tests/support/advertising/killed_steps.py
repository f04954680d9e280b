"""Runs one request of top-ups at a time in a process of its own that is killed (9) at its n-th step.

Started once as ``python -m tests.support.advertising.killed_steps`` with the function's environment; it reads a request
in JSON from each line and answers with a line: whether the request's process was killed. It is killed before a
statement, before the end of a transaction, before a call of a payment provider or right after one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.reference import ROOT


@dataclass
class KilledRequests:
    """The process that forks one for each request."""

    environment: dict[str, str]

    def __enter__(self) -> KilledRequests:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**self.environment, "PATH": os.environ.get("PATH", "")},
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def run(self, kill_at: int, **request: Any) -> bool:
        """Do a request; whether it was killed before it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"kill_at": kill_at, **request}) + "\n")
        self._process.stdin.flush()
        return bool(json.loads(self._process.stdout.readline())["killed"])


def main() -> None:
    """Fork for each line; the imports are done once."""
    from functions.top_ups import wiring
    from shared import lazy
    from shared.adapters.postgres import ledger_blocks
    from shared.settings.loading import load_settings

    lazy.import_registered()
    settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
    setattr(ledger_blocks.BlockSealer, "notify", lambda _: None)  # noqa: B010 - for mypy, which knows its type
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _count_steps(request["kill_at"])
            _do(request, wiring.build(settings))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        if not killed and os.WEXITSTATUS(status):
            raise SystemExit(f"the request failed by itself: {request}")
        print(json.dumps({"killed": killed}), flush=True)


def _do(request: dict[str, Any], deps: Any) -> None:
    from functions.top_ups import service
    from shared.domain.money.ledger import request_key
    from shared.security.tokens import Caller

    match request["task"]:
        case "create":
            caller = Caller(user_id=request["user_id"], username="", roles=())
            key = request_key("test", request["key"], {})
            assert key is not None
            service.create(caller, request["store_id"], request["provider"], request["amount"], key, deps)
        case "webhook":
            body = bytes.fromhex(request["body"])
            service.receive(request["provider"], request["headers"], body, "", deps)
        case "ask":
            service.ask_due(deps)


def _count_steps(kill_at: int) -> None:
    import psycopg

    from shared.adapters.payments.api_client import ApiClient

    n_steps = 0

    def step() -> None:
        nonlocal n_steps
        if n_steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        n_steps += 1

    def stepping(work: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            step()
            try:
                return work(*args, **kwargs)
            finally:
                if after:
                    step()

        return stepped

    psycopg.Cursor.execute = stepping(psycopg.Cursor.execute)  # type: ignore[method-assign]
    psycopg.Transaction.__exit__ = stepping(psycopg.Transaction.__exit__)  # type: ignore[method-assign]
    ApiClient._request = stepping(ApiClient._request, after=True)  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
