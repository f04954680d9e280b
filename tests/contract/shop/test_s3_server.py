"""The lake in a real S3 server, as `./scripts/run --lake` starts it: the same sums, on both engines."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from k8s.local.engines import seaweedfs
from k8s.local.supervisor.state_file import free_port
from shared.errors import Unavailable
from tests.support.lake import oracle
from tests.support.lake.lake import Lake, environment, open_lake
from tests.support.lake.purchases import random_events
from tests.support.lake.spark import run_spark
from tests.support.temporary_folders import end_with_this_process
from tests.support.waiting import eventually

DAYS = [date(2026, 3, day) for day in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a bucket in a server that ends with the module."""
    names = [*seaweedfs.PORTS, *(f"{name}-grpc" for name in seaweedfs.PORTS)]
    ports: dict[str, int] = {}
    for name in names:
        ports[name] = free_port(list(ports.values()))
    try:
        spec = seaweedfs.spec(tmp_path_factory.mktemp("s3"), ports, "secret/of+tests")
    except Unavailable as exc:
        pytest.skip(str(exc))
    ending, null = end_with_this_process(signal.SIGKILL), subprocess.DEVNULL
    with subprocess.Popen(spec.command, stdout=null, stderr=null, preexec_fn=ending) as server:
        eventually(lambda: is_ready(spec.probe), within_s=60, every_s=0.3)
        yield seaweedfs.url(ports["s3"], "secret/of+tests")
        server.kill()


def is_ready(probe: object) -> bool:
    try:
        probe()  # type: ignore[operator]
    except Unavailable:
        return False
    return True


@pytest.fixture
def s3_lake(database_url: str, clickhouse_url: str, s3_url: str, tmp_path: Path) -> Iterator[Lake]:
    opened = open_lake(environment(database_url, clickhouse_url, tmp_path) | {"OBJECT_STORE_URL": s3_url}, tmp_path)
    yield opened
    opened.database.close()
    opened.warehouse.close()


@pytest.mark.every_shop
@pytest.mark.timeout(900)
def test_the_lake_is_the_same_in_a_bucket(s3_lake: Lake) -> None:
    events = list(random_events(21, 80))
    s3_lake.load(events)
    s3_lake.build(DAYS)
    expected = oracle.sums(oracle.final_purchases(events), "day")
    assert s3_lake.sums("sales_by_day", "day") == expected
    embedded = s3_lake.everything()
    s3_lake.build(DAYS)
    assert s3_lake.everything() == embedded
    assert run_spark(s3_lake.environment, DAYS)["n_purchases"] == len(oracle.final_purchases(events))
    assert s3_lake.everything() == embedded
