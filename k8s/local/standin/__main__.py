"""Start the stand-in: `python -m k8s.local.standin --port 0`; the first line on stdout is JSON with its address."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from k8s.local.standin.faults.fault_layer import FaultLayer
from k8s.local.standin.faults.fault_plan import Fault, InvalidFaultPlan
from k8s.local.standin.faults.fault_plan import parse as parse_fault_plan
from k8s.local.standin.replay.archive import InvalidArchive
from k8s.local.standin.replay.replayed_world import ReplayWorld
from k8s.local.standin.site import asgi_app as site
from k8s.local.standin.site.challenge import DEFAULT_LIFETIME_S, Challenge
from k8s.local.standin.site.clock import DEFAULT_NOW, InvalidInstant, SiteClock, parse_instant
from k8s.local.standin.site.json_interface import JsonInterface
from k8s.local.standin.site.pages import Pages
from k8s.local.standin.world.simulated_world import SimulatedWorld
from k8s.local.standin.world.world import World


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="standin", description="A stand-in for a football results site.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="decides everything simulated")
    parser.add_argument(
        "--now", help=f"site time, ISO 8601 with zone (simulated: {DEFAULT_NOW}; replay: after the end)"
    )
    parser.add_argument("--replay", type=Path, metavar="DIR", help="replay the archive below this folder")
    parser.add_argument(
        "--report", action="store_true", help="with --replay: read everything, print what was read and skipped, exit"
    )
    parser.add_argument("--no-challenge", action="store_true", help="serve every client without a challenge")
    parser.add_argument(
        "--pass-lifetime-s", type=int, default=DEFAULT_LIFETIME_S, help="how long a passed challenge holds"
    )
    parser.add_argument(
        "--hostile",
        default="",
        metavar="TRICK=SHARE,...",
        help=f"apply faults by shares from 0 to 1, such as errors=0.1,slow=0.05,after=200; faults: {', '.join(Fault)}",
    )
    parser.add_argument("--hostile-seed", type=int, default=0, help="decides which responses are corrupted")
    options = parser.parse_args(arguments)
    if options.report and options.replay is None:
        parser.error("--report needs --replay")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the site until a signal; return the exit code."""
    options = parse(arguments)
    try:
        if options.report:
            return report(options.replay)
        world, now = open_world(options)
        plan = parse_fault_plan(options.hostile, seed=options.hostile_seed)
    except (InvalidArchive, InvalidInstant, InvalidFaultPlan) as exc:
        print(f"standin: {exc}", file=sys.stderr)
        return 2
    clock = SiteClock(now)
    secret = sha256(f"standin {options.seed}".encode()).digest()
    challenge = Challenge(secret, options.pass_lifetime_s)
    interface, pages = JsonInterface(world, clock, options.seed), Pages(world, clock, challenge)
    gate = None if options.no_challenge else challenge
    app = site.build(interface, pages, clock, gate, lambda inner: FaultLayer(inner, plan))
    try:
        listener = listen(options.host, options.port)
    except OSError as exc:
        print(f"standin: cannot listen on {options.host}:{options.port}: {exc.strerror}", file=sys.stderr)
        return 2
    serve(app, listener, announcement(world, now, f"http://{options.host}:{listener.getsockname()[1]}"))
    return 0


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket.

    It is made with its protocol named: asyncio turns Nagle's delay off only for sockets that say they are TCP, and the
    delay would cost 40 ms an answer.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def open_world(options: argparse.Namespace) -> tuple[World, int]:
    """Open the simulated or replayed world; return it with the time its clock begins at."""
    now = parse_instant(options.now) if options.now else None
    if options.replay is None:
        return SimulatedWorld(options.seed), parse_instant(DEFAULT_NOW) if now is None else now
    replayed = ReplayWorld(options.replay)
    return replayed, replayed.after_the_last_match() if now is None else now


def announcement(world: World, now: int, url: str) -> str:
    """Return the line of JSON with the site's address, mode and leagues."""
    leagues = [
        {"ut": league.ut, "slug": league.slug, "name": world.title(league), "season": world.years(league, now)[0]}
        for league in world.leagues
    ]
    return json.dumps({"url": url, "mode": world.mode, "leagues": leagues})


def report(folder: Path) -> int:
    """Read a whole archive; print what was read and what was skipped."""
    world = ReplayWorld(folder, log=print)
    world.load_everything()
    files = world.parsed_files.values()
    n_matches, n_skipped = sum(len(file.results) for file in files), sum(len(file.skipped) for file in files)
    print(f"in all: {len(files)} files, {n_matches} matches, {n_skipped} lines skipped")
    return 0


def serve(app: site.App, listener: socket.socket, line: str) -> None:
    """Serve until SIGTERM or SIGINT, and print `line` once requests are answered."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(line, flush=True)

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1, server_header=False
    )
    # uvicorn raises a caught signal again when it has shut down; these handlers turn that into an ordinary end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    Server(config).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
