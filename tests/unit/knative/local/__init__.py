"""Unit tests of the laptop Knative."""
