"""What ``./scripts/touchline`` can do, one module per command.

The first line of a module's docstring is its help; ``arguments(parser)`` says what it takes, ``run(asked)`` does it and
gives the exit code. The rest of the docstring, when there is any, closes the command's ``--help``.
"""
