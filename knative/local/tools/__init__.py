"""What one can see and mend from outside: the life of an event, dead letters, replays, the page."""
