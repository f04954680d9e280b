"""How the browser is started, without one."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace
from typing import Any

import pytest
from playwright import async_api

from shared.adapters.browser.chromium import Chromium
from shared.errors import Unavailable


@pytest.mark.parametrize(("user", "setting", "sandboxed"), [(1000, True, True), (1000, False, False), (0, True, False)])
def test_pages_are_kept_in_a_sandbox_unless_the_container_is_one_or_root_asks(
    monkeypatch: pytest.MonkeyPatch, user: int, setting: bool, sandboxed: bool
) -> None:
    launch_options = refuse_to_launch(monkeypatch)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(Unavailable, match="no browser here"):
        Chromium("/no/such", sandbox=setting)
    assert launch_options["chromium_sandbox"] is sandboxed


def test_it_is_closed_whole_where_the_caller_runs_a_loop_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_to_launch(monkeypatch)
    loops: list[asyncio.AbstractEventLoop] = []

    def make_loop() -> asyncio.AbstractEventLoop:
        loops.append(asyncio.SelectorEventLoop())
        return loops[-1]

    async def start() -> None:
        monkeypatch.setattr(asyncio, "new_event_loop", make_loop)
        with pytest.raises(Unavailable, match="no browser here"):
            Chromium("/no/such")

    asyncio.run(start())
    (loop,) = loops
    assert loop.is_closed()


def refuse_to_launch(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let no browser start; the options that it would have been started with, once it was tried."""
    launch_options: dict[str, Any] = {}

    async def launch(**options: Any) -> None:
        launch_options.update(options)
        raise async_api.Error("no browser here")

    async def start() -> Any:
        return SimpleNamespace(chromium=SimpleNamespace(launch=launch), stop=start)

    monkeypatch.setattr(async_api, "async_playwright", lambda: SimpleNamespace(start=start))
    return launch_options
