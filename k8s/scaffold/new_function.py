"""Writes all files of a new function: its package and test, its manifest, and its entries in files that list all."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template

from k8s.images import catalogue
from k8s.network import files as network_files
from k8s.scaffold import insertions
from k8s.scaffold.naming import FunctionName
from shared.errors import Conflict, Unavailable

ROOT = catalogue.ROOT
_TEMPLATES = Path(__file__).parent / "template"
_PACKAGE = ("main.py", "service.py", "wiring.py", "openapi.py", "README.md", "requirements.in")


def create(function: FunctionName) -> list[Path]:
    """Write the files of a function; return those that are new or changed, relative to the repository.

    Raises
    ------
    Conflict : the function or its path exists already; nothing is written.
    Unavailable : its requirements cannot be resolved; everything else is written.
    """
    if (ROOT / "functions" / function.folder).exists() or (ROOT / "knative" / f"{function.name}.yaml").exists():
        raise Conflict(f"there is a function {function.name} already")
    texts = dict(_own_files(function)) | dict(_entries(function))
    for path, text in texts.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
    policies = _write_policies()
    lock = Path("functions", function.folder, "requirements.txt")
    _lock_requirements(lock)
    return [*texts, *policies, lock]


def _own_files(function: FunctionName) -> Iterator[tuple[Path, str]]:
    fields = {
        "name": function.name,
        "folder": function.folder,
        "path": function.path,
        "summary": function.summary,
        "image": f"{catalogue.REGISTRY}/{function.name}",
        "version": catalogue.version(),
    }
    package = Path("functions", function.folder)
    yield package / "__init__.py", ""
    for name in _PACKAGE:
        yield package / name, _render(name, fields)
    yield Path("knative", f"{function.name}.yaml"), _render("manifest.yaml", fields)
    area = function.area.replace(" ", "_")
    yield Path("tests", "contract", area, "__init__.py"), _read_or_empty(Path("tests", "contract", area, "__init__.py"))
    yield Path("tests", "contract", area, f"test_{function.folder}.py"), _render("test.py", fields)


def _entries(function: FunctionName) -> Iterator[tuple[Path, str]]:
    name, image = function.name, f"{catalogue.REGISTRY}/{function.name}"
    edits: dict[str, Callable[[str], str]] = {
        "knative/kustomization.yaml": lambda text: insertions.add_resource(text, f"{name}.yaml"),
        "knative/gateway.yaml": lambda text: insertions.add_route(text, name, function.path),
        "k8s/base/functions/disruption.yaml": lambda text: insertions.add_disruption_budget(text, name),
        "k8s/overlays/production/kustomization.yaml": lambda text: insertions.add_image(
            text, image, catalogue.version()
        ),
        "README.md": lambda text: insertions.add_readme_row(text, name, function.folder, function.area, function.path),
    }
    for path, edit in edits.items():
        yield Path(path), edit((ROOT / path).read_text("utf-8"))


def _render(name: str, fields: dict[str, str]) -> str:
    return Template((_TEMPLATES / f"{name}.txt").read_text("utf-8")).substitute(fields)


def _read_or_empty(path: Path) -> str:
    return (ROOT / path).read_text("utf-8") if (ROOT / path).is_file() else ""


def _write_policies() -> list[Path]:
    """Write the NetworkPolicies that follow from the new manifest; return the changed files."""
    changed = {path: text for path, text in network_files.render_files().items() if _read_or_empty(path) != text}
    for path, text in changed.items():
        (ROOT / path).write_text(text, "utf-8")
    return list(changed)


def _lock_requirements(lock: Path) -> None:
    """Lock the requirements of the function's image as ./scripts/lock does, for this function only."""
    completed = subprocess.run(
        [str(ROOT / "scripts" / "lock"), "--only", str(lock.with_suffix(".in"))],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    if completed.returncode:
        raise Unavailable(
            f"{lock} is missing: {(completed.stderr.strip().splitlines() or ['./scripts/lock failed'])[-1]}; "
            "run ./scripts/lock"
        )
