"""``python -m tests.support.site.screenshots URL FOLDER [PATH …]``: pages as pictures, by size and theme."""

from __future__ import annotations

import argparse
import re
import sys
from itertools import product
from pathlib import Path

from shared.adapters.browser.executable import find_executable
from tests.support.site.visits import DESKTOP, PHONE, visit

PATHS = ("/", "/england", "/england/outlook", "/forecasts", "/forecasts/record", "/explore", "/compare", "/account")


def main() -> int:
    """Write a PNG per page, size and theme."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="screenshots", description="Pages of a running platform as pictures.")
    parser.add_argument("url", help="such as http://127.0.0.1:8080")
    parser.add_argument("folder", type=Path)
    parser.add_argument("paths", nargs="*", default=PATHS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_executable(), chromium_sandbox=False)
        for path, size, theme in product(options.paths, (PHONE, DESKTOP), ("light", "dark")):
            name = re.sub(r"\W+", "-", path).strip("-") or "home"
            with visit(browser, viewport=size, color_scheme=theme) as page:
                page.goto(options.url + path, wait_until="networkidle")
                page.screenshot(path=options.folder / f"{name}-{size['width']}-{theme}.png", full_page=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
