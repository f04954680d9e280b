"""What a program may ever import, now or later: found by following names, without running anything.

A module's own statements run when it is imported; a function runs only if something that runs mentions it. Whose method
is meant is not known, so one runs when its class is mentioned and its name is, of anything: a little more than may be.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.support.reference import ROOT

OURS = ("functions", "shared", "k8s", "knative")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Unit:
    """A module's own statements, or one of its tables, functions or methods."""

    needs: frozenset[str]
    """What must be mentioned for it to run: ``module:function``, or ``module:class`` and ``.method``."""
    mentions: frozenset[str]
    imports: frozenset[str]


@cache
def reached(roots: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Our modules that the roots may execute, and the first names of others' modules that they may import."""
    ours, others, mentioned = set(roots), set[str](), set[str]()
    ran: set[tuple[str, Unit]] = set()
    while True:
        runs = {(module, unit) for module in ours for unit in units(module) if unit.needs <= mentioned} - ran
        if not runs:
            return frozenset(ours), frozenset(others) - sys.stdlib_module_names
        ran |= runs
        mentioned |= {name for _, unit in runs for name in unit.mentions}
        for name in {name for _, unit in runs for name in unit.imports}:
            if name.partition(".")[0] in OURS:
                ours |= set(_with_packages(name))
            else:
                others.add(name.partition(".")[0])


def distributions(names: frozenset[str]) -> frozenset[str]:
    """Who ships modules of these names, as requirements spell it."""
    names_known = packages_distributions()
    return frozenset(
        each.lower().replace("_", "-").replace(".", "-") for name in names for each in names_known.get(name, [name])
    )


@cache
def units(module: str) -> tuple[Unit, ...]:
    """The parts of a module."""
    path = _file(module)
    assert path is not None, module
    tree = ast.parse(path.read_text("utf-8"))
    names = _imported(list(ast.walk(tree)))
    tables = [each for each in tree.body if _is_table(each)]
    tree.body = [each for each in tree.body if each not in tables]
    functions: list[tuple[str, _Function]] = []
    own = list(_parts(tree, functions))
    return (
        _unit(frozenset(), own, module, names),
        Unit(frozenset({"shared.lazy:import_registered"}), frozenset(), frozenset(_registered(tree))),
        *(_unit(frozenset({f"{module}:{_target(each)}"}), list(ast.walk(each)), module, names) for each in tables),
        *(_unit(_needs(each, owner, module), _body(each), module, names) for owner, each in functions),
    )


def _parts(node: ast.AST, functions: list[tuple[str, _Function]], owner: str = "") -> Iterator[ast.AST]:
    """The nodes outside functions, which are put aside with their class; what only type checkers read is left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            functions.append((owner, child))
            for each in (*child.decorator_list, *child.args.defaults, *child.args.kw_defaults):
                yield from ast.walk(each) if each is not None else ()
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            yield from _parts(ast.Module(child.orelse, []), functions, owner)
        elif isinstance(child, ast.AnnAssign):
            yield from ast.walk(child.value) if child.value is not None else ()
        else:
            yield child
            yield from _parts(child, functions, child.name if isinstance(child, ast.ClassDef) else owner)


def _body(function: _Function) -> list[ast.AST]:
    """What runs when it is called; nobody evaluates annotations."""
    return [each for statement in function.body for each in ast.walk(statement)]


def _is_table(node: ast.stmt) -> bool:
    """A constant that calls nothing: functions it holds run only if somebody looks them up there."""
    return bool(_target(node)) and not any(isinstance(each, ast.Call) for each in ast.walk(node))


def _target(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else ""


def _imported(nodes: list[ast.AST]) -> dict[str, str]:
    """What names of a module stand for, by its imports; those for type checkers tell what lazy modules are."""
    files: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            files |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            files |= {alias.asname or alias.name: alias.name for alias in node.names}
    return files


def _needs(function: _Function, owner: str, module: str) -> frozenset[str]:
    """Routes, signals and the like are called by whoever they are registered with; Python itself calls dunders."""
    registered = any(isinstance(each, ast.Call | ast.Attribute) for each in function.decorator_list)
    called = registered or function.name.startswith("__")
    if not owner:
        return frozenset() if called else frozenset({f"{module}:{function.name}"})
    return frozenset({f"{module}:{owner}"} | (set() if called else {f".{function.name}"}))


def _unit(needs: frozenset[str], nodes: list[ast.AST], module: str, names: dict[str, str]) -> Unit:
    mentions: set[str] = set()
    imports: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            mentions.add(_colon(names.get(node.id, f"{module}.{node.id}")))
            imports |= {names[node.id]} if node.id in names else set()  # by `lazy.Module`, if not before
        elif isinstance(node, ast.Attribute):
            owner = names.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
            mentions.add(f"{owner}:{node.attr}" if _file(owner) or _is_foreign(owner) else f".{node.attr}")
        elif isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imports |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call):
            imports |= set(_called(node, module))
    return Unit(needs, frozenset(mentions), frozenset(imports))


def _is_foreign(name: str) -> bool:
    return name.islower() and name.partition(".")[0] not in ("", *OURS)


def _colon(dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    return f"{module}:{name}"


def _called(call: ast.Call, module: str) -> Iterator[str]:
    """Modules named by a text: of `import_module`, and the package `http.install` describes."""
    does = ast.unparse(call.func).rpartition(".")[2]
    if does == "import_module" and isinstance(call.args[0], ast.Constant):
        yield str(call.args[0].value)
    elif does == "import_module" and isinstance(call.args[0], ast.JoinedStr):
        yield from _family(call.args[0], module)
    for keyword in call.keywords if does == "install" else ():
        if keyword.arg == "package":
            yield f"{ast.literal_eval(keyword.value)}.openapi"


def _registered(tree: ast.Module) -> Iterator[str]:
    """What `lazy.import_registered` imports of a module, even if nobody mentions it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy.Module" and not node.keywords:
            yield str(ast.literal_eval(node.args[0]))


def _family(text: ast.JoinedStr, module: str) -> Iterator[str]:
    """Every module of the package that the text begins with."""
    first = text.values[0]
    if isinstance(first, ast.Constant):
        package = str(first.value).rstrip(".")
    elif "__name__" in ast.unparse(first):
        package = module
    else:
        return  # `http.install` was given the package
    yield from (f"{package}.{path.stem}" for path in (ROOT / package.replace(".", "/")).glob("[a-z]*.py"))


def _with_packages(name: str) -> Iterator[str]:
    """The module behind a dotted name, of ``module.Name`` the module, and the packages around it."""
    while name:
        if _file(name):
            yield name
        name = name.rpartition(".")[0]


@cache
def _file(name: str) -> Path | None:
    base = ROOT.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)
