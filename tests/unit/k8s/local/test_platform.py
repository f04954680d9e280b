"""Processes of a platform and the settings of functions; nothing is started here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from k8s.local import credentials
from k8s.local.engines import postgres, valkey
from k8s.local.platform import Plan, Platform, Standin

ALL = ["postgres", "bus", "cache", "olap", "standin", "market", "payments", "functions", "eventing", "worker"]


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "prepare", lambda *_: None)


def plan(data: Path, environment: dict[str, str], standin: Standin | None = None) -> Plan:
    platform = Platform(data, port=8080, standin=standin, environment=environment)
    return platform._make_plan(credentials.load_or_create(data / "secrets.json"))


def names(planned: Plan) -> list[str]:
    return [spec.name for spec in planned.specs]


def test_without_any_address_everything_is_started(tmp_path: Path) -> None:
    assert names(plan(tmp_path, {})) == ALL


@pytest.mark.parametrize(
    ("replaced", "spared"),
    [
        ({"DATABASE_URL": "postgresql://db/x"}, {"postgres"}),
        ({"CLICKHOUSE_URL": "http://db:8123/x"}, {"olap"}),
        ({"CACHE_URL": "redis://cache"}, {"cache"}),
        ({"SOURCE_URL": "https://source"}, {"standin"}),
        ({"STRIPE_URL": "https://api.stripe.example", "STRIPE_KEY": "k"}, {"payments"}),
        ({"MARKET_URL": "https://market"}, {"market"}),
        ({"TASKS_URL": "redis://tasks"}, set()),
        ({"EVENT_LOG_URL": "kafka://log:9092"}, set()),
        ({"TASKS_URL": "redis://tasks", "EVENT_LOG_URL": "kafka://log:9092"}, set()),
        ({"TASKS_URL": "redis://t", "EVENT_LOG_URL": "kafka://l:9092", "LIMITS_URL": "redis://l"}, {"bus"}),
    ],
)
def test_an_address_of_the_environment_replaces_its_engine(
    tmp_path: Path, replaced: dict[str, str], spared: set[str]
) -> None:
    planned = plan(tmp_path, replaced)
    assert names(planned) == [name for name in ALL if name not in spared]
    assert replaced.items() <= planned.environment.items()


def test_log_tasks_and_limits_share_the_bus_but_no_database(tmp_path: Path) -> None:
    environment = plan(tmp_path, {}).environment
    assert environment["EVENT_LOG_URL"].endswith("/0")
    assert environment["TASKS_URL"] == environment["EVENT_LOG_URL"][:-1] + "1"
    assert environment["LIMITS_URL"] == environment["EVENT_LOG_URL"][:-1] + "2"
    assert environment["CACHE_URL"] not in (environment["EVENT_LOG_URL"], environment["TASKS_URL"])


def test_own_stand_in_needs_no_politeness(tmp_path: Path) -> None:
    assert plan(tmp_path, {}).environment["SOURCE_REQUESTS_PER_SECOND"] == "0"
    assert plan(tmp_path, {"SOURCE_REQUESTS_PER_SECOND": "5"}).environment["SOURCE_REQUESTS_PER_SECOND"] == "5"


def test_foreign_source_keeps_the_polite_default(tmp_path: Path) -> None:
    assert "SOURCE_REQUESTS_PER_SECOND" not in plan(tmp_path, {"SOURCE_URL": "https://source"}).environment


def test_no_secret_is_in_a_list_of_processes_or_a_printed_plan(tmp_path: Path) -> None:
    planned = plan(tmp_path, {})
    secrets = credentials.load_or_create(tmp_path / "secrets.json")
    text = " ".join(part for spec in planned.specs for part in spec.command) + repr(planned.urls)
    for secret in (secrets.postgres, secrets.valkey, secrets.clickhouse, secrets.token_keys, secrets.operator_password):
        assert secret not in text


def test_worlds_never_share_a_directory(tmp_path: Path) -> None:
    worlds = [Standin(), Standin(seed=2), Standin(replay=tmp_path), Standin(replay=tmp_path / "other")]
    assert len({world.label for world in worlds}) == len(worlds)


def test_valkey_gets_a_directory_with_spaces_and_quotes(tmp_path: Path) -> None:
    data = tmp_path / 'my "data" \\ here'
    valkey.spec("bus", data, 5000, "secret", valkey.BUS)
    lines = (data / "valkey.conf").read_text().splitlines()
    assert rf'dir "{tmp_path}/my \"data\" \\ here"' in lines
    assert "appendfsync always" in lines
    assert f"user default on #{hashlib.sha256(b'secret').hexdigest()} ~* &* +@all" in lines


def test_every_step_of_an_event_is_stored_in_the_data_directory(tmp_path: Path) -> None:
    eventing = next(spec for spec in plan(tmp_path, {}).specs if spec.name == "eventing")
    assert eventing.command[eventing.command.index("--journal") + 1] == str(tmp_path / "journal.db")


def test_temporary_files_of_every_python_process_have_a_folder_of_its_own(tmp_path: Path) -> None:
    scratch = {spec.name: spec.scratch for spec in plan(tmp_path, {}).specs if spec.scratch}
    python = ("olap", "standin", "market", "payments", "functions", "eventing", "worker")
    assert scratch == {name: tmp_path / "tmp" / name for name in python}


def test_every_process_uses_one_thread_for_numbers(tmp_path: Path) -> None:
    for spec in plan(tmp_path, {}).specs:
        if spec.name not in ("postgres", "bus", "cache"):  # these know nothing of such variables
            variables = {name: value for name, value in spec.environment.items() if name.endswith("_NUM_THREADS")}
            assert variables == dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"), (
                spec.name
            )
