"""A picture before it is drawn: its description, its table, and a few facts for its frame."""

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
    """Everything that is drawn: equal pictures look the same, and a digest identifies a picture."""

    kind: str
    """The module of `functions.plot.drawing` that draws it."""
    title: str
    text: str
    """The description for readers who cannot see the picture."""
    rows: Rows
    """The table behind it; every row has the same keys."""
    frame: dict[str, Any] = field(default_factory=dict)
    """JSON: names of both sides, limits, minutes of half-time."""

    def digest(self, *params: str) -> str:
        """Return a digest of everything that is shown, and of the parameters of the drawing."""
        text = json.dumps([asdict(self), params], ensure_ascii=False, sort_keys=True)
        return sha256(text.encode(errors="surrogatepass")).hexdigest()

    def table(self) -> dict[str, Any]:
        """Return the JSON of the table with the description."""
        return {"title": self.title, "text": self.text, **self.frame, "items": self.rows}

    def csv(self) -> str:
        """Return the table as CSV (RFC 4180), with a header line if there are rows."""
        output = io.StringIO(newline="")
        writer = csv.DictWriter(output, fieldnames=list(self.rows[0]) if self.rows else [])
        if self.rows:
            writer.writeheader()
        writer.writerows(self.rows)
        return output.getvalue()
