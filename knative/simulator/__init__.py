"""The laptop's data plane without sockets and without waiting: one seed decides everything that happens.

`loop` runs the real code, its tasks and its `threads`, in virtual time and in a seeded order. `world` puts processes of
it before a log and functions, and kills them; `scenarios` says what goes wrong, `play` lets it happen, and `properties`
says what must hold all the same. ``python -m knative.simulator`` replays a seed.
"""
