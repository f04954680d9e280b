"""Models of our own for the kinds of Strimzi and Altinity, whose schemas can be had in no package.

Each names the fields that we use, as the operators' CustomResourceDefinitions of these versions have them: Strimzi 1.2,
Altinity's ClickHouse operator 0.25. A field that is missing here may be right all the same: look it
up there and add it. What is inside a pod or a claim is Kubernetes' own and held to its own schema.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
SIZE: Schema = {"type": "string", "pattern": r"^[0-9]+(Ki|Mi|Gi|Ti)$"}


def record(*required: str, **fields: Schema) -> Schema:
    """A mapping of exactly these fields; those that are required have to be there."""
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def several(item: Schema) -> Schema:
    """A list of at least one."""
    return {"type": "array", "items": item, "minItems": 1}


def one_of(*values: str) -> Schema:
    """One of these texts."""
    return {"enum": list(values)}


def mapping(value: Schema) -> Schema:
    """A mapping of names that are not told beforehand."""
    return {"type": "object", "additionalProperties": value}


def kubernetes(name: str) -> Schema:
    """A definition of Kubernetes' own."""
    return {"$ref": f"https://kubernetes.io/api/_definitions.json#/$defs/{name}"}


POD = kubernetes("io.k8s.api.core.v1.PodSpec")
RESOURCES = kubernetes("io.k8s.api.core.v1.ResourceRequirements")
CLAIM = kubernetes("io.k8s.api.core.v1.PersistentVolumeClaimSpec")
SPREAD = kubernetes("io.k8s.api.core.v1.TopologySpreadConstraint")
KEY_OF_SECRET = record("name", "key", name=TEXT, key=TEXT)

# Strimzi

_POD = record(
    securityContext=kubernetes("io.k8s.api.core.v1.PodSecurityContext"), topologySpreadConstraints=several(SPREAD)
)
_CONTAINER = record(securityContext=kubernetes("io.k8s.api.core.v1.SecurityContext"))
_SETTINGS = mapping({"type": ["string", "integer", "boolean"]})
_LISTENER = record(
    "name", "port", "type", "tls",
    name={"type": "string", "pattern": "^[a-z0-9]{1,11}$"},
    port={"type": "integer", "minimum": 9092},
    type=one_of("internal", "route", "loadbalancer", "nodeport", "ingress", "cluster-ip"),
    tls=FLAG,
    authentication=record("type", type=one_of("tls", "scram-sha-512", "custom")),
    networkPolicyPeers=several(kubernetes("io.k8s.api.networking.v1.NetworkPolicyPeer")),
)  # fmt: skip
_OPERATOR = record(resources=RESOURCES)
KAFKA = record(
    "kafka",
    kafka=record(
        "listeners",
        version=TEXT,
        metadataVersion=TEXT,
        listeners=several(_LISTENER),
        authorization=record("type", type=one_of("simple", "custom"), superUsers=several(TEXT)),
        config=_SETTINGS,
    ),
    entityOperator=record(
        topicOperator=_OPERATOR,
        userOperator=_OPERATOR,
        template=record(pod=_POD, topicOperatorContainer=_CONTAINER, userOperatorContainer=_CONTAINER),
    ),
    kafkaExporter=record(
        topicRegex=TEXT, groupRegex=TEXT, resources=RESOURCES, template=record(pod=_POD, container=_CONTAINER)
    ),
)
_VOLUME = record(
    "id", "type",
    id=WHOLE, type=one_of("persistent-claim", "ephemeral"), size=SIZE, deleteClaim=FLAG, kraftMetadata=one_of("shared"),
)  # fmt: skip
NODE_POOL = record(
    "replicas", "roles", "storage",
    replicas={"type": "integer", "minimum": 0},
    roles=several(one_of("controller", "broker")),
    storage=record("type", "volumes", type=one_of("jbod"), volumes=several(_VOLUME)),
    resources=RESOURCES,
    jvmOptions=record(**{"-Xms": TEXT, "-Xmx": TEXT}),
    template=record(pod=_POD, kafkaContainer=_CONTAINER),
)  # fmt: skip
TOPIC = record("partitions", "replicas", partitions=WHOLE, replicas=WHOLE, topicName=TEXT, config=_SETTINGS)
_OPERATIONS = one_of(
    "Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction", "AlterConfigs", "DescribeConfigs",
    "IdempotentWrite", "All",
)  # fmt: skip
_RESOURCE = record(
    "type",
    type=one_of("topic", "group", "cluster", "transactionalId"),
    name=TEXT,
    patternType=one_of("literal", "prefix"),
)
_ACL = record("resource", "operations", resource=_RESOURCE, operations=several(_OPERATIONS), host=TEXT)
USER = record(
    "authentication", "authorization",
    authentication=record(
        "type",
        type=one_of("tls", "tls-external", "scram-sha-512"),
        password=record("valueFrom", valueFrom=record("secretKeyRef", secretKeyRef=KEY_OF_SECRET)),
    ),
    authorization=record("type", "acls", type=one_of("simple"), acls=several(_ACL)),
)  # fmt: skip

# Altinity's ClickHouse operator

_CLUSTER = record(
    "name", "layout", name=TEXT, layout=record(shardsCount=WHOLE, replicasCount=WHOLE), secret=record(auto=TEXT)
)
_DISTRIBUTION = record(
    "type",
    type=one_of("ClickHouseAntiAffinity", "ShardAntiAffinity", "ReplicaAntiAffinity", "MaxNumberPerNode"),
    scope=one_of("Shard", "Replica", "Cluster", "ClickHouseInstallation", "Namespace"),
    number=WHOLE,
    topologyKey=TEXT,
)
_TEMPLATES = record(
    podTemplates=several(record("name", "spec", name=TEXT, podDistribution=several(_DISTRIBUTION), spec=POD)),
    volumeClaimTemplates=several(
        record("name", "spec", name=TEXT, reclaimPolicy=one_of("Retain", "Delete"), spec=CLAIM)
    ),
)
_DEFAULTS = record(templates=record(podTemplate=TEXT, dataVolumeClaimTemplate=TEXT))
_PATHS = mapping(
    {"anyOf": [{"type": ["string", "integer"]}, record(valueFrom=record("secretKeyRef", secretKeyRef=KEY_OF_SECRET))]}
)
"""Settings named by their path in ClickHouse's configuration, such as ``default/max_memory_usage``."""
CLICKHOUSE = record(
    "configuration",
    configuration=record(
        "clusters",
        clusters=several(_CLUSTER),
        zookeeper=record("nodes", nodes=several(record("host", host=TEXT, port=WHOLE))),
        users=_PATHS,
        profiles=_PATHS,
        settings=_PATHS,
    ),
    defaults=_DEFAULTS,
    templates=_TEMPLATES,
)
KEEPER = record(
    "configuration",
    configuration=record("clusters", clusters=several(_CLUSTER), settings=_PATHS),
    defaults=_DEFAULTS,
    templates=_TEMPLATES,
)

SPECS = {
    ("kafka.strimzi.io/v1", "Kafka"): KAFKA,
    ("kafka.strimzi.io/v1", "KafkaNodePool"): NODE_POOL,
    ("kafka.strimzi.io/v1", "KafkaTopic"): TOPIC,
    ("kafka.strimzi.io/v1", "KafkaUser"): USER,
    ("clickhouse.altinity.com/v1", "ClickHouseInstallation"): CLICKHOUSE,
    ("clickhouse-keeper.altinity.com/v1", "ClickHouseKeeperInstallation"): KEEPER,
}
"""The ``spec`` of each kind."""
