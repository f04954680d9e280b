"""The laptop's data plane without sockets, threads or waiting: one seed decides everything that happens.

`loop` runs the real code in virtual time and in a seeded order, `world` gives it a log, sinks and crashes,
`scenarios` says what goes wrong, `properties` says what must hold all the same.
"""
