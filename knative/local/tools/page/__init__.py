"""The page at ``/eventing``: the graph with what goes over it, the newest events, their lives, what was given up.

For those who sit at this machine: it answers loopback alone, and shows what happened to events, never their data.
"""
