"""The fields of every type, one module per API group, in the notation of `knative.admission.schema`."""
