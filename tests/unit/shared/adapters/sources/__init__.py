"""Archives read as a person would, and their way into the tables."""
