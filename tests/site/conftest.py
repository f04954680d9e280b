"""One site over real functions and stores, and one browser, for all tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from shared.adapters.browser.executable import find_executable
from shared.adapters.clickhouse.client import ClickHouse
from shared.testing.small_league import store
from shared.testing.valkey_process import ValkeyProcess
from tests.support.engines.olap import Olap
from tests.support.engines.postgres import Server
from tests.support.functions.league_events import deliver, league_updated
from tests.support.site import league
from tests.support.site.served_site import LoadedFunctions, ServedSite, load_functions, make_stores

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMING = ("leagues", "teams", "players", "matches")


@pytest.fixture(scope="session")
def site(
    postgres_server: Server, olap: Olap, bus_server: ValkeyProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedSite]:
    """The site, with the league of `tests.support.site.league` stored and analysed."""
    stores = make_stores(postgres_server, olap, bus_server, tmp_path_factory.mktemp("site"))
    apps = load_functions(stores)
    warehouse = ClickHouse(stores["CLICKHOUSE_URL"])
    for kind, rows in league.records().items():
        store(warehouse, kind, rows, token=f"site-{kind}")
    warehouse.close()
    about: dict[str, Any] = {"league_id": league.LEAGUE, "season_id": league.SEASON}
    for kind in _NAMING:
        deliver(apps["search"].test_client(), league_updated(records=kind, **about))
    deliver(apps["analyze"].test_client(), league_updated(**about))
    served = ServedSite(LoadedFunctions(apps), stores)
    yield served
    served.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The collector's own Chromium; closed with its module, as no other loop runs while Playwright's does."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_executable(), chromium_sandbox=False)
        yield started
        started.close()


@pytest.fixture(autouse=True)
def _functions_answer(site: ServedSite) -> Iterator[None]:
    """Every test begins with functions that answer truly."""
    yield
    site.functions.silent.clear()
    site.functions.changes.clear()
