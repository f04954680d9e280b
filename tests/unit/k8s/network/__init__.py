"""Tests of `k8s.network`."""
