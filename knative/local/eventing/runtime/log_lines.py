"""Formats the log of the process: what an event holds cannot begin a line of its own or steer a terminal."""

from __future__ import annotations

import logging

from shared.web.printable import printable


class PrintableFormatter(logging.Formatter):
    """Escapes what is not printable in messages; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- overrides logging's own
        """Return the line of a record."""
        return printable(super().formatMessage(record))


def configure(level: int) -> None:
    """Send the log of this process to its standard error, one line per message."""
    handler = logging.StreamHandler()
    handler.setFormatter(PrintableFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("knative").setLevel(level)
    for noisy in ("uvicorn", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
