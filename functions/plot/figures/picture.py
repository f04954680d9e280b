"""What a picture shows, before anybody draws it: its words, its table, and the few facts its frame needs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything drawn is in here, so equal pictures look alike and a digest of one names it."""

    kind: str
    """Module of `functions.plot.drawing` that draws it."""
    title: str
    text: str
    """The alternative in words: what one would tell somebody who cannot see it."""
    rows: Rows
    """The table behind it; every row has the same keys."""
    frame: dict[str, Any] = field(default_factory=dict)
    """JSON: names of sides, limits, places of half-time."""

    def digest(self, *asked: str) -> str:
        """Of all that is shown and of how it was `asked` for."""
        told = json.dumps([asdict(self), asked], ensure_ascii=False, sort_keys=True)
        return sha256(told.encode(errors="surrogatepass")).hexdigest()

    def table(self) -> dict[str, Any]:
        """As JSON answers have it."""
        return {"title": self.title, "text": self.text, **self.frame, "items": self.rows}

    def csv(self) -> str:
        """RFC 4180, with a header line when there are rows."""
        written = io.StringIO(newline="")
        writer = csv.DictWriter(written, fieldnames=list(self.rows[0]) if self.rows else [])
        if self.rows:
            writer.writeheader()
        writer.writerows(self.rows)
        return written.getvalue()
