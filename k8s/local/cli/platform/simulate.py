"""run the data plane in virtual time, with crashes and failing sinks, and check its guarantees

A seed decides everything that happens, so a failure is repeated by its seed.
"""

from __future__ import annotations

import argparse

from knative.simulator.arguments import add as arguments

__all__ = ["arguments", "run"]


def run(args: argparse.Namespace) -> int:
    """Run the simulations; 0 if every property holds, else 1."""
    from knative.simulator import command

    return command.run(args)
