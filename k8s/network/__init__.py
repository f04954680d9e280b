"""Connections on a cluster: NetworkPolicies that open the declared call graph and nothing else.

`parties` names who is there, `calls` reads from the manifests who must reach whom, `policies` writes that as
NetworkPolicies, `evaluation` tells what a set of policies lets through, as Kubernetes would.
"""
