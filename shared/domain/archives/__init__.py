"""Football that others have written down: results, prices and shots in files, read into the records of every source."""

from __future__ import annotations
