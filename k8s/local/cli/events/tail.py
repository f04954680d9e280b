"""follow events as they are received, or every step of them, until Ctrl-C"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from k8s.local.cli.exit_codes import OK
from knative.local.tools.text.printable_json import dump_json

POLL_S = 0.2


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the filters and the form of the output."""
    parser.add_argument("--type", default="*", metavar="GLOB", help="only types that match, such as '*.updated.v1'")
    parser.add_argument("--broker", default="", help="only events of this Broker, such as default or touchline/default")
    parser.add_argument("--steps", action="store_true", help="every step: verdicts, attempts, waits, dead letters")
    parser.add_argument("-n", type=int, default=10, metavar="STEPS", help="begin this many steps back (%(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Follow the journal of the only platform."""
    from k8s.local import running_platform
    from knative.local.tools.text.terminal import Painter
    from knative.local.tools.trace import tail
    from knative.local.tools.trace.trace_reader import TraceReader
    from knative.manifests.model import Name

    namespace, _, name = args.broker.rpartition("/")
    broker = Name(namespace=namespace or running_platform.NAMESPACE, name=name) if name else None
    choice = tail.StepFilter(type=args.type, broker=broker, every_step=args.steps)
    paint = Painter.for_stream(sys.stdout)
    with TraceReader(running_platform.find_journal(args.data)) as history:
        for recorded in tail.follow(history, last=args.n, wait=_wait):
            if choice.wants(recorded.step):
                _print(recorded.as_json() if args.json else tail.format_step(recorded, paint))
    return OK


def _print(line: str | dict[str, Any]) -> None:
    print(line if isinstance(line, str) else dump_json(line))


def _wait() -> None:
    sys.stdout.flush()
    time.sleep(POLL_S)
