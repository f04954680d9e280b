"""Knative's contract, assertion by assertion: what `tests.conformance.assertions` collects."""
