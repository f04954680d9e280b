"""Every page in a real browser, on a phone and a desktop, in both themes, with script and without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import Client

from tests.support.site import league
from tests.support.site.pages import documents
from tests.support.site.served_site import ServedSite
from tests.support.site.visits import DESKTOP, PHONE, scrolls_sideways, violations, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DOCUMENTS = documents()
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
"""What a browser accepts."""
WITH_CHARTS = ("match", "team", "player", "outlook")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_no_page_breaks_a_rule_of_accessibility_or_the_console_or_scrolls_sideways(
    site: ServedSite, browser: Browser, width: str, theme: str
) -> None:
    faults: list[str] = []
    size = PHONE if width == "phone" else DESKTOP
    with visit(browser, faults=faults, viewport=size, color_scheme=theme, bypass_csp=True) as page:
        for name, path in DOCUMENTS.items():
            page.goto(site.url + path, wait_until="load")
            found = violations(page)
            if scrolls_sideways(page):
                found.append("scrolls sideways")
            faults += [f"{name}: {each}" for each in found]
    assert faults == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_every_page_shows_the_same_without_script(site: ServedSite, browser: Browser, width: str, theme: str) -> None:
    faults: list[str] = []
    size = PHONE if width == "phone" else DESKTOP
    with visit(browser, faults=faults, viewport=size, color_scheme=theme, java_script_enabled=False) as page:
        for name, path in DOCUMENTS.items():
            response = page.goto(site.url + path, wait_until="load")
            assert response is not None
            assert response.status == 200
            assert page.locator("h1").count() == 1
            if scrolls_sideways(page):
                faults.append(f"{name}: scrolls sideways")
    assert faults == []


def test_nothing_the_policy_forbids_is_tried(site: ServedSite, browser: Browser) -> None:
    """With the policy in force, unlike for axe."""
    faults: list[str] = []
    with visit(browser, faults=faults) as page:
        for path in DOCUMENTS.values():
            page.goto(site.url + path, wait_until="networkidle")
    assert faults == []


@pytest.mark.parametrize("name", WITH_CHARTS)
def test_charts_keep_axes_and_labels_in_forced_colours(site: ServedSite, browser: Browser, name: str) -> None:
    with visit(browser, forced_colors="active", reduced_motion="reduce") as page:
        page.goto(site.url + DOCUMENTS[name])
        for chart in page.locator("svg.chart text, svg.field text, .heat td").all()[:20]:
            style = chart.evaluate("e => { const s = getComputedStyle(e); return [s.fill, s.color, s.visibility] }")
            assert style[2] == "visible"
            assert style[0] != "none"


def test_everything_is_reached_with_the_keyboard_and_shows_where_it_is(site: ServedSite, browser: Browser) -> None:
    with visit(browser, viewport=DESKTOP) as page:
        for path in (f"/{league.SLUG}", f"/match/{league.OVER}"):
            page.goto(site.url + path)
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.className") == "skip"
            seen = _walk(page)
            wanted = page.evaluate(
                "[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')]"
                ".filter(e => e.checkVisibility() && !e.closest('details:not([open]) > :not(summary)')).length"
            )
            assert seen >= wanted - 1


def _walk(page: Page) -> int:
    """Press Tab until the end of the page; return how many places have the focus and show it."""
    n = 1
    for _step in range(600):
        page.keyboard.press("Tab")
        state = page.evaluate(
            "() => { const e = document.activeElement; if (e === document.body) return null;"
            " const s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 }"
        )
        if state is None:
            return n
        assert state, page.evaluate("document.activeElement.outerHTML")
        n += 1
    return n


def test_no_link_of_the_site_leads_nowhere(site: ServedSite, browser: Browser) -> None:
    client = Client(site)
    todo, seen, broken = ["/", "/ru/italy"], {"/", "/ru/italy"}, []
    per_kind: dict[str, int] = {}
    while todo:
        path = todo.pop()
        with client.get(path, headers={"Accept": BROWSER}, buffered=True, follow_redirects=False) as answer:
            if answer.status_code >= 400:
                broken.append((path, answer.status_code))
                continue
            text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        for href in re.findall(r'(?:href|src)="(/[^"#]*)', text):
            target = href.replace("&amp;", "&")
            kind = re.sub(r"\d+", "N", target.partition("?")[0]) + ("?" if "?" in target else "")
            if target not in seen and per_kind.get(kind, 0) < 2:
                per_kind[kind] = per_kind.get(kind, 0) + 1
                seen.add(target)
                todo.append(target)
    assert broken == []
    assert len(seen) > 60
