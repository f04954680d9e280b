"""The order in which a browser is looked for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import playwright
import pytest

from shared.adapters.browser import executable as browser_path
from shared.errors import Unavailable


def executable(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any browser; programs on its path live in the folder returned."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setattr(browser_path, "PACKED", tmp_path / "packed" / "chromium")
    monkeypatch.setattr(browser_path, "INSTALLED", tmp_path / "setup")
    return programs


def playwrights_own(folder: Path, name: str) -> str:
    browsers = json.loads((Path(playwright.__file__).parent / "driver/package/browsers.json").read_text("utf-8"))
    revision = next(browser["revision"] for browser in browsers["browsers"] if browser["name"] == "chromium")
    return executable(folder / f"{name}-{revision}" / "chrome-linux64" / "chrome")


def test_order_is_headless_shell_chromium_playwright_packed(nothing: Path, tmp_path: Path) -> None:
    packed = executable(tmp_path / "packed" / "chromium")
    assert browser_path.find_executable() == packed
    own = playwrights_own(tmp_path / "playwright", "chromium")
    assert browser_path.find_executable() == own
    chromium = executable(nothing / "chromium")
    assert browser_path.find_executable() == chromium
    shell = executable(nothing / "chromium-headless-shell")
    assert browser_path.find_executable() == shell


def test_what_set_up_installed_is_found_without_a_variable(nothing: Path, tmp_path: Path) -> None:
    shell = playwrights_own(tmp_path / "setup", "chromium_headless_shell")
    assert browser_path.find_executable() == shell


@pytest.mark.parametrize("name", ["google-chrome", "google-chrome-stable", "microsoft-edge"])
def test_an_installed_chrome_or_edge_comes_before_playwrights_own(nothing: Path, tmp_path: Path, name: str) -> None:
    playwrights_own(tmp_path / "playwright", "chromium")
    installed = executable(nothing / name)
    assert browser_path.find_executable() == installed


@pytest.mark.parametrize("name", ["Google Chrome", "Chromium", "Microsoft Edge"])
def test_applications_of_macos_are_found(
    nothing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(browser_path, "APPLICATIONS", (tmp_path / "none", tmp_path / "Applications"))
    application = executable(tmp_path / "Applications" / f"{name}.app" / "Contents" / "MacOS" / name)
    assert browser_path.find_executable() == application


def test_ubuntus_script_that_asks_for_a_snap_is_no_browser(nothing: Path) -> None:
    stub = Path(executable(nothing / "chromium-browser"))
    stub.write_text("#!/bin/sh\nif ! [ -x /snap/bin/chromium ]; then echo 'install the snap' >&2; exit 1; fi\n")
    with pytest.raises(Unavailable, match="no browser was found"):
        browser_path.find_executable()


def test_a_browser_that_lacks_a_library_is_named_with_its_error(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    broken = Path(executable(nothing / "chromium"))
    broken.write_text("#!/bin/sh\necho 'libnss3.so: cannot open shared object file' >&2; exit 127\n")
    assert browser_path.main() == 1
    assert f"{broken} does not start: libnss3.so: cannot open shared object file; run" in capsys.readouterr().err


def test_setting_comes_first(nothing: Path, tmp_path: Path) -> None:
    executable(nothing / "chromium")
    mine = executable(tmp_path / "my browser")
    assert browser_path.find_executable(mine) == mine


def test_setting_that_names_nothing_is_told_rather_than_passed_over(nothing: Path) -> None:
    executable(nothing / "chromium")
    with pytest.raises(Unavailable, match="BROWSER_PATH names '/no/such'"):
        browser_path.find_executable("/no/such")


def test_without_any_browser_the_error_says_what_to_do(nothing: Path) -> None:
    with pytest.raises(Unavailable, match=r"chromium-headless-shell.*BROWSER_PATH"):
        browser_path.find_executable()


def test_playwrights_browser_of_another_version_is_not_taken(nothing: Path, tmp_path: Path) -> None:
    executable(tmp_path / "playwright" / "chromium-1" / "chrome-linux64" / "chrome")
    with pytest.raises(Unavailable):
        browser_path.find_executable()


def test_asked_as_a_program_it_answers_by_its_exit_status(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    assert browser_path.main() == 1
    assert "no browser was found" in capsys.readouterr().err
    mine = executable(nothing / "chromium")
    assert browser_path.main() == 0
    assert capsys.readouterr().out.strip() == mine
