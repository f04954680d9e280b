"""One demand of the contract, and how a table of them is written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"]
Note = dict[Literal["outside", "here"], str]
Row = tuple[str, Level, str] | tuple[str, Level, str, Note]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A test proves it by the marker ``@pytest.mark.conforms("<id>")``."""

    id: str
    area: str
    level: Level
    text: str
    outside: str = ""
    """Why it cannot be tested here; empty: at least one test has to prove it."""
    here: str = ""
    """What stands for it on a laptop, where that is not the thing itself."""


def area(title: str, *rows: Row) -> tuple[Assertion, ...]:
    """A part of the contract: id, level, text, and perhaps a note."""
    return tuple(
        Assertion(id=row[0], area=title, level=row[1], text=row[2], **(row[3] if len(row) > 3 else {})) for row in rows
    )


def outside(why: str) -> Note:
    """Why it cannot be put to the test."""
    return {"outside": why}


def here(what: str) -> Note:
    """What stands for it here."""
    return {"here": what}


NO_API = outside("no Kubernetes API server runs on a laptop: objects have neither status nor roles nor definitions")
NO_UPDATE = outside("nothing updates a running object on a laptop: manifests are read at start, as if created anew")
NO_SPANS = outside("no OpenTelemetry exporter runs on a laptop; `touchline why` tells what spans would")
NO_TLS = outside("connections on a laptop stay on the loopback interface and have no TLS")
ONE_PROTOCOL = outside("not used: there is one ingress, and it speaks HTTP")
NO_SWITCH = outside("not offered: counting cannot be switched off")
READY = here("`/health/ready` answers 200, and 503 with the reason before")
REFUSED = here("the start is refused, and the refusal names what is missing")
GRAPH = here("the resolved address, which deliveries, the journal and `touchline graph` go by")
