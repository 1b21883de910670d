"""The Jobs before the services keep the same rules."""

from collections.abc import Mapping

from tests.support.broken_manifests.objects import Mutation, pod

JOBS: Mapping[str, tuple[str, Mutation]] = {
    "a Job as root": ("no-root", lambda o: pod(o, "Job provision")["securityContext"].update(runAsUser=0)),
    "a Job with secrets that are not its own": (
        "secrets",
        lambda o: pod(o, "Job weights")["volumes"].append(
            {"name": "a", "secret": {"secretName": "scribeline-provision"}}
        ),
    ),
    "weights without a way to get them": ("reach", lambda o: o.pop("NetworkPolicy to-internet")),
    "weights with a way to the broker": (
        "reach",
        lambda o: o["NetworkPolicy to-broker"]["spec"]["podSelector"].pop("matchExpressions"),
    ),
}
