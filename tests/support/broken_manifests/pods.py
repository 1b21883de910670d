"""What a pod must not be: each breaks one rule of `deploy/k8s/check/rules/pods.py`."""

from collections.abc import Mapping

from tests.support.broken_manifests.objects import Mutation, container, pod

PODS: Mapping[str, tuple[str, Mutation]] = {
    "root": ("no-root", lambda o: pod(o, "Deployment analyzer")["securityContext"].update(runAsUser=0)),
    "a container of another user": (
        "no-root",
        lambda o: container(o, "Deployment analyzer")["securityContext"].update(runAsUser=0),
    ),
    "no seccomp": (
        "no-root",
        lambda o: pod(o, "Deployment gateway")["securityContext"].pop("seccompProfile"),
    ),
    "a root that can be written": (
        "no-rights",
        lambda o: container(o, "Deployment gateway")["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    "a capability": (
        "no-rights",
        lambda o: container(o, "Deployment gateway")["securityContext"].update(
            capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
        ),
    ),
    "more rights by a program": (
        "no-rights",
        lambda o: container(o, "Deployment gateway")["securityContext"].pop("allowPrivilegeEscalation"),
    ),
    "the node's network": ("no-rights", lambda o: pod(o, "Deployment gateway").update(hostNetwork=True)),
    "the node's files": (
        "no-rights",
        lambda o: pod(o, "Deployment gateway")["volumes"].append({"name": "a", "hostPath": {"path": "/"}}),
    ),
    "a token in the pod": (
        "no-token",
        lambda o: pod(o, "Deployment notifier").pop("automountServiceAccountToken"),
    ),
    "a token by the account": (
        "no-token",
        lambda o: o["ServiceAccount scribeline-notifier"].update(automountServiceAccountToken=True),
    ),
    "everybody's account": ("no-token", lambda o: pod(o, "Deployment notifier").pop("serviceAccountName")),
    "no limit of memory": (
        "bounded",
        lambda o: container(o, "Deployment notifier")["resources"]["limits"].pop("memory"),
    ),
    "a request over its limit": (
        "bounded",
        lambda o: container(o, "Deployment notifier")["resources"]["requests"].update(memory="2Gi"),
    ),
    "a folder without bound": (
        "bounded",
        lambda o: pod(o, "Deployment notifier")["volumes"].append({"name": "a", "emptyDir": {}}),
    ),
    "no liveness probe": ("watched", lambda o: container(o, "Deployment notifier").pop("livenessProbe")),
    "ready without asking anybody": (
        "watched",
        lambda o: container(o, "Deployment notifier")["readinessProbe"]["httpGet"].update(path="/healthz"),
    ),
    "the latest": (
        "one-version",
        lambda o: container(o, "Deployment analyzer").update(image="scribeline/analyzer:latest"),
    ),
    "no tag": (
        "one-version",
        lambda o: container(o, "Deployment analyzer").update(image="scribeline/analyzer"),
    ),
    "all on one node": (
        "spread",
        lambda o: pod(o, "Deployment analyzer")["topologySpreadConstraints"].pop(0),
    ),
    "spread among others' pods": (
        "spread",
        lambda o: pod(o, "Deployment analyzer")["topologySpreadConstraints"][0].pop("matchLabelKeys"),
    ),
}
