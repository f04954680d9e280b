"""The manifests as a cluster gets them: every overlay with every set of components, rendered and held to schemas."""
