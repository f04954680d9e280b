"""suggest which clubs the unreviewed names of an archive belong to

Reads the files of two sources. For each name that is not on the list of clubs it prints which team of the other source
has the same scores on the same days. It changes nothing: to accept a suggestion, add a row to
shared/domain/catalogue/data/clubs.csv.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from k8s.local.cli.exit_codes import OK

if TYPE_CHECKING:
    from shared.domain.archives.seasons import Season


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two sources."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    suggest = actions.add_parser("suggest", help="print suggestions as CSV")
    suggest.add_argument("source", metavar="SOURCE", help="the archive with unreviewed names")
    suggest.add_argument("place", metavar="PATH|URL", help="its files")
    suggest.add_argument(
        "--against", nargs=2, required=True, metavar=("SOURCE", "PATH|URL"), help="the archive to compare with"
    )
    suggest.add_argument("--all", action="store_true", help="also names that are on the list")


def run(args: argparse.Namespace) -> int:
    """Print suggestions, those with the most evidence first."""
    from shared.adapters.sources import club_suggestions as suggestions

    suggested = suggestions.suggest(_seasons(args.source, args.place), _seasons(*args.against))
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("source", "country", "name", "might be", "of", "agree", "of matches", "same name"))
    for one in suggested:
        if args.all or not one.is_listed:
            like = (one.other_name, one.other_source, one.n_agree, one.n_matches, "yes" if one.same_name else "no")
            table.writerow((one.source, one.country, one.name, *like))
    return OK


def _seasons(name: str, place: str) -> Iterator[Season]:
    from shared.adapters import sources
    from shared.adapters.sources import documents
    from shared.domain.archives.report import Report

    source = sources.source(name)
    for document in documents.at(place):
        yield from source.read(document, Report())
