"""What all functions answer, as a document and as a page."""
