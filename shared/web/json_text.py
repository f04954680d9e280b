"""JSON as every function writes it: UTF-8, no spaces, times in RFC 3339."""

from __future__ import annotations

import json
from typing import Any

from shared import rfc3339

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=rfc3339.encode_json_default, allow_nan=False
).encode


def encode(payload: Any) -> bytes:
    """Encode a value as JSON; NaN and infinity are bugs, since JSON has neither."""
    # A caller's lone surrogate may come back in an error; JSON's own escape for it is what backslashreplace writes.
    return _encode(payload).encode(errors="backslashreplace")
