"""Choose the adapters that site runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.site.parts import TIMEOUT_S, PartReader
from functions.site.service import Deps, PageMemory
from shared.adapters.http.function_calls import FunctionCalls
from shared.adapters.valkey.cache import ValkeyCache
from shared.clock import SystemClock
from shared.settings.edge import EdgeSettings
from shared.settings.functions import FunctionSettings
from shared.settings.stores import CacheSettings

NEED = ("FUNCTIONS_URL", "CACHE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    functions: FunctionSettings
    cache: CacheSettings


def build(settings: Settings) -> Deps:
    """Wire the function; no client connects yet. Readiness asks nothing: pages are made of what can be had."""
    cache, clock = ValkeyCache(settings.cache.url), SystemClock()
    # A read that is late goes on after its page was sent, so that the next page has the answer.
    reads = FunctionCalls(settings.functions.url, timeout_s=5 * TIMEOUT_S)
    return Deps(
        parts=PartReader(reads, cache, clock),
        functions=FunctionCalls(settings.functions.url),
        cache=cache,
        clock=clock,
        pages=PageMemory(),
    )
