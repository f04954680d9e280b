"""Knative Eventing on a laptop: Brokers, Channels, Triggers, Subscriptions and sources over a durable event log.

Read it in the order an event travels: `ingress` (HTTP in, validation, append to the log), `sources` (records of topics
and ticks of the clock as events), `delivery` (a consumer group, its filter, attempts, retries, replies, dead letters).
`message` is the event itself, `filters` decides which Trigger gets it, `trace` records each step, `runtime` holds what
all share (clock, log writer, topic names), and `process` builds everything from the manifests.
"""
