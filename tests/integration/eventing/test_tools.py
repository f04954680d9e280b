"""One journey through the tools on real processes: an event fails, is dead-lettered, found, understood, sent again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from k8s.local.cli import touchline as cli
from tests.support.eventing.processes import Stack
from tests.support.waiting import eventually


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A running stack that looks like a platform from outside."""
    started = Stack(tmp_path / "world")
    monkeypatch.setenv("EVENT_LOG_URL", started.bus.url)
    try:
        started.start()
        state = {
            "ports": {"functions": int(started.internal_url.rpartition(":")[2])},
            "processes": {"eventing": {"pid": 1, "started": 1}},
            "urls": {"eventing": started.eventing_url},
        }
        (tmp_path / "world" / "state.json").write_text(json.dumps(state))
        yield started
    finally:
        started.stop()


def test_a_dead_letter_is_understood_and_sent_again(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "world" / "knative")

    def touchline(*words: str) -> tuple[int, str]:
        code = cli.main(["--data", str(tmp_path), *words])
        output = capsys.readouterr()
        return code, output.out + output.err

    def life() -> str:
        return touchline("why", "order")[1]

    assert stack.post("order-1", answers="503-503-503-503-202", data=b'{"round": 3}') == 202
    assert stack.post("unwanted-1", type="unwanted") == 202
    stack.settle()

    eventually(lambda: "dead letter" in life())
    output = life()
    assert all(words in output for words in ("matched type = wanted", "attempt 4 after 400 ms", "503 in", "told 503"))
    eventually(lambda: "'unwanted' is not 'wanted'" in touchline("why", "unwanted-1")[1])

    code, output = touchline("dlq", "--manifests", folder, "list")
    assert (code, "dead: 1 dead letter" in output, "Trigger touchline/all  503 told 503" in output) == (0, True, True)
    assert '"round": 3' in touchline("dlq", "--manifests", folder, "show", "order-1")[1]

    assert touchline("dlq", "--manifests", folder, "redrive", "--all") == (0, "order-1  Trigger touchline/all  taken\n")
    assert "was sent already" in touchline("dlq", "--manifests", folder, "redrive", "order-1")[1]
    assert len(stack.notes()) == 5
    output = life()
    assert output.index("dead letter") < output.index("redriven by hand") < output.rindex("202 in")

    where = ("replay", "default", "--from", "1h", "--manifests", folder)
    assert touchline(*where)[0] == 1
    assert touchline(*where, "--trigger", "all")[1].startswith("1 sent, 1 not wanted\n")
    assert len(stack.notes()) == 6

    page = httpx.get(f"{stack.public_url}/eventing?source=/test&id=order-1", timeout=30)
    assert page.status_code == 200
    assert all(words in page.text for words in ("redriven by hand", "replayed by hand", "dead letter in KafkaSink"))
    stack.eventing.end()
    assert "dead letter" in life()
