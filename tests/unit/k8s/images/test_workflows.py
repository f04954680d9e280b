"""What runs on GitHub is what runs here: scripts, with actions pinned, few rights and an end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8s.images import dockerfile
from k8s.images.catalogue import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
_PINNED = re.compile(r"uses: [a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
_SCRIPT = re.compile(r"\./scripts/(\w+)\b")


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return content


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = read(path)["jobs"]
    return content


def test_there_is_one_for_each_thing_to_hold() -> None:
    assert [path.stem for path in WORKFLOWS] == ["check", "images", "machines", "render", "test"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_read_and_nothing_else(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert {name for name, job in jobs(path).items() if "permissions" in job} <= {"release"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    # YAML 1.1 reads `on` as true. `pull_request_target` would hand our rights to strangers' code.
    assert set(workflow[True]) == {"push", "pull_request"}  # type: ignore[index]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_and_say_their_version(path: Path) -> None:
    lines = [line.strip().removeprefix("- ") for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert lines
    assert not [line for line in lines if not _PINNED.fullmatch(line)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_jobs_call_our_scripts_have_an_end_and_leave_no_token_behind(path: Path) -> None:
    for job in jobs(path).values():
        assert job["timeout-minutes"] <= 120
        assert job["runs-on"] in {"ubuntu-24.04", "${{ matrix.machine }}"}
        runs = [step["run"] for step in job["steps"] if "run" in step]
        assert runs
        for command in runs:
            content = _SCRIPT.match(command)
            assert content is not None, command
            assert (ROOT / "scripts" / content[1]).stat().st_mode & 0o111
            assert "${{" not in command, "what others write is not put into a shell"
        (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert checkout["with"] == {"persist-credentials": False}


def test_only_a_tag_is_released_and_only_then_may_something_be_written() -> None:
    release = jobs(FOLDER / "images.yml")["release"]
    assert release["if"] == "${{ startsWith(github.ref, 'refs/tags/') }}"
    assert release["permissions"] == {"contents": "read", "packages": "write", "id-token": "write"}


def test_the_images_own_python_is_tried() -> None:
    content = re.search(r"python:(\d+\.\d+)\.", dockerfile.load().base_image("base"))
    assert content is not None
    assert content[1] in jobs(FOLDER / "test.yml")["test"]["strategy"]["matrix"]["python"]
    (setup,) = [
        step for step in jobs(FOLDER / "images.yml")["rehearse"]["steps"] if "setup-python" in step.get("uses", "")
    ]
    assert setup["with"]["python-version"] == content[1]


def test_both_commands_of_the_readme_run_on_every_kind_of_machine() -> None:
    (job,) = jobs(FOLDER / "machines.yml").values()
    assert job["strategy"]["matrix"]["machine"] == ["macos-latest", "ubuntu-latest", "ubuntu-24.04-arm"]
    commands = [step["run"].split()[0] for step in job["steps"] if "run" in step]
    assert commands == ["./scripts/run", "./scripts/test"]
