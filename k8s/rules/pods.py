"""Rules about pods: what they run, as whom, on how much, and who may take them away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from k8s.network.evaluation import matches
from k8s.rules.findings import Violations, rule
from k8s.rules.object_index import SERVING, Object, ObjectIndex, group_of, name_of, namespace_of, walk

_RESTRICTED: dict[str, Any] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
"""Fields that Pod Security "restricted" requires of a container or its pod."""


@rule("image-tag", "an image without a version, or with latest")
def find_image_tag(index: ObjectIndex) -> Violations:
    for each in index.objects:
        for path, value in walk(each.get("spec", {})):
            if path.rpartition(".")[2] in ("image", "imageName") and isinstance(value, str):
                name, _, tag = value.partition("@")[0].rpartition("/")[2].partition(":")
                if "@" not in value and tag in ("", "latest"):
                    yield each, f"image {value!r}: {name} has no version"


@rule("resources", "a container without requests, or whose memory limit is not its request")
def find_resources(index: ObjectIndex) -> Violations:
    for each, _, container in index.containers():
        resources = container.get("resources", {})
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        if not {"cpu", "memory"} <= set(requests):
            yield each, f"container {container['name']} requests no {_lacking(requests)}"
        elif limits.get("memory") != requests["memory"]:
            yield each, f"container {container['name']}: its memory limit is not its request"


def _lacking(requests: Object) -> str:
    return " and ".join(name for name in ("cpu", "memory") if name not in requests)


@rule("restricted", "a container that Pod Security restricted would refuse, or that may write to its root")
def find_restricted(index: ObjectIndex) -> Violations:
    for each, pod, container in index.containers():
        own = container.get("securityContext", {})
        both = {**pod.get("securityContext", {}), **own}
        faults = [name for name, value in _RESTRICTED.items() if both.get(name) != value]
        faults += ["allowPrivilegeEscalation"] if own.get("allowPrivilegeEscalation") is not False else []
        faults += ["capabilities"] if own.get("capabilities", {}).get("drop") != ["ALL"] else []
        faults += ["readOnlyRootFilesystem"] if own.get("readOnlyRootFilesystem") is not True else []
        faults += [name for name in ("hostNetwork", "hostPID", "hostIPC") if pod.get(name)]
        faults += ["hostPath" for volume in pod.get("volumes", ()) if "hostPath" in volume]
        if faults:
            yield each, f"container {container['name']}: {', '.join(faults)}"


@rule("duplicate-variable", "a variable that is given twice, of which the last one counts")
def find_duplicate_variable(index: ObjectIndex) -> Violations:
    for each, _, container in index.containers():
        names = Counter(variable["name"] for variable in container.get("env", ()))
        for name in (name for name, n in names.items() if n > 1):
            yield each, f"container {container['name']}: {name} is given {names[name]} times"


@rule("api-token", "a pod with a token of the API server, which none of ours needs")
def find_api_token(index: ObjectIndex) -> Violations:
    for each, pod in index.pods():
        if pod.get("automountServiceAccountToken") is not False:
            yield each, "automountServiceAccountToken is not false"


@rule("probes", "a container with ports and without readiness or liveness probe")
def find_probes(index: ObjectIndex) -> Violations:
    for each, _, container in index.containers():
        lacking = [name for name in ("readinessProbe", "livenessProbe") if name not in container]
        if container.get("ports") and lacking:
            yield each, f"container {container['name']} has no {' and no '.join(lacking)}"


@rule(
    "identical-probes", "liveness and readiness probes that are the same: a missing dependency would restart everything"
)
def find_identical_probes(index: ObjectIndex) -> Violations:
    for each in index.functions():
        for container in each["spec"]["template"]["spec"]["containers"]:
            ready, live = ((container.get(f"{name}Probe") or {}).get("httpGet") for name in ("readiness", "liveness"))
            if ready and ready == live:
                yield each, f"both probes ask {ready['path']}"


@rule("disruption", "pods that a drain may evict all at once, or cannot evict at all")
def find_disruption(index: ObjectIndex) -> Violations:
    budgets = list(index.of_kinds("PodDisruptionBudget"))
    for each, labels in _lasting(index):
        chosen = [
            b for b in budgets if namespace_of(b) == namespace_of(each) and matches(b["spec"]["selector"], labels)
        ]
        if not chosen:
            yield each, "no PodDisruptionBudget selects its pods"
        elif len(chosen) > 1:
            yield each, f"{len(chosen)} PodDisruptionBudgets select its pods, and an eviction asks all of them"
        elif chosen[0]["spec"].get("maxUnavailable") != 1:
            yield chosen[0], "maxUnavailable is not 1"


@rule("pdb-selects-nothing", "a PodDisruptionBudget that selects no pods")
def find_pdb_selects_nothing(index: ObjectIndex) -> Violations:
    everything = list(_lasting(index))
    for budget in index.of_kinds("PodDisruptionBudget"):
        if not any(matches(budget["spec"]["selector"], labels) for _, labels in everything):
            yield budget, "selects no pods"


@rule("multiple-autoscalers", "replicas that two controllers set")
def find_multiple_autoscalers(index: ObjectIndex) -> Violations:
    scaled = [
        (each, each["spec"]["scaleTargetRef"]) for each in index.of_kinds("ScaledObject", "HorizontalPodAutoscaler")
    ]
    for each, ref in scaled:
        kind = ref.get("kind", "Deployment")
        target = index.find(kind, namespace_of(each), ref["name"])
        same = [
            one for one, other in scaled if other["name"] == ref["name"] and other.get("kind", "Deployment") == kind
        ]
        if target is None:
            yield each, f"scales {kind} {ref['name']}, which is not there"
        elif len(same) > 1 or "replicas" in target["spec"]:
            yield target, f"{each['kind']} {name_of(each)} is not the only one that sets its replicas"


def _lasting(index: ObjectIndex) -> Iterator[tuple[Object, Object]]:
    """Yield the objects that keep pods running, and the labels of those pods."""
    for each, _ in index.pods():
        if group_of(each) == SERVING:
            yield each, {"serving.knative.dev/service": name_of(each)}
        elif each["kind"] != "Job":
            yield each, each["spec"]["template"]["metadata"]["labels"]
