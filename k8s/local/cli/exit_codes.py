"""Exit codes of the commands."""

from __future__ import annotations

OK, TROUBLE = 0, 1
