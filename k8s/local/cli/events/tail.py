"""events as they come in, or every step of theirs, until Ctrl-C"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from k8s.local.cli.exit_codes import OK

POLL_S = 0.2


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is shown."""
    parser.add_argument("--type", default="*", metavar="GLOB", help="only events of such types: '*.updated.v1'")
    parser.add_argument("--broker", default="", help="only events of this broker: default, or touchline/default")
    parser.add_argument("--steps", action="store_true", help="every step: verdicts, attempts, waits, dead letters")
    parser.add_argument("-n", type=int, default=10, metavar="STEPS", help="begin so many steps back (%(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(asked: argparse.Namespace) -> int:
    """Follow the journal of the one platform."""
    from k8s.local import running as outside
    from knative.local.tools.text.terminal import Painter
    from knative.local.tools.trace import tail
    from knative.local.tools.trace.trace_reader import TraceReader
    from knative.manifests.model import Name

    namespace, _, name = asked.broker.rpartition("/")
    broker = Name(namespace=namespace or outside.NAMESPACE, name=name) if name else None
    choice = tail.StepFilter(type=asked.type, broker=broker, every_step=asked.steps)
    paint = Painter.for_stream(sys.stdout)
    with TraceReader(outside.journal(asked.data)) as history:
        for recorded in tail.follow(history, last=asked.n, wait=_wait):
            if choice.wants(recorded.step):
                _print(recorded.as_json() if asked.json else tail.format_step(recorded, paint))
    return OK


def _print(line: str | dict[str, Any]) -> None:
    print(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False))


def _wait() -> None:
    sys.stdout.flush()
    time.sleep(POLL_S)
