"""How lanes stand beside others: who reaches whom, what is drained, what Services lead to, what scales."""

from collections.abc import Iterator

from deploy.k8s.check.objects import Object, Objects, of_kind, selects, workloads
from deploy.k8s.check.rules.pods import Found
from notifier.settings import SERVICE as NOTIFIER
from result_writer.settings import SERVICE as WRITER
from scribeline.contracts import routes

REACHES: dict[str, frozenset[str]] = {
    "gateway": frozenset({"broker", "management", "database", "store", "model", "internet", "collector"}),
    "transcriber": frozenset({"broker", "store", "collector"}),
    "analyzer": frozenset({"broker", "model", "collector"}),
    WRITER: frozenset({"broker", "management", "database", "store", "collector"}),
    NOTIFIER: frozenset({"broker", "database", "internet", "collector"}),
    "provision": frozenset({"broker", "management", "database", "store"}),
    "weights": frozenset({"internet"}),
}
"""All that may be reached, besides names. Policies are called `to-DESTINATION`."""
EVERYBODY = "names"

QUEUES: dict[str, frozenset[str]] = {
    "transcriber-short": frozenset({routes.SHORT_QUEUE}),
    "transcriber-plan": frozenset({routes.PLAN_QUEUE}),
    "transcriber-chunks": frozenset({routes.CHUNKS_QUEUE}),
    "analyzer": frozenset({routes.ANALYZER_QUEUE}),
    WRITER: frozenset({routes.RESULTS_QUEUE}),
    NOTIFIER: frozenset(routes.EVENT_QUEUES),
}
"""What each lane is scaled by."""
CALM_SECONDS = 300


def reach(objects: Objects) -> Found:
    policies = list(of_kind(objects, "NetworkPolicy"))
    for work in workloads(objects):
        mine = [each for each in policies if selects(each["spec"]["podSelector"], work.labels)]
        if not any(_denies(each) for each in mine):
            yield work.object, "no policy denies what is not allowed to it"
        out = {each["metadata"]["name"].removeprefix("to-") for each in mine if each["spec"].get("egress")}
        wanted = REACHES.get(work.service, frozenset()) | {EVERYBODY}
        if out != wanted:
            yield work.object, f"may reach {', '.join(sorted(out))}, and not just {', '.join(sorted(wanted))}"
    for each in policies:
        if any("to" not in rule or "ports" not in rule for rule in each["spec"].get("egress", [])):
            yield each, "lets out to everybody, or to every port"
        if any("from" not in rule or "ports" not in rule for rule in each["spec"].get("ingress", [])):
            yield each, "lets in everybody, or to every port"


def _denies(policy: Object) -> bool:
    spec = policy["spec"]
    both = set(spec.get("policyTypes", [])) == {"Ingress", "Egress"}
    return both and not spec["podSelector"] and not spec.get("ingress") and not spec.get("egress")


def drained(objects: Objects) -> Found:
    budgets = list(of_kind(objects, "PodDisruptionBudget"))
    for work in workloads(objects, "Deployment"):
        mine = [each for each in budgets if selects(each["spec"]["selector"], work.labels)]
        if len(mine) != 1:
            yield work.object, f"has {len(mine)} PodDisruptionBudgets"
        for each in mine:
            if each["spec"].get("maxUnavailable") != 1:
                yield each, "lets no pod go, or more than one at a time"
            if each["spec"].get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
                yield each, "holds up a drain for a pod that is not ready anyway"


def led(objects: Objects) -> Found:
    """Services lead to ports that pods have, and Ingresses to Services."""
    ports: dict[str, set[str]] = {}
    for service in of_kind(objects, "Service"):
        spec = service["spec"]
        ports[service["metadata"]["name"]] = {each["name"] for each in spec["ports"]}
        named = {
            port.get("name")
            for work in workloads(objects, "Deployment")
            if spec["selector"].items() <= work.labels.items()
            for container in work.pod["containers"]
            for port in container.get("ports", [])
        }
        if any(each["targetPort"] not in named for each in spec["ports"]):
            yield service, "leads to no port of any pod"
    for ingress in of_kind(objects, "Ingress"):
        for backend in _backends(ingress):
            if backend["port"].get("name") not in ports.get(backend["name"], set()):
                yield ingress, f"leads to {backend['name']}, which has no such port"


def _backends(ingress: Object) -> Iterator[Object]:
    for rule in ingress["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            yield path["backend"]["service"]


def scaled(objects: Objects) -> Found:
    """Where KEDA scales: every lane, by its own queues, counting what is in hand, and slowly downwards."""
    scalers = list(of_kind(objects, "ScaledObject"))
    works = {work.object["metadata"]["name"]: work for work in workloads(objects, "Deployment")}
    logins = {each["metadata"]["name"] for each in of_kind(objects, "TriggerAuthentication")}
    for each in scalers:
        lane, spec = each["spec"]["scaleTargetRef"]["name"], each["spec"]
        if lane not in works:
            yield each, f"scales {lane}, which is not there"
        elif "replicas" in works[lane].object["spec"]:
            yield (
                works[lane].object,
                "sets its replicas anew whenever it is applied, against its ScaledObject",
            )
        queues = {trigger["metadata"].get("queueName") for trigger in spec["triggers"]}
        if queues != QUEUES.get(lane, frozenset()):
            yield each, f"goes by {', '.join(map(str, queues))}, not by the queues of {lane}"
        for trigger in spec["triggers"]:
            yield from ((each, sentence) for sentence in _counted(trigger, logins))
        behavior = spec.get("advanced", {}).get("horizontalPodAutoscalerConfig", {}).get("behavior", {})
        if behavior.get("scaleDown", {}).get("stabilizationWindowSeconds", 0) < CALM_SECONDS:
            yield each, f"takes pods away within {CALM_SECONDS} s"
    missing = QUEUES.keys() - {each["spec"]["scaleTargetRef"]["name"] for each in scalers}
    if scalers and missing:
        yield scalers[0], f"is not alone: {', '.join(sorted(missing))} do not scale"


def _counted(trigger: Object, logins: set[str]) -> Iterator[str]:
    """Over AMQP, and with `excludeUnacknowledged`, KEDA does not see what is in hand (issues 638, 1325)."""
    told = trigger["metadata"]
    if trigger["type"] != "rabbitmq" or told.get("mode") != "QueueLength":
        yield "does not go by the length of a queue"
    if told.get("protocol") != "http" or told.get("excludeUnacknowledged", "false") != "false":
        yield "does not count the messages that are in hand"
    if "host" in told or trigger.get("authenticationRef", {}).get("name") not in logins:
        yield "does not take its login from a TriggerAuthentication"


def to_zero(objects: Objects) -> Found:
    """Whoever has no pod at all at times has a reason beside it."""
    for each in of_kind(objects, "ScaledObject"):
        if each["spec"].get("minReplicaCount", 0) == 0:
            yield each, "has no pod while its queue is empty"


def more_than_one(objects: Objects) -> Found:
    """Who answers, and who writes, is there when a node is not."""
    least = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"].get("minReplicaCount", 0)
        for each in of_kind(objects, "ScaledObject")
    }
    for work in workloads(objects, "Deployment"):
        lane = work.object["metadata"]["name"]
        if lane in ("gateway", WRITER) and least.get(lane, work.object["spec"].get("replicas", 1)) < 2:
            yield work.object, "has a single pod"
