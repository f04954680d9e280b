"""What ClickHouse's planner makes of statements on a cluster.

``python -m tests.support.engines.query_planner`` answers what it is asked.

The cluster is one of two shards, and nobody serves either: chDB plans and never listens. In: the statements that make
the tables, and the questions with their parameters. Out: of each question the engine's refusal or plan.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from shared.migrate.clickhouse import split_statements
from shared.migrate.files import SQL, read_migrations
from shared.schema.clickhouse_cluster import Cluster, spread

CLUSTER = Cluster("football", "touchline")
_SHARD = "<shard><replica><host>127.0.0.1</host><port>1</port></replica></shard>"
_CONFIG = f"<clickhouse><remote_servers><{CLUSTER.name}>{_SHARD * 2}</{CLUSTER.name}></remote_servers></clickhouse>"
_KEEPER = re.compile(r"ENGINE = Replicated(\w+)\('[^']*', '[^']*'(?:, )?")


def schema() -> list[str]:
    """The migrations on that cluster, save what needs a Keeper: to be replicated, and to run on every node."""
    return [
        _KEEPER.sub(r"ENGINE = \1(", each).replace(CLUSTER.everywhere, "")
        for file in read_migrations(SQL / "clickhouse")
        for statement in split_statements(file.text)
        for each in spread(statement, CLUSTER)
    ]


class Planned(NamedTuple):
    """What becomes of a question."""

    refusal: str
    """Why the engine does not plan it; empty where it does."""
    steps: list[str]
    """What is done by the node that was asked, each step before what it is done to; nested ones are indented."""


def planned(questions: Sequence[str], parameters: Mapping[str, str]) -> list[Planned]:
    """What becomes of each question."""
    pytest.importorskip("chdb", reason="chdb-core is not installed")
    request = json.dumps({"schema": schema(), "questions": list(questions), "parameters": dict(parameters)})
    completed = subprocess.run(
        [sys.executable, "-m", __name__], input=request, capture_output=True, text=True, check=True
    )
    return [Planned(*each) for each in json.loads(completed.stdout)]


def _main() -> None:
    from chdb.session import Session

    opened: Any = Session  # without types
    request = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.xml")
        config.write_text(_CONFIG)
        session = opened(f"{folder}/data?config-file={config}")
        for statement in (f"CREATE DATABASE {CLUSTER.database}", f"USE {CLUSTER.database}", *request["schema"]):
            session.query(statement)
        answers = []
        for question in request["questions"]:
            try:
                plan = session.query(f"EXPLAIN {question}", "TSVRaw", params=request["parameters"])
                answers.append(("", str(plan).splitlines()))
            except Exception as exc:
                answers.append((str(exc), []))
        session.close()
    print(json.dumps(answers))


if __name__ == "__main__":
    _main()
