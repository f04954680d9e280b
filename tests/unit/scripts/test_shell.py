"""Scripts run on macOS as on Linux: ShellCheck accepts them, bash 3.2 reads them, and POSIX has their tools."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.reference import ROOT

SCRIPTS = sorted(
    path for path in (ROOT / "scripts").iterdir() if path.is_file() and path.read_bytes().startswith(b"#!")
)
SHELLCHECK = Path(sys.executable).with_name("shellcheck")

NEWER_THAN_BASH_3 = {
    r"\b(?:declare|local|typeset)\s+-[a-zA-Z]*[Agn]": "associative arrays, namerefs (bash 4)",
    r"\b(?:mapfile|readarray|coproc)\b": "bash 4",
    r"\$\{[A-Za-z_]\w*(?:\[[^]]*\])?(?:,,?|\^\^?|@[A-Za-z])": "changes of case, transformations (bash 4)",
    r"\|&|&>>": "bash 4",
    r"\[\[?\s+(?:!\s+)?-v\s": "bash 4.2",
    r"printf\s+(?:-v\s+\w+\s+)?['\"]?%\(": "bash 4.2",
    r"\bwait\s+-n\b": "bash 4.3",
    r"\$\{?(?:EPOCH(?:SECONDS|REALTIME)|BASH_ARGV0|SRANDOM)\b": "bash 5",
}
NOT_EVERYWHERE = {
    r"(?<![-.\w])(?:flock|nproc|realpath|timeout|tac|setsid|seq|md5sum|sha\d+sum|gawk|numfmt|shuf)\b(?!\()": "Linux",
    r"\breadlink\s+-\w": "readlink's options differ",
    r"\b(?:mv|cp|ln)\s+-\w*T": "GNU only",
    r"(?:^|[;&|]\s*)\s*install\s+-": "GNU only; cp and chmod are everywhere",
    r"\bsed\s+(?:-\w+\s+)*-i": "in place differs",
    r"\bgrep\s+-\w*P": "GNU only",
    r"\bstat\s+-": "differs",
    r"\bdate\s+-d\b": "GNU only",
    r"\bxargs\s+-\w*r": "GNU only",
    r"\bfind\b.*\s-printf\b": "GNU only",
    r"\bhead\s+-n\s+-": "GNU only",
    r"\bsort\s+-\w*V": "GNU only",
    r"\becho\s+-[en]": "differs; printf is everywhere",
}


def code_of(path: Path) -> list[str]:
    """Return the lines of a script without comments, with `command -v` of optional tools left out."""
    lines = (re.sub(r"(^|\s)#.*", "", line) for line in path.read_text("utf-8").splitlines())
    return [re.sub(r"command -v \S+", "", line) for line in lines]


def test_scripts_are_found() -> None:
    assert {"run", "test", "setup", "touchline"} <= {path.name for path in SCRIPTS}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(path: Path) -> None:
    if not SHELLCHECK.exists():
        pytest.skip("there is no wheel of ShellCheck for this machine")
    completed = subprocess.run([SHELLCHECK, "--severity=style", path], capture_output=True, text=True)
    assert completed.returncode == 0, completed.stdout


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_bash_3_and_the_tools_of_posix_suffice(path: Path) -> None:
    findings = [
        f"{path.name}:{number}: {match[0]}: {reason}"
        for number, line in enumerate(code_of(path), start=1)
        for pattern, reason in (NEWER_THAN_BASH_3 | NOT_EVERYWHERE).items()
        if (match := re.search(pattern, line))
    ]
    assert not findings


@pytest.mark.parametrize(
    "line",
    [
        "declare -A seen", "mapfile -t lines", "echo ${name^^}", "wait -n", "flock 9", "readlink -f x", "mv -T a b",
        "echo x | sha512sum --check", "sed -i s/a/b/ file", "install -m 755 a b", "echo -n x", "x |& cat",
    ],
)  # fmt: skip
def test_what_macos_does_not_have_is_noticed(line: str) -> None:
    assert any(re.search(pattern, line) for pattern in NEWER_THAN_BASH_3 | NOT_EVERYWHERE)
