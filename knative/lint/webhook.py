"""Sorts the errors of the admission webhook under rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from knative.admission import RELEASED_TEMPLATE, admit
from knative.admission.field_errors import FieldError, to_one_line
from knative.cesql import CesqlSyntaxError, parse
from knative.lint.findings import declare_rule
from knative.lint.yaml_objects import Object

_DECODE = (
    (r"^json: unknown field", "unknown-field"),
    (r"^quantities must|quantity's suffix", "quantity"),
    (r"", "wrong-type"),
)
_REFUSED = (
    (r"CRON_TZ|provided bad location", "ping-timezone"),
    (r"unsupported descriptor @every", "ping-every"),
    (r": spec\.schedule$", "ping-schedule"),
    (r": spec\.data(Base64)?(\n|$)|spec\.data, spec\.dataBase64$", "ping-data"),
    (r"reserved environment variable", "reserved-variable"),
    (r"is a reserved port|Port name|container port is set|ports\.containerPort", "container-port"),
    (r"Failed to parse image reference", "image-reference"),
    (r"multiple dialects found", "multiple-dialects"),
    (r"^invalid key name .*(exact|prefix|suffix|attributes)\[", "attribute-name"),
    (r"\.cesql(\n|$)", "cesql-syntax"),
    (r"retryAfterMax$", "retry-after-max"),
    (r": spec\.(steps\[\d+\]\.)?delivery\.(retry|timeout|backoff\w+|format)$", "delivery-value"),
    (r"^must not set.*: spec\.(template\.spec\.)|^must not set.*: spec\.(containers|volumes)", "pod-field"),
    (r"support is (disabled|off)", "pod-field"),
    (r"autoscaling\.knative\.dev", "autoscaling-annotation"),
    (r"Probe\b", "probe"),
    (r"olume", "volume"),
    (r"spec\.traffic", "traffic"),
    (r"expected 0 <= .*(timeoutSeconds|containerConcurrency)$", "out-of-bounds"),
    (r"expected at least one, got none|URI is not allowed", "destination"),
    (r"^missing field", "missing-field"),
    (r"", "webhook-refuses"),
)

_PER_FIELD = ("must not set the field(s)", "missing field(s)", "Kubernetes default value is insecure")


def review(each: Object) -> Iterator[tuple[str, str, str]]:
    """Rule, path and words of every error about an object."""
    admission = admit(each.content, channel_template=RELEASED_TEMPLATE)
    for error in admission.field_errors:
        for one in _split_by_field(error):
            words = one.message if admission.verdict == "decode" else to_one_line(str(one))
            rule = _rule_of(admission.verdict, one, words)
            yield (
                rule,
                one.paths[0] if one.paths else "",
                words + (_explain_cesql(one) if rule == "cesql-syntax" else ""),
            )


def _split_by_field(error: FieldError) -> list[FieldError]:
    """Split an error about several fields into one error for each field."""
    if error.message.startswith(_PER_FIELD):
        return [replace(error, paths=(path,)) for path in error.paths]
    return [error]


def _explain_cesql(error: FieldError) -> str:
    """Say what is wrong with a CESQL expression, which the webhook does not."""
    try:
        parse(error.message.removeprefix("invalid value: "))
    except CesqlSyntaxError as exc:
        return f" ({exc})"
    return ""


def _rule_of(verdict: str, error: FieldError, words: str) -> str:
    if error.warning:
        return "insecure-default"
    patterns = _DECODE if verdict == "decode" else _REFUSED
    return next(rule for pattern, rule in patterns if re.search(pattern, words))


for _id, _about, _hint in (
    ("unknown-field", "a field that its kind does not have", "look for a typing error, or a field one level off"),
    ("quantity", "a resource quantity that is none", "write a number and a suffix, such as 100m or 256Mi"),
    ("wrong-type", "a value of the wrong type", "quote texts such as annotations and variables, do not quote numbers"),
    ("ping-timezone", "a time zone that does not exist", "name one of the IANA database, such as Europe/London"),
    ("ping-every", "@every, which cron takes and PingSource refuses", "write the minutes out: */5 * * * *"),
    ("ping-schedule", "a schedule that cannot be read", "minute hour day month weekday; Sunday is 0, never 7"),
    ("ping-data", "a PingSource's data that do not fit", "as application/json: one object, in data or in dataBase64"),
    ("reserved-variable", "a variable that Knative sets", "take it out: PORT and K_* are given to every container"),
    ("container-port", "a port that cannot serve", "one port of the user's own, named http1, h2c or not at all"),
    ("image-reference", "an image name that cannot be read", "lower case, registry/name:tag or registry/name@sha256:…"),
    (
        "multiple-dialects",
        "several dialects in one filter",
        "make a filter of each: together they still all have to match",
    ),
    ("attribute-name", "a name no attribute can have", "lower-case letters and digits, a letter first"),
    ("cesql-syntax", "a CESQL expression that cannot be read", "compare CloudEvents SQL 1.0"),
    ("retry-after-max", "retryAfterMax, which needs a feature flag", "take it out, or enable delivery-retryafter"),
    (
        "delivery-value",
        "a delivery's value that is none",
        "retry 0 or more, linear or exponential, PT0.5S",
    ),
    ("pod-field", "a field that a Revision may not carry", "only what fieldmask allows; the rest needs a feature flag"),
    ("autoscaling-annotation", "an autoscaling annotation that is wrong", "compare its bounds, and where it stands"),
    ("probe", "a probe that does not fit", "one handler; thresholds only beside periodSeconds"),
    (
        "volume",
        "a volume or mount that does not fit",
        "secret, configMap, projected or emptyDir, and a mount",
    ),
    ("traffic", "traffic that does not fit", "percentages that sum to 100, each tag once, latestRevision or a name"),
    ("out-of-bounds", "a number outside its bounds", "a timeout of at most 600 s, a concurrency of at most 1000"),
    ("destination", "a destination that leads nowhere", "give a ref, an absolute uri, or a ref and a relative uri"),
    ("missing-field", "a field that has to be there", "write it"),
    ("webhook-refuses", "anything else that the webhook refuses", "the message is the webhook's own"),
):
    declare_rule(_id, "error", _about, _hint)
declare_rule(
    "insecure-default",
    "warning",
    "a security setting left to Kubernetes' insecure default",
    "say runAsNonRoot, allowPrivilegeEscalation, capabilities.drop and seccompProfile on the container",
)
