"""Kubernetes meta/v1 and the types that all Knative groups share."""

TABLE = """
text: types.UID ManagedFieldsOperationType LabelSelectorOperator ConditionStatus apis.ConditionType
    apis.ConditionSeverity
map: Conditions=[]apis.Condition
TypeMeta: kind=string apiVersion=string
ObjectMeta: name=string generateName=string namespace=string selfLink=string uid=types.UID resourceVersion=string
    generation=int64 creationTimestamp=Time deletionTimestamp=*Time deletionGracePeriodSeconds=*int64
    labels={}string annotations={}string ownerReferences=[]OwnerReference finalizers=[]string
    managedFields=[]ManagedFieldsEntry
OwnerReference: apiVersion=string! kind=string! name=string! uid=types.UID! controller=*bool blockOwnerDeletion=*bool
ManagedFieldsEntry: manager=string operation=ManagedFieldsOperationType apiVersion=string time=*Time fieldsType=string
    fieldsV1=*FieldsV1 subresource=string
LabelSelector: matchLabels={}string matchExpressions=[]LabelSelectorRequirement
LabelSelectorRequirement: key=string! operator=LabelSelectorOperator! values=[]string
ObjectReference: kind=string namespace=string name=string uid=types.UID apiVersion=string resourceVersion=string
    fieldPath=string
KReference: kind=string! namespace=string name=string! apiVersion=string group=string address=*string
Destination: ref=*KReference uri=*URL CACerts=*string audience=*string
Addressable: name=*string url=*URL CACerts=*string audience=*string
AuthStatus: serviceAccountName=*string serviceAccountNames=[]string
apis.Condition: type=apis.ConditionType! status=ConditionStatus! severity=apis.ConditionSeverity
    lastTransitionTime=VolatileTime reason=string message=string
Status: observedGeneration=int64 conditions=Conditions annotations={}string
SourceSpec: sink=Destination ceOverrides=*CloudEventOverrides
SourceStatus: ...Status sinkUri=*URL ceAttributes=[]CloudEventAttributes sinkCACerts=*string sinkAudience=*string
    auth=*AuthStatus
CloudEventOverrides: extensions={}string
CloudEventAttributes: type=string source=string
"""
