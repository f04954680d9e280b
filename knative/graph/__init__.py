"""The graph of who emits and who listens: plain data, read from the manifests; text and picture of it stand apart."""
