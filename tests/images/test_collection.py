"""Images that are no functions: stores are migrated by one, and two collect from the third, with nothing writable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import psycopg
import pytest

from k8s.images import catalogue, rehearsal
from k8s.images.catalogue import Image
from k8s.local.supervisor import probes
from shared.adapters import event_log
from shared.clock import SystemClock
from shared.errors import TouchlineError
from shared.events.football import BatchScraped
from shared.security.tokens import Caller, Tokens
from shared.testing.valkey_process import free_port
from tests.images.places import open_folder
from tests.images.served import FIGURES, served
from tests.support.collection.processes import KEYS, browser_path
from tests.support.engines.olap import Olap
from tests.support.engines.postgres import Server
from tests.support.functions.catalogue import ENV
from tests.support.waiting import eventually

pytestmark = [pytest.mark.every_image, pytest.mark.timeout(600)]
Start = Callable[..., Path]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts an image with these variables and arguments until the test ends; its log."""
    with ExitStack() as running:

        def begin(image: Image, settings: dict[str, str], *arguments: str) -> Path:
            folder = running.enter_context(open_folder(0o755))
            layout = rehearsal.lay_out(image, folder)
            FIGURES[image.name] = f"{layout.size_bytes() / 1e6:5.0f} MB"
            running.callback(lambda: print(image.name, (folder / "log").read_text()))
            running.enter_context(rehearsal.run_image(layout, settings, folder / "log", *arguments))
            return folder / "log"

        yield begin


def test_migrations_bring_empty_stores_to_their_shape_and_may_run_again(
    postgres_server: Server, olap: Olap, folder: Path
) -> None:
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE unmigrated")
    layout = rehearsal.lay_out(catalogue.find_image("migrations"), folder)
    settings = {
        "DATABASE_URL": postgres_server.url("unmigrated"),
        "CLICKHOUSE_URL": olap.url("unmigrated"),
        "BCRYPT_COST": "4",
        "FIRST_OPERATOR_USERNAME": "ada",
        "FIRST_OPERATOR_PASSWORD": "correct horse battery",
    }
    for expected in ("operator ada", "nothing to do"):
        log = folder / f"{expected}.log"
        with rehearsal.run_image(layout, settings, log) as process:
            assert process.wait(60) == 0, log.read_text()
        assert expected in log.read_text()
    FIGURES["migrations"] = f"{layout.size_bytes() / 1e6:5.0f} MB"


def test_a_worker_collects_what_a_function_plans_from_the_stand_in(
    database_url: str, bus_url: str, in_memory: str, folder: Path, start: Start
) -> None:
    site_port = free_port()
    site_url = f"http://127.0.0.1:{site_port}"
    settings = {
        **ENV,
        **dict.fromkeys(("TASKS_URL", "EVENT_LOG_URL", "LIMITS_URL"), bus_url),
        "DATABASE_URL": database_url,
        "OBJECT_STORE_URL": in_memory,
        "SOURCE_URL": site_url,
        "SOURCE_REQUESTS_PER_SECOND": "0",
        "BROWSER_PATH": browser_path(),
        "TOKEN_KEYS": KEYS,
    }
    site_log = start(catalogue.find_image("stand-in"), {}, "--port", str(site_port))
    eventually(lambda: "url" in site_log.read_text())
    start(catalogue.find_image("scrape-worker"), settings)
    eventually(lambda: waits(bus_url), within_s=60)
    who = Caller(user_id="00000000-0000-7000-8000-000000000001", username="ada", roles=("operator",), session_id="s1")
    _, _, key = KEYS.partition(":")
    bearer = Tokens([("test", key)], SystemClock()).sign(who)
    with served(catalogue.find_image("scrape-league"), settings, folder) as url:
        response = httpx.post(
            f"{url}/scrape",
            json={"leagues": ["england"], "seasons": ["current"]},
            headers={"authorization": f"Bearer {bearer}", "idempotency-key": "one"},
        )
        assert response.status_code == 202, response.text
        with closing(event_log.connect(bus_url)) as log:
            log.ensure_topic(BatchScraped.TOPIC, partitions=1)
            eventually(lambda: any(True for _ in log.replay(BatchScraped.TOPIC)), within_s=120)


def waits(tasks_url: str) -> bool:
    try:
        probes.check_worker(tasks_url)
    except TouchlineError:
        return False
    return True
