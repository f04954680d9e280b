"""Commands of ``./scripts/touchline``, one module per command, and ``./scripts/run``.

The first line of a module's docstring is its help; ``arguments(parser)`` declares its options, ``run(args)`` runs it
and returns the exit code. The rest of the docstring, if any, ends the command's ``--help``.
"""
