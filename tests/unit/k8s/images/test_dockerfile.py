"""The Dockerfile as it is meant: no root, nothing unpinned, and in each image only what belongs there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from k8s.images import catalogue, dockerfile, rehearsal
from k8s.images.catalogue import Image
from k8s.images.contents import is_ignored, read_contents
from k8s.images.dockerfile import Dockerfile, InvalidDockerfile
from tests.support import reachable_imports as reach

FILE = dockerfile.load()
IMAGES = [pytest.param(image, id=image.name) for image in catalogue.images()]
_PINNED = re.compile(r"[a-z0-9.]+/[a-z0-9/._-]+:\d+\.\d+\.\d+[a-z0-9.-]*@sha256:[0-9a-f]{64}")


def files(image: Image) -> set[str]:
    return set(read_contents(FILE, image.target, image.build_args).files)


def test_there_is_one_base_image_pinned_by_tag_and_digest() -> None:
    outside = {stage.base for stage in FILE.stages.values()} - set(FILE.stages)
    assert len(outside) == 1
    assert _PINNED.fullmatch(outside.pop())


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_nobody_in_particular_and_ends_when_asked(image: Image) -> None:
    config = FILE.config(image.target)
    uid, gid = (int(each) for each in config.user.split(":"))
    assert min(uid, gid) >= 10_000, "no user of the host's has this number"
    assert config.stop_signal == "SIGTERM"
    assert config.command[0] in ("functions-framework", "python", "celery"), "no shell between us and signals"


@pytest.mark.parametrize("image", IMAGES)
def test_packages_come_with_hashes_and_byte_code_is_made_beforehand(image: Image) -> None:
    commands = read_contents(FILE, image.target, image.build_args).commands
    assert any("--require-hashes --only-binary" in c or "--only-binary :all: --require-hashes" in c for c in commands)
    assert {c.rpartition(" ")[2] for c in commands if "compileall" in c} == {"/venv/lib", "/app"}
    assert FILE.config(image.target).environment["PYTHONDONTWRITEBYTECODE"] == "1"


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_holds_every_module_that_it_may_import(image: Image) -> None:
    ours, _ = reach.reached(image.roots)
    paths = {name.removeprefix("/app/").removesuffix(".py").replace("/", ".") for name in files(image)}
    assert ours <= paths | {name.removesuffix(".__init__") for name in paths}


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_holds_no_other_function_and_nothing_of_tests(image: Image) -> None:
    paths = {name.removeprefix("/app/") for name in files(image) if name.startswith("/app/")}
    folder = image.build_args.get("FUNCTION", "")
    others = {name for name in paths if name.startswith("functions/") and not name.startswith(f"functions/{folder}/")}
    assert others <= {"functions/__init__.py"}
    assert not {name for name in paths if name.startswith(("tests/", "shared/testing/", "knative/")) or ".pyc" in name}
    assert not {name for name in paths if name.endswith((".md", ".in", ".lock"))}


def test_a_rehearsal_can_run_what_the_dockerfile_runs() -> None:
    message = {c for image in catalogue.images() for c in read_contents(FILE, image.target, image.build_args).commands}
    assert {c.partition(" ")[0] for c in message} == {"python", "pip", "apt-get"}
    with pytest.raises(InvalidDockerfile, match="curl is not supported in a rehearsal"):
        rehearsal._run("curl --silent example.org", {})


def test_a_path_of_an_image_is_found_where_it_lies_here() -> None:
    place = rehearsal.Layout(venv=Path("/here/packages"), app=Path("/here/files"), config=FILE.config("function"))
    match = place.environment({"PORT": "1"})
    assert match["PATH"] == "/here/packages/bin:/usr/local/bin:/usr/bin:/bin"
    assert (match["PYTHONPATH"], match["PORT"]) == ("/here/files", "1")


def test_a_browser_is_installed_in_one_image_only() -> None:
    with_browser = {
        image.name
        for image in catalogue.images()
        if "chromium" in " ".join(read_contents(FILE, image.target, image.build_args).commands)
    }
    assert with_browser == {"scrape-worker"}


def test_a_forgotten_build_argument_is_told() -> None:
    with pytest.raises(InvalidDockerfile, match="--build-arg FUNCTION"):
        read_contents(FILE, "function", {})


def test_what_is_not_there_cannot_be_copied() -> None:
    with pytest.raises(InvalidDockerfile, match="functions/nobody"):
        read_contents(FILE, "files", {"FUNCTION": "nobody", "REQUIREMENTS": "k8s/images/stand-in.txt"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("FROM a", "every stage has a name"),
        ("FROM a AS b\nADD x y", "ADD is not an instruction"),
        ("FROM a AS b\nCOPY --chmod=1 x y", "only --from"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidDockerfile, match=says):
        list(Dockerfile(text).steps("b", {}))


def test_arguments_are_filled_in_by_what_was_said_before_them() -> None:
    message = Dockerfile("FROM x AS one\nARG A\nARG B=in/${A}\nFROM one AS two\nWORKDIR /w\nCOPY ${B} ${A} to/")
    (copy,) = message.steps("two", {"A": "a"})
    assert copy == dockerfile.Copy(("in/a", "a"), "/w/to/", "")


@pytest.mark.parametrize(
    ("path", "ignored"),
    [("a/b.py", False), ("c/b.py", True), ("a/__pycache__/b.pyc", True), ("a/x.md", True), ("a/not/b.py", True)],
)
def test_the_last_rule_that_names_a_file_or_its_folder_decides(path: str, ignored: bool) -> None:
    assert is_ignored(path, ["*", "!a", "a/not", "**/__pycache__", "**/*.md"]) is ignored
