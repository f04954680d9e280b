"""``python -m knative.simulator --scenario crashes --seed 7``: replay what a seed decides and check the properties."""

from __future__ import annotations

import argparse
import sys

from knative.simulator import arguments, command
from shared.errors import InvalidInput


def main(argv: list[str] | None = None) -> int:
    """Return 0 when every property holds, 1 when one is broken, 2 for a scenario that there is not."""
    parser = argparse.ArgumentParser(prog="knative.simulator", description="The data plane in virtual time.")
    arguments.add(parser)
    try:
        return command.run(parser.parse_args(argv))
    except InvalidInput as exc:
        print(f"simulator: {exc}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
