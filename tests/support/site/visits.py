"""Visits of pages in a browser: contexts of every kind, and what must not happen in any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import axe_core_python

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


@contextmanager
def visit(browser: Browser, *, faults: list[str] | None = None, **options: Any) -> Iterator[Page]:
    """Open a tab of a context of its own; what goes wrong in it is added to `faults`.

    Parameters
    ----------
    options : of Playwright's context.
    """
    context = browser.new_context(**{"viewport": DESKTOP, "timezone_id": "UTC", "locale": "en-GB", **options})
    page = context.new_page()
    if faults is not None:
        page.on(
            "console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        yield page
    finally:
        context.close()


def violations(page: Page) -> list[str]:
    """Return what axe finds on a page, with the first place of each."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=str(AXE))
    found = page.evaluate(
        "rules => axe.run({runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})"
        ".then(({violations}) => violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 160)}"
        " ${v.nodes[0].any.concat(v.nodes[0].all).map(a => a.message)[0] ?? ''}`))",
        list(RULES),
    )
    return list(found)


def scrolls_sideways(page: Page) -> bool:
    """Return whether the body is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
