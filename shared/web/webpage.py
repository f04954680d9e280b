"""Self-contained pages: ``page.html`` of a folder with its style and script inlined, locked by a content policy."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from flask import Response


def render(folder: Path) -> Response:
    """Return the page of a folder, in which ``{style}`` and ``{script}`` stand for its ``page.css`` and ``page.js``."""
    body, policy = _assemble(folder)
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, headers=headers, content_type="text/html; charset=utf-8")


@cache
def _assemble(folder: Path) -> tuple[str, str]:
    style, script = ((folder / name).read_text("utf-8") for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    body = (folder / "page.html").read_text("utf-8").replace("{style}", style).replace("{script}", script)
    return body, policy


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
