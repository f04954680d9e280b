"""Formats the log of the process: what an event holds cannot begin a line of its own or steer a terminal."""

from __future__ import annotations

import logging


class PrintableFormatter(logging.Formatter):
    """Escapes what is not printable in messages; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- overrides logging's own
        """Return the line of a record."""
        return printable(super().formatMessage(record))


def printable(text: str) -> str:
    """Return the text with escapes, such as ``\\\\x1b``, for characters that are not printable."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def configure(level: int) -> None:
    """Send the log of this process to its standard error, one line per message."""
    handler = logging.StreamHandler()
    handler.setFormatter(PrintableFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("knative").setLevel(level)
    for noisy in ("uvicorn", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
