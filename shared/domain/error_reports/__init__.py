"""Reports of errors as Sentry's SDKs send them, grouped into issues."""
