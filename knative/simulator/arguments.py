"""The command line, apart from what it starts: commands that have to answer at once import it."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: which scenario, and how much of it is printed."""
    parser.add_argument("--scenario", default="any", metavar="NAME", help="any: one drawn from the seed (%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="decides everything that happens (%(default)s)"
    )
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="try so many from there, print the bad ones")
    parser.add_argument("--events", type=int, default=20, metavar="N", help="how many are sent (%(default)s)")
    parser.add_argument("--event", type=int, metavar="N", help="print the trace of this event only")
    parser.add_argument("--quiet", action="store_true", help="print the verdict only")
