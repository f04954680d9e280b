"""Settings of the collection of football data."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting


def _days(text: str) -> int:
    value = int(text)
    if value != 0 and value < 7:  # corrections are checked against what was read days before
        raise ValueError("must be 0 or 7 or more")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionSettings:
    """Leagues to collect, the rate of requests, and the broker of tasks."""

    tasks_url: str = setting("TASKS_URL", parsers.url("redis", "rediss"), "", "Celery's broker", secret=True)
    rate_per_s: float = setting(
        "SOURCE_REQUESTS_PER_SECOND",
        parsers.rate,
        1.0,
        "politeness towards the source, all workers together; 0 = no limit",
    )
    leagues: tuple[str, ...] = setting(
        "LEAGUES", parsers.names, (), "league slugs to collect; empty = the nine of the catalogue"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """The site that workers read, and the browser they read it with."""

    url: str = setting("SOURCE_URL", parsers.url("http", "https"), "", "base address of the SofaScore-style site")
    browser_path: str = setting("BROWSER_PATH", str, "", "browser to drive; empty = look in the usual places")
    browser_sandbox: bool = setting(
        "BROWSER_SANDBOX",
        parsers.flag,
        True,
        "keep pages in Chromium's own sandbox; false where a container forbids it",
    )
    browser_pages: int = setting("BROWSER_PAGES", parsers.positive, 3, "pages one worker keeps open")
    raw_keep_days: int = setting(
        "RAW_KEEP_DAYS",
        _days,
        0,
        "days raw answers of the source are kept, 7 or more, if nothing needs them; 0 = for ever",
    )
