"""What Knative's contract demands, one named assertion each, in our own words.

The public conformance suite names its assertions on the Broker, Trigger, Channel, Subscription, Sequence, PingSource
and SinkBinding; the data plane and control plane specifications hold more. A test proves one by the marker
``@pytest.mark.conforms("<id>", …)``; one that cannot be put to the test on a laptop says why in `outside`.
"""

from __future__ import annotations

from tests.conformance.contract.assertion import Assertion
from tests.conformance.contract.brokers import BROKERS
from tests.conformance.contract.data_plane import DATA_PLANE
from tests.conformance.contract.messaging import MESSAGING
from tests.conformance.contract.sources import SOURCES

ASSERTIONS: tuple[Assertion, ...] = (*DATA_PLANE, *BROKERS, *MESSAGING, *SOURCES)
