"""Rules of collecting from sources that are not ours."""
