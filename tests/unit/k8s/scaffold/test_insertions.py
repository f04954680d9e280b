"""A new function is added to the files that list all of them, and nothing else in them changes."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from k8s.scaffold import insertions, naming
from shared.errors import Conflict, InvalidInput
from tests.support.reference import ROOT


def added(before: str, after: str) -> list[str]:
    """Return the lines that are new; nothing may be gone."""
    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert not [line for line in changes if line[0] == "-"]
    return [line[2:] for line in changes]


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


@pytest.mark.parametrize("name", ["aardvark", "list-stores", "zebra"])
def test_a_resource_goes_to_its_place_in_the_alphabet(name: str) -> None:
    before = read("knative/kustomization.yaml")
    after = insertions.add_resource(before, f"{name}.yaml")
    assert added(before, after) == [f"  - {name}.yaml"]
    resources = [line for line in after.splitlines() if line.startswith("  - ")]
    assert resources == sorted(resources)


def test_a_route_is_the_last_rule_and_the_grant_follows() -> None:
    before = read("knative/gateway.yaml")
    after = insertions.add_route(before, "settle-bets", "/settle-bets")
    assert len(added(before, after)) == 12
    *_, route, grant = after.split("---\n")
    assert [line.strip() for line in route.splitlines() if "value: /" in line][-1] == "value: /settle-bets"
    assert grant == before.split("---\n")[-1]


def test_a_route_has_at_most_16_rules() -> None:
    text = read("knative/gateway.yaml")
    n_free = 16 * text.count("kind: HTTPRoute\nmetadata:") - text.count("    - matches:\n")
    for number in range(n_free):
        text = insertions.add_route(text, f"f{number}", f"/f{number}")
    assert max(each.count("    - matches:\n") for each in text.split("---\n")) == 16
    with pytest.raises(Conflict, match="begin another one"):
        insertions.add_route(text, "more", "/more")


@pytest.mark.parametrize("path", ["/stats", "/stats/odds", "/me"])
def test_a_path_that_overlaps_with_another_is_refused(path: str) -> None:
    with pytest.raises(
        Conflict, match=rf"{path} overlaps with the public path /(stats/search|stats|me) in knative/gateway\.yaml"
    ):
        insertions.add_route(read("knative/gateway.yaml"), "odds", path)


def test_a_path_that_only_begins_alike_is_another_one() -> None:
    assert "/statsbook" in insertions.add_route(read("knative/gateway.yaml"), "statsbook", "/statsbook")


@pytest.mark.parametrize("name", ["aardvark", "list-stores", "zebra"])
def test_a_disruption_budget_goes_to_its_place_in_the_alphabet(name: str) -> None:
    before = read("k8s/base/functions/disruption.yaml")
    after = insertions.add_disruption_budget(before, name)
    assert sum(name in line for line in added(before, after)) == 2
    names = [line for line in after.splitlines() if line.startswith("  name: ")]
    assert names == sorted(names)
    assert after.count("---\n") == len(names) - 1
    assert after.startswith("# One pod at a time")


@pytest.mark.parametrize("name", ["aardvark", "list-stores", "zebra"])
def test_an_image_stands_among_the_functions(name: str) -> None:
    before = read("k8s/overlays/production/kustomization.yaml")
    after = insertions.add_image(before, f"ghcr.io/touchline/{name}", "0.1.0")
    assert sorted(added(before, after)) == ["    newTag: 0.1.0", f"  - name: ghcr.io/touchline/{name}"]
    assert f"  - name: ghcr.io/touchline/{name}\n    newTag: 0.1.0\n" in after
    names = [line.rpartition("/")[2] for line in after.splitlines() if "- name: ghcr.io" in line]
    functions = names[: names.index("migrations")]
    assert name in functions
    assert functions == sorted(functions)


README = f"""\
# Title

{insertions.HEADING}
|---|---|---|---|---|
| accounts | [`login`](functions/login) | `POST /login` | – | – |
| accounts | [`users`](functions/users) | `/users` | – | – |
| football | [`plot`](functions/plot) | `GET /plots` | – | – |

| another | table |
|---|---|
| accounts | [`none`](none) |
"""


@pytest.mark.parametrize(("area", "after"), [("accounts", "users"), ("football", "plot"), ("betting", "plot")])
def test_a_row_of_the_readme_ends_its_area_or_the_table(area: str, after: str) -> None:
    text = insertions.add_readme_row(README, "settle-bets", "settle_bets", area, "/settle-bets")
    row = f"| {area} | [`settle-bets`](functions/settle_bets) | `GET /settle-bets` | – | – |"
    assert added(README, text) == [row]
    lines = text.splitlines()
    assert f"(functions/{after})" in lines[lines.index(row) - 1]


def test_a_readme_without_the_table_is_refused() -> None:
    with pytest.raises(Conflict, match="no table with the heading"):
        insertions.add_readme_row("# Touchline\n", "settle-bets", "settle_bets", "betting", "/settle-bets")


def test_the_readme_lists_every_function_once_with_areas_together() -> None:
    lines = read("README.md").splitlines()
    start = lines.index(insertions.HEADING) + 2
    rows = [line.split("|") for line in lines[start : lines.index("", start)]]
    folders = [row[2].split("](functions/")[1].rstrip(") ") for row in rows]
    assert sorted(folders) == sorted(path.parent.name for path in Path(ROOT / "functions").glob("*/main.py"))
    areas = [row[1].strip() for row in rows]
    assert areas == sorted(areas, key=areas.index)


@pytest.mark.parametrize("name", ["Settle", "settle_bets", "-settle", "settle-", "1st", "while", "x" * 41, "", "a/b"])
def test_a_name_that_kubernetes_or_python_would_refuse_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="not a name of a function"):
        naming.parse(name, "betting")


def test_a_name_has_a_folder_a_path_and_a_sentence() -> None:
    function = naming.parse("settle-bets", "betting", "Settle every bet. ")
    assert (function.folder, function.path, function.summary) == ("settle_bets", "/settle-bets", "Settle every bet")
    assert naming.parse("settle-bets", "betting").summary == "Serve settle bets"
    with pytest.raises(InvalidInput, match="not a name of an area"):
        naming.parse("settle-bets", "Betting!")
