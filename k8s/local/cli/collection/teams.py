"""say whom an archive might mean by names that nobody has reviewed

Reads the files of a source and those of another, and tells for each name that is not on the list of clubs which team of
the other has the same scores on the same days. Nothing is joined: whoever is convinced adds a row to
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
    """Whose names, held against whose."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    suggest = actions.add_parser("suggest", help="a table of suggestions, as CSV")
    suggest.add_argument("source", metavar="SOURCE", help="whose names are asked about")
    suggest.add_argument("place", metavar="PATH|URL", help="its files")
    suggest.add_argument(
        "--against", nargs=2, required=True, metavar=("SOURCE", "PATH|URL"), help="whose clubs are known"
    )
    suggest.add_argument("--all", action="store_true", help="also names that are on the list")


def run(asked: argparse.Namespace) -> int:
    """Print suggestions, the best founded first."""
    from shared.adapters.sources import club_suggestions as suggestions

    found = suggestions.suggest(_seasons(asked.source, asked.place), _seasons(*asked.against))
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("source", "country", "name", "might be", "of", "agree", "of matches", "same name"))
    for one in found:
        if asked.all or not one.is_listed:
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
