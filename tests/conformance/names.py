"""Tests as people read them: a sentence, where it stands, in how many cases, over which logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """All cases of one test function."""

    words: str
    place: str
    """The file without what every file has in its name."""
    n_cases: int
    over: tuple[str, ...]
    """The logs it ran over, where it names any."""
    trouble: str
    """What did not pass, and why."""

    @property
    def cases(self) -> str:
        """Told when there are several."""
        return f", {self.n_cases} cases" if self.n_cases > 1 else ""


def grouped(tests: Iterable[dict[str, str]]) -> Iterator[Test]:
    """`tests` are what the plugin wrote: `test` is pytest's name, cases of one function stand together."""
    for function, cases in groupby(tests, key=lambda each: each["test"].partition("[")[0]):
        matches = list(cases)
        path, _, name = function.partition("::")
        amiss = [each for each in matches if each["outcome"] != "passed"]
        yield Test(
            words=name.rpartition("::")[2].removeprefix("test_").replace("_", " "),
            place=path.removeprefix("tests/").removesuffix(".py").replace("test_", ""),
            n_cases=len(matches),
            over=tuple(dict.fromkeys(each["over"] for each in matches if each["over"] and each["outcome"] == "passed")),
            trouble="; ".join(dict.fromkeys(f"{each['outcome']} {each['reason']}".strip() for each in amiss)),
        )
