"""eventing, messaging, flows and sources.knative.dev/v1."""

TABLE = """
text: BackoffPolicyType FormatType
map: TriggerFilterAttributes={}string
Broker: ...TypeMeta metadata=ObjectMeta spec=BrokerSpec status=BrokerStatus
BrokerSpec: config=*KReference delivery=*DeliverySpec
DeliverySpec: deadLetterSink=*Destination retry=*int32 timeout=*string backoffPolicy=*BackoffPolicyType
    backoffDelay=*string retryAfterMax=*string format=*FormatType
AddressStatus: address=*Addressable addresses=[]Addressable
DeliveryStatus: deadLetterSinkUri=*URL deadLetterSinkCACerts=*string deadLetterSinkAudience=*string
AppliedEventPoliciesStatus: policies=[]AppliedEventPolicyRef
AppliedEventPolicyRef: apiVersion=string! name=string!
BrokerStatus: ...Status ...AddressStatus ...DeliveryStatus ...AppliedEventPoliciesStatus
Trigger: ...TypeMeta metadata=ObjectMeta spec=TriggerSpec status=TriggerStatus
TriggerSpec: broker=string brokerRef=*KReference filter=*TriggerFilter filters=[]SubscriptionsAPIFilter
    subscriber=Destination! delivery=*DeliverySpec
TriggerFilter: attributes=TriggerFilterAttributes
SubscriptionsAPIFilter: all=[]SubscriptionsAPIFilter any=[]SubscriptionsAPIFilter not=*SubscriptionsAPIFilter
    exact={}string prefix={}string suffix={}string cesql=string
TriggerStatus: ...Status subscriberUri=*URL subscriberCACerts=*string subscriberAudience=*string ...DeliveryStatus
    auth=*AuthStatus
Channel: ...TypeMeta metadata=ObjectMeta spec=ChannelSpec status=ChannelStatus
ChannelSpec: channelTemplate=*ChannelTemplateSpec subscribers=[]SubscriberSpec delivery=*DeliverySpec
ChannelTemplateSpec: ...TypeMeta spec=*RawExtension
SubscriberSpec: name=*string uid=types.UID generation=int64 subscriberUri=*URL subscriberCACerts=*string
    subscriberAudience=*string replyUri=*URL replyCACerts=*string replyAudience=*string delivery=*DeliverySpec
    auth=*AuthStatus
ChannelStatus: ...Status ...AddressStatus subscribers=[]SubscriberStatus ...DeliveryStatus
    ...AppliedEventPoliciesStatus channel=*KReference
SubscriberStatus: uid=types.UID observedGeneration=int64 ready=ConditionStatus message=string auth=*AuthStatus
Subscription: ...TypeMeta metadata=ObjectMeta! spec=SubscriptionSpec! status=SubscriptionStatus
SubscriptionSpec: channel=KReference! subscriber=*Destination reply=*Destination delivery=*DeliverySpec
SubscriptionStatus: ...Status physicalSubscription=SubscriptionStatusPhysicalSubscription auth=*AuthStatus
SubscriptionStatusPhysicalSubscription: subscriberUri=*URL subscriberCACerts=*string subscriberAudience=*string
    replyUri=*URL replyCACerts=*string replyAudience=*string ...DeliveryStatus
Sequence: ...TypeMeta metadata=ObjectMeta spec=SequenceSpec status=SequenceStatus
SequenceSpec: steps=[]SequenceStep! channelTemplate=*ChannelTemplateSpec reply=*Destination
SequenceStep: ...Destination delivery=*DeliverySpec
SequenceStatus: ...Status subscriptionStatuses=[]SequenceSubscriptionStatus channelStatuses=[]SequenceChannelStatus
    address=Addressable auth=*AuthStatus ...AppliedEventPoliciesStatus
SequenceSubscriptionStatus: subscription=ObjectReference! ready=apis.Condition!
SequenceChannelStatus: channel=ObjectReference! ready=apis.Condition!
PingSource: ...TypeMeta metadata=ObjectMeta spec=PingSourceSpec status=PingSourceStatus
PingSourceSpec: ...SourceSpec schedule=string timezone=string contentType=string data=string dataBase64=string
PingSourceStatus: ...SourceStatus
SinkBinding: ...TypeMeta metadata=ObjectMeta spec=SinkBindingSpec! status=SinkBindingStatus!
SinkBindingSpec: ...SourceSpec subject=tracker.Reference!
tracker.Reference: apiVersion=string kind=string namespace=string name=string selector=*LabelSelector
SinkBindingStatus: ...SourceStatus oidcTokenSecretName=*string
"""
