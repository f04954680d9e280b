"""A RabbitMQ of the test session, where Debian's `rabbitmq-server` is installed, else one the environment names."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.testing.valkey_process import free_port
from tests.support.temporary_folders import end_with_this_process, make_folder
from tests.support.waiting import eventually

_PROGRAMS = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
_STARTS_WITHIN_S = 60


@pytest.fixture(scope="session")
def rabbitmq_url() -> Iterator[str]:
    """The address of a RabbitMQ; skips where none can be had."""
    if given_url := os.environ.get("AMQP_URL"):
        yield given_url
        return
    if not _PROGRAMS or not shutil.which("erl"):
        pytest.skip("no RabbitMQ here: apt-get install rabbitmq-server, or set AMQP_URL")
    folder, port, epmd_port = make_folder("rabbitmq"), free_port(), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"touchline{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
    }
    process = subprocess.Popen(
        [_PROGRAMS[-1]],
        env=environment,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=end_with_this_process(signal.SIGTERM),
    )
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    try:
        eventually(lambda: _answers(url), within_s=_STARTS_WITHIN_S)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        subprocess.run(["epmd", "-port", str(epmd_port), "-kill"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    kombu: Any = importlib.import_module("kombu")
    try:
        with kombu.Connection(url, connect_timeout=2) as connection:
            connection.connect()
    except (OSError, kombu.exceptions.KombuError):
        return False
    return True
