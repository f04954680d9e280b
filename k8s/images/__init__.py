"""The images of Touchline: which there are, what their Dockerfile says, and their rehearsal without Docker."""
