"""serving.knative.dev: v1, and v1beta1 for DomainMapping."""

TABLE = """
Service: ...TypeMeta metadata=ObjectMeta spec=ServiceSpec status=ServiceStatus
ServiceSpec: template=RevisionTemplateSpec! traffic=[]TrafficTarget
RevisionTemplateSpec: metadata=ObjectMeta spec=RevisionSpec
RevisionSpec: ...PodSpec containerConcurrency=*int64 timeoutSeconds=*int64 responseStartTimeoutSeconds=*int64
    idleTimeoutSeconds=*int64
TrafficTarget: tag=string revisionName=string configurationName=string latestRevision=*bool percent=*int64 url=*URL
Configuration: ...TypeMeta metadata=ObjectMeta spec=ConfigurationSpec status=ConfigurationStatus
ConfigurationSpec: template=RevisionTemplateSpec!
ConfigurationStatus: ...Status latestReadyRevisionName=string latestCreatedRevisionName=string
Revision: ...TypeMeta metadata=ObjectMeta spec=RevisionSpec status=RevisionStatus
RevisionStatus: ...Status logUrl=string containerStatuses=[]ContainerStatus initContainerStatuses=[]ContainerStatus
    actualReplicas=*int32 desiredReplicas=*int32
ContainerStatus: name=string imageDigest=string
Route: ...TypeMeta metadata=ObjectMeta spec=RouteSpec status=RouteStatus
RouteSpec: traffic=[]TrafficTarget
RouteStatus: ...Status url=*URL address=*Addressable traffic=[]TrafficTarget
ServiceStatus: ...ConfigurationStatus url=*URL address=*Addressable traffic=[]TrafficTarget
v1beta1.DomainMapping: ...TypeMeta metadata=ObjectMeta spec=v1beta1.DomainMappingSpec status=v1beta1.DomainMappingStatus
v1beta1.DomainMappingSpec: ref=KReference! tls=*v1beta1.SecretTLS
v1beta1.SecretTLS: secretName=string!
v1beta1.DomainMappingStatus: ...Status url=*URL address=*Addressable
"""
