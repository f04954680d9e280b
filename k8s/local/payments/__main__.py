"""Start the stand-in payment provider: `python -m k8s.local.payments`; the first line on stdout has its address."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence

from k8s.local.payments.faults import FAULTS, parse
from k8s.local.payments.server import Provider


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; return the exit code."""
    parser = argparse.ArgumentParser(prog="payments", description="A stand-in for payment providers. No real money.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--hooks-url", default="", help="where webhooks go; the provider's name is added")
    parser.add_argument(
        "--hostile", default="", metavar="FAULT=SHARE,...", help=f"from 0 to 1; faults: {', '.join(FAULTS)}"
    )
    parser.add_argument("--hostile-seed", type=int, default=0)
    options = parser.parse_args(arguments)
    secret = os.environ.get("STRIPE_WEBHOOK_SECRETS", "whsec_simulated").partition(",")[0]
    try:
        faults = parse(options.hostile, seed=options.hostile_seed)
    except ValueError as exc:
        parser.error(str(exc))
    provider = Provider(port=options.port, secret=secret, hooks_url=options.hooks_url)
    provider.faults = faults
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    print(json.dumps({"url": provider.url}), flush=True)
    provider.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
