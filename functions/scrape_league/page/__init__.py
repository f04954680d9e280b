"""The page at ``/scrape``: jobs, the source and what is missing. It holds no data and asks the interface for them."""

from __future__ import annotations

from pathlib import Path

from flask import Response

from shared.web import webpage


def answer() -> Response:
    """The page."""
    return webpage.render(Path(__file__).parent)
