"""The laptop twin of Knative: reads the same YAML as a cluster, serves the functions, dispatches the events."""
