"""What scales, and what must be there twice, in `production`: rules of `neighbours.py`."""

from collections.abc import Mapping

from tests.support.broken_manifests.objects import Mutation, trigger

SCALING: Mapping[str, tuple[str, Mutation]] = {
    "counting over AMQP, which sees nothing in hand": (
        "scaled",
        lambda o: trigger(o, "analyzer")["metadata"].update(protocol="amqp"),
    ),
    "counting without what is in hand": (
        "scaled",
        lambda o: trigger(o, "analyzer")["metadata"].update(excludeUnacknowledged="true"),
    ),
    "going by a rate": ("scaled", lambda o: trigger(o, "analyzer")["metadata"].update(mode="MessageRate")),
    "a password in the trigger": (
        "scaled",
        lambda o: trigger(o, "analyzer")["metadata"].update(host="http://user:password@rabbitmq:15672/"),
    ),
    "a login that is not there": ("scaled", lambda o: o.pop("TriggerAuthentication scribeline-scaler")),
    "another lane's queue": (
        "scaled",
        lambda o: trigger(o, "transcriber-plan")["metadata"].update(queueName="transcriber.chunks"),
    ),
    "one of two queues": ("scaled", lambda o: o["ScaledObject notifier"]["spec"]["triggers"].pop()),
    "a lane that does not scale": ("scaled", lambda o: o.pop("ScaledObject transcriber-short")),
    "a lane that is not there": ("scaled", lambda o: o.pop("Deployment transcriber-short")),
    "replicas against their ScaledObject": (
        "scaled",
        lambda o: o["Deployment analyzer"]["spec"].update(replicas=1),
    ),
    "pods that go at once": (
        "scaled",
        lambda o: o["ScaledObject analyzer"]["spec"]["advanced"]["horizontalPodAutoscalerConfig"][
            "behavior"
        ].pop("scaleDown"),
    ),
    "none without a reason": (
        "to-zero",
        lambda o: o["ScaledObject analyzer"]["metadata"].pop("annotations"),
    ),
    "no notifier for webhooks that are tried again": (
        "to-zero",
        lambda o: o["ScaledObject notifier"]["spec"].update(minReplicaCount=0),
    ),
    "a single writer": (
        "more-than-one",
        lambda o: o["ScaledObject result-writer"]["spec"].update(minReplicaCount=1),
    ),
    "a single gateway": ("more-than-one", lambda o: o["Deployment gateway"]["spec"].update(replicas=1)),
    "an Ingress that leads nowhere": (
        "led",
        lambda o: o["Service gateway"]["metadata"].update(name="api"),
    ),
}
