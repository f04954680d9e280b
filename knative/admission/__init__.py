"""A cluster's admission webhooks, offline: strict decoding, defaults and validation of every Knative kind used here.

`admit` answers for one object. Read `review` for the kinds, one module per API group for their rules
(`serving` with `template`, `pod`, `containers`, `volumes`, `masks` and `autoscaling`; `eventing`, `messaging`,
`sources`, `kafka`), `tables` for the fields. Pure: nothing but the CESQL parser is imported.
"""

from knative.admission.review import DEPRECATED, RELEASED_TEMPLATE, WEBHOOKS, Admission, admit, reviewable

__all__ = ["DEPRECATED", "RELEASED_TEMPLATE", "WEBHOOKS", "Admission", "admit", "reviewable"]
