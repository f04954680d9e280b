"""write the files of a new function: package, test, manifest, route, policies, image, README row

NAME is lower-case words joined by hyphens, verb first, such as settle-bets. The function answers `GET /NAME` with the
time by its clock, and its health; from there it is yours. Needs the development packages: ./scripts/setup --dev.
"""

from __future__ import annotations

import argparse

from k8s.local.cli.exit_codes import OK


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the name, area and summary."""
    parser.add_argument("name", metavar="NAME", help="name of the function")
    parser.add_argument("--area", default="football", help="its area in the README's table (%(default)s)")
    parser.add_argument("--summary", default="", help="what it does, in one sentence")


def run(args: argparse.Namespace) -> int:
    """Write the files and print their names."""
    from k8s.scaffold import naming, new_function

    function = naming.parse(args.name, args.area, args.summary)
    for path in new_function.create(function):
        print(path)
    print(f"Next: ./scripts/touchline lint, ./scripts/check, then write functions/{function.folder}/service.py.")
    return OK
