"""Who reaches whom and what is drained, in `small`: rules of `neighbours.py`."""

from collections.abc import Mapping

from tests.support.broken_manifests.objects import Mutation

NEIGHBOURS: Mapping[str, tuple[str, Mutation]] = {
    "no policy that denies": ("reach", lambda o: o.pop("NetworkPolicy deny")),
    "a transcriber that reaches the database": (
        "reach",
        lambda o: o["NetworkPolicy to-database"]["spec"]["podSelector"]["matchExpressions"][0][
            "values"
        ].append("transcriber"),
    ),
    "a notifier that cannot send": (
        "reach",
        lambda o: o["NetworkPolicy to-internet"]["spec"]["podSelector"]["matchExpressions"][0][
            "values"
        ].remove("notifier"),
    ),
    "a way out to everybody": (
        "reach",
        lambda o: o["NetworkPolicy to-store"]["spec"]["egress"][0].pop("to"),
    ),
    "a way in for everybody": (
        "reach",
        lambda o: o["NetworkPolicy from-ingress"]["spec"]["ingress"][0].pop("from"),
    ),
    "no disruption budget": ("drained", lambda o: o.pop("PodDisruptionBudget analyzer")),
    "a drain that takes all": (
        "drained",
        lambda o: o["PodDisruptionBudget analyzer"]["spec"].update(maxUnavailable="100%"),
    ),
    "a Service that leads nowhere": (
        "led",
        lambda o: o["Service gateway"]["spec"]["ports"][0].update(targetPort="https"),
    ),
    "a single gateway without a reason": (
        "more-than-one",
        lambda o: o["Deployment gateway"]["metadata"].pop("annotations"),
    ),
    "a reason that is none": (
        "more-than-one",
        lambda o: o["Deployment gateway"]["metadata"]["annotations"].update(
            {"policy.scribeline/more-than-one": "legacy"}
        ),
    ),
    "a reason that nothing needs": (
        "spread",
        lambda o: o["Deployment gateway"]["metadata"]["annotations"].update(
            {"policy.scribeline/spread": "it was needed once, two years ago"}
        ),
    ),
}
