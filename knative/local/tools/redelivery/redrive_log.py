"""Record of dead letters that were sent again, beside the trace, so that none is sent twice by mistake."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from knative.local.eventing.trace import trace_store
from shared.ports.log import Entry

KEPT_S = 90 * 86_400.0
"""Three times as long as any log keeps dead letters; older marks are of letters that are gone."""


class RedriveLog:
    """Marks on letters; several processes may set them."""

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        """`path` is the journal's."""
        self._connection = trace_store.connect(path)
        self._now = now
        self._connection.execute("DELETE FROM redrives WHERE at < ?", (now() - KEPT_S,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def of(self, topic: str) -> dict[str, float]:
        """By place, when a letter of the topic was sent, Unix seconds."""
        rows = self._connection.execute("SELECT partition, offset, at FROM redrives WHERE topic = ?", (topic,))
        return {f"{partition}@{offset}": at for partition, offset, at in rows}

    def claim(self, entry: Entry, *, again: bool) -> bool:
        """Return True if this letter may be sent now: it was not sent yet, or may go again. It then counts as sent.

        Marked before it is sent: who is killed in between has not sent it twice, and ``--again`` sends it.
        """
        verb = "INSERT OR REPLACE" if again else "INSERT OR IGNORE"
        done = self._connection.execute(
            f"{verb} INTO redrives VALUES (?, ?, ?, ?)", (entry.topic, entry.partition, entry.offset, self._now())
        )
        return done.rowcount == 1

    def release(self, entry: Entry) -> None:
        """It was not taken, so it may be sent once more."""
        self._connection.execute(
            "DELETE FROM redrives WHERE topic = ? AND partition = ? AND offset = ?",
            (entry.topic, entry.partition, entry.offset),
        )
