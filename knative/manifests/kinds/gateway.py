"""Reads an HTTPRoute: path prefixes, each rewritten to the host name of a function."""

from __future__ import annotations

from knative.manifests.fields import Fields
from knative.manifests.kinds import common
from knative.manifests.model import Name, RouteRule

SUFFIX = ".svc.cluster.local"


def http_route(fields: Fields) -> list[RouteRule]:
    """The rules that lead to a function."""
    common.metadata(fields)
    spec = fields.section("spec", required=True)
    spec.ignore("the public port is the gateway here", "parentRefs", "hostnames")
    rules = [rule for each in spec.sections("rules", required=True) for rule in _rule(each)]
    spec.close()
    return rules


def _rule(fields: Fields) -> list[RouteRule]:
    fields.ignore("the functions are in this process", "backendRefs")
    prefixes = [_prefix(each) for each in fields.sections("matches", required=True)]
    services = [_rewritten(each) for each in fields.sections("filters", required=True)]
    fields.close()
    return [RouteRule(prefix=prefix, service=services[0]) for prefix in prefixes if services]


def _prefix(fields: Fields) -> str:
    path = fields.section("path", required=True)
    path.one_of("type", {"PathPrefix": "PathPrefix"}, "PathPrefix")
    value = path.text("value")
    if not value.startswith("/"):
        path.refuse("value", "starts with no slash")
    path.close()
    fields.close()
    return value


def _rewritten(fields: Fields) -> Name:
    fields.one_of("type", {"URLRewrite": "URLRewrite"}, "URLRewrite")
    rewrite = fields.section("urlRewrite", required=True)
    host = rewrite.text("hostname")
    service, _, namespace = host.removesuffix(SUFFIX).partition(".")
    if not host.endswith(SUFFIX) or not namespace or "." in namespace:
        rewrite.refuse("hostname", f"expected <service>.<namespace>{SUFFIX}")
    rewrite.close()
    fields.close()
    return Name(namespace=namespace, name=service)
