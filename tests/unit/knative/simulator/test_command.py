"""The simulator's command line: the same seed is the same story in any process, and the verdict is the exit code."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from knative.local.eventing.delivery.window import Window
from knative.simulator.__main__ import main
from tests.support.reference import ROOT

STORY = ("--scenario", "crashes", "--seed", "3", "--events", "6")


def test_a_story_is_told_and_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(list(STORY)) == 0
    output = capsys.readouterr().out
    assert "plane-1   killed" in output
    assert "Trigger sim/every        attempt #1" in output
    assert "6 events sent, 6 accepted" in output
    assert output.endswith("properties, all hold\n")


def test_a_broken_promise_is_told_and_exit_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Window, "take_completed", lambda _: [])
    assert main(["--scenario", "calm", "--events", "2", "--quiet"]) == 1
    output = capsys.readouterr().out
    assert "BROKEN nothing_accepted_is_lost: " in output
    assert "Trigger" not in output.partition("BROKEN")[0]


def test_one_event_can_be_followed(capsys: pytest.CaptureFixture[str]) -> None:
    main([*STORY, "--event", "2"])
    numbers = {line[22:26].strip() for line in capsys.readouterr().out.splitlines() if "Trigger" in line}
    assert numbers == {"2"}


def test_many_seeds_are_tried_and_the_bad_ones_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--seeds", "3", "--events", "5"]) == 0
    assert capsys.readouterr().out == "3 seeds, every property holds in all\n"
    monkeypatch.setattr(Window, "take_completed", lambda _: [])
    assert main(["--seeds", "2", "--seed", "8", "--events", "2"]) == 1
    output = capsys.readouterr().out
    assert "seed 8: nothing_accepted_is_lost" in output
    assert "2 seeds, 2 with breaches" in output


def test_an_unknown_scenario_is_a_mistake_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scenario", "mars"]) == 2
    assert "'mars' is not among any, calm, " in capsys.readouterr().err


def test_a_seed_tells_the_same_story_in_any_process(capsys: pytest.CaptureFixture[str]) -> None:
    main(list(STORY))
    here = capsys.readouterr().out
    command = [sys.executable, "-m", "knative.simulator", *STORY]
    there = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "1"}, capture_output=True, text=True, check=True
    ).stdout
    assert [line for line in here.splitlines() if " passed in " not in line] == [
        line for line in there.splitlines() if " passed in " not in line
    ]
