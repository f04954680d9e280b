"""Runs the laptop's data plane without sockets and without waiting: one seed decides everything that happens.

`loop` runs the real code, its tasks and its `threads`, in virtual time and in a seeded order. `simulation` puts
processes of the data plane between a log and functions, and kills them; `scenarios` says what goes wrong, `runner`
plays a scenario, and `properties` says what must hold all the same. ``python -m knative.simulator`` replays a seed.
"""
