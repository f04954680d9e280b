"""Tools to inspect and repair eventing from outside: event histories, dead letters, replays, the page."""
