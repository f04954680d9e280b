"""The laptop's Knative Eventing: broker ingress, Trigger dispatch, KafkaSource, PingSource, on a durable log.

One rule group per file: what is accepted (`ingress`), which Trigger wants it (`filters`), what is tried again and what
is given up (`delivery`), what comes back (`replies`), how plain records become events (`kafkasource`), when the clock
speaks (`pingsource`). `courier` applies the rules to one event, `dispatch` keeps many of them in flight.
"""
