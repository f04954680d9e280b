"""Homes of football data behind one port (`shared.ports.collection.Source`): files in, the records of every source out.

Readers are imported with the first file of their source, pyarrow with the first that needs it.
"""

from __future__ import annotations

import importlib

from shared.errors import NotFound
from shared.ports.collection import Source

READERS = {
    "footballdata": "division_files",
    "openfootball": "openfootball_files",
    "datahub": "division_files",
    "results": "results_archive",
    "engsoccerdata": "results_collections",
    "spc2023": "results_collections",
    "understat": "understat",
    "wyscout": "wyscout",
}
"""Module of each source."""


def source(name: str) -> Source:
    """The source of this name, or `NotFound`."""
    try:
        module = READERS[name]
    except KeyError:
        raise NotFound(f"source {name!r} is none of {', '.join(READERS)}") from None
    source: Source = importlib.import_module(f"shared.adapters.sources.{module}").SOURCES[name]
    return source
