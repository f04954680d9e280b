"""Self-contained pages: ``page.html`` of a folder with its style and script inlined, locked by a content policy."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from flask import Response
from markupsafe import Markup

_STYLE = Path(__file__).with_name("page.css")


def render(folder: Path) -> Response:
    """Return the page of a folder, whose template puts ``style`` and ``script`` where they belong.

    They are the folder's ``page.js``, and its ``page.css``, or where it has none the style that such pages share.
    """
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
    from shared.web import templates

    own_style, script = folder / "page.css", (folder / "page.js").read_text("utf-8")
    style = (own_style if own_style.is_file() else _STYLE).read_text("utf-8")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    # Both are files of ours, and their hashes are in the policy: what would be escaped in them would not run.
    body = templates.render(folder, "page.html", style=Markup(style), script=Markup(script))  # nosec B704
    return body, policy


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
