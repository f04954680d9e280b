"""Expands a Sequence as its controller does: to a Channel and a Subscription for each step."""

from __future__ import annotations

from knative.manifests.model import Channel, Destination, Name, Ref, Sequence, Subscription


def list_channels(sequence: Sequence) -> list[Channel]:
    """One before each step; events for the Sequence enter the first."""
    return [
        Channel(
            name=_channel_name(sequence, number), data_plane=sequence.data_plane, delivery=sequence.channel_delivery
        )
        for number in range(len(sequence.steps))
    ]


def list_subscriptions(sequence: Sequence) -> list[Subscription]:
    """Each step's, whose reply goes to the channel of the next one, and in the end to the Sequence's own reply."""
    return [
        Subscription(
            name=_channel_name(sequence, number),
            channel=_channel_name(sequence, number),
            subscriber=step.subscriber,
            reply=_next_channel(sequence, number) if number + 1 < len(sequence.steps) else sequence.reply,
            delivery=step.delivery,
        )
        for number, step in enumerate(sequence.steps)
    ]


def entry_channel(sequence: Sequence) -> Name:
    """The Channel whose address is the Sequence's."""
    return _channel_name(sequence, 0)


def _next_channel(sequence: Sequence, number: int) -> Destination:
    return Destination(ref=Ref(kind="Channel", name=_channel_name(sequence, number + 1)))


def _channel_name(sequence: Sequence, number: int) -> Name:
    return Name(namespace=sequence.name.namespace, name=f"{sequence.name.name}-kn-sequence-{number}")
