"""The laptop's Knative Eventing: Brokers and Channels, Triggers, Subscriptions and sources, on a durable log.

One rule group per file. On the way in: what is accepted (`ingress`, `validity`), where it is kept and in which form
(`inlets`), which other headers stay with it (`foreign`), how loops end (`hops`). On the way out: which Trigger wants it
(`filters`), what is tried again and after how long (`delivery`), what comes back (`replies`), what is said of an event
that is given up (`dead_letters`). At the sources: how plain records become events (`kafkasource`), when the clock
speaks (`pingsource`).

`wiring` makes consumers of the manifests; `courier` applies the rules to one event, `dispatch` and `window` keep many
of them in flight; `app` puts it all together.
"""
