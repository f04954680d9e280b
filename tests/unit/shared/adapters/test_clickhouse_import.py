"""A request that comes while its client is being imported in the background: right after a cold start."""

from __future__ import annotations

import subprocess
import sys

from tests.support.reference import ROOT

TWO_IMPORTS = """
import sys, threading
from shared.adapters.clickhouse.client import ClickHouse
from shared.errors import Unavailable

warm = threading.Thread(target=lambda: __import__("clickhouse_connect"))
warm.start()
while "clickhouse_connect" not in sys.modules:
    pass
try:
    ClickHouse("http://nobody:none@127.0.0.1:1/none").query("SELECT 1")
except Unavailable:
    print("told that nobody answers")
warm.join()
"""


def test_a_query_waits_for_the_import_that_somebody_else_has_begun() -> None:
    done = subprocess.run([sys.executable, "-c", TWO_IMPORTS], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "told that nobody answers\n", done.stderr
