"""The Kafka kinds: KafkaSource (v1 and v1beta1 alike) and KafkaSink."""

TABLE = """
text: Offset DeliveryOrdering
KafkaSource: ...TypeMeta metadata=ObjectMeta spec=KafkaSourceSpec status=KafkaSourceStatus
KafkaSourceSpec: consumers=*int32 bootstrapServers=[]string! net=KafkaNetSpec topics=[]string! consumerGroup=string
    initialOffset=Offset delivery=*DeliverySpec ordering=*DeliveryOrdering ...SourceSpec
KafkaNetSpec: sasl=KafkaSASLSpec tls=KafkaTLSSpec
KafkaSASLSpec: enable=bool user=SecretValueFromSource password=SecretValueFromSource roleARN=SecretValueFromSource
    tokenProvider=SecretValueFromSource type=SecretValueFromSource
KafkaTLSSpec: enable=bool cert=SecretValueFromSource key=SecretValueFromSource caCert=SecretValueFromSource
SecretValueFromSource: secretKeyRef=*SecretKeySelector
KafkaSourceStatus: ...SourceStatus consumers=int32 selector=string claims=string maxAllowedVReplicas=*int32
    placements=[]Placement
Placement: podName=string vreplicas=int32
v1alpha1.KafkaSink: ...TypeMeta metadata=ObjectMeta spec=v1alpha1.KafkaSinkSpec status=v1alpha1.KafkaSinkStatus
v1alpha1.KafkaSinkSpec: topic=string! numPartitions=*int32 replicationFactor=*int16 bootstrapServers=[]string!
    contentMode=*string auth=*v1alpha1.Auth
v1alpha1.Auth: secret=*v1alpha1.Secret
v1alpha1.Secret: ref=*v1alpha1.SecretReference
v1alpha1.SecretReference: name=string!
v1alpha1.KafkaSinkStatus: ...Status ...AddressStatus ...AppliedEventPoliciesStatus
"""
