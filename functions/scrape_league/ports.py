"""Dependencies of the HTTP function."""

from __future__ import annotations

from dataclasses import dataclass

from functions.scrape_league.completeness.report import CompletenessStore
from functions.scrape_league.jobs.model import Dispatcher, Jobs
from functions.scrape_league.quarantine.model import Quarantine
from functions.scrape_league.source.guard import SourceCircuit
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Dependencies of the HTTP function."""

    jobs: Jobs
    source: SourceCircuit
    completeness: CompletenessStore
    quarantine: Quarantine
    dispatcher: Dispatcher
    tokens: Tokens
    clock: Clock
    probes: Probes
    leagues: tuple[str, ...]
    rate_per_s: float
