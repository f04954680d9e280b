"""The CloudEvents SQL technology compatibility kit, every case under its own name."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from knative.cesql import CesqlSyntaxError, evaluate, parse
from tests.support.reference import REFERENCE, reference

KIT = "conformance/cesql_tck"
ANY_EVENT = {"specversion": "1.0", "id": "1", "source": "/kit", "type": "t"}


class Loader(yaml.SafeLoader):
    """Leaves moments as they are written; attributes of an event are texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted((REFERENCE / KIT).glob("*.yaml"))
        for case in yaml.load(path.read_text(), Loader)["tests"]
    ]


@pytest.mark.suite("CloudEvents SQL compatibility kit")
@pytest.mark.parametrize("case", cases())
def test_a_case_of_the_kit(case: dict[str, Any]) -> None:
    # Unquoted, `true` and `10` are no texts to YAML.
    assert answered(str(case["expression"]), case.get("event") or ANY_EVENT | case.get("eventOverrides", {})) == (
        case.get("error"),
        *((type(case["result"]), case["result"]) if "result" in case and case.get("error") != "parse" else ()),
    )


def answered(source: str, event: dict[str, Any]) -> tuple[Any, ...]:
    try:
        result = evaluate(parse(source), event)
    except CesqlSyntaxError as error:
        return (error.kind.value,)
    return (result.error.kind.value if result.error else None, type(result.value), result.value)


def test_the_kit_is_whole() -> None:
    assert len(list(reference(KIT).glob("*.yaml"))) == 18
    assert len(cases()) == 275
