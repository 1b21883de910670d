"""What every pod is: no root, no rights, no token, bounded, watched, of one version."""

import tomllib
from collections.abc import Iterator

from deploy.k8s.check.objects import Object, Objects, Workload, amount, of_kind, workloads
from deploy.local.state import ROOT

USER = 10001
RESOURCES = ("cpu", "memory", "ephemeral-storage")
HOSTS = ("hostNetwork", "hostPID", "hostIPC")
PROBES = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}

Found = Iterator[tuple[Object, str]]
"""The object that is wrong, and a sentence that says why."""


def no_root(objects: Objects) -> Found:
    for work in workloads(objects):
        context = work.pod.get("securityContext", {})
        ours = context.get("runAsUser") == USER and context.get("runAsGroup") == USER
        if not (ours and context.get("runAsNonRoot") is True):
            yield work.object, f"runs not as {USER}:{USER} with runAsNonRoot"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield work.object, "has not the runtime's seccomp profile"
        for container in work.containers:
            own = container.get("securityContext", {})
            if own.get("runAsUser", USER) != USER or own.get("runAsNonRoot", True) is not True:
                yield work.object, f"its container {container['name']} is another user"


def no_rights(objects: Objects) -> Found:
    for work in workloads(objects):
        for container in work.containers:
            own = container.get("securityContext", {})
            if own.get("readOnlyRootFilesystem") is not True:
                yield work.object, f"{container['name']} may write to its image's files"
            if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
                yield work.object, f"{container['name']} may get more rights"
            capabilities = own.get("capabilities", {})
            if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
                yield work.object, f"{container['name']} keeps capabilities"
        if any(work.pod.get(host) for host in HOSTS):
            yield work.object, "shares a namespace with its node"
        if any("hostPath" in volume for volume in work.pod.get("volumes", [])):
            yield work.object, "mounts a path of its node"


def no_token(objects: Objects) -> Found:
    accounts = {each["metadata"]["name"]: each for each in of_kind(objects, "ServiceAccount")}
    for account in accounts.values():
        if account.get("automountServiceAccountToken") is not False:
            yield account, "hands its token to pods"
    for work in workloads(objects):
        if work.pod.get("serviceAccountName") not in accounts:
            yield work.object, "has no account of its own"
        if work.pod.get("automountServiceAccountToken") is not False:
            yield work.object, "mounts a token for Kubernetes' API, which it never asks"


def bounded(objects: Objects) -> Found:
    for work in workloads(objects):
        for container in work.containers:
            resources = container.get("resources", {})
            for what in RESOURCES:
                least, most = (resources.get(part, {}).get(what) for part in ("requests", "limits"))
                if least is None or most is None:
                    yield work.object, f"{container['name']} has no request and limit of {what}"
                elif amount(least) > amount(most):
                    yield work.object, f"{container['name']} requests more {what} than its limit"
        for volume in work.pod.get("volumes", []):
            if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
                yield work.object, f"its volume {volume['name']} may fill the node's disk"


def watched(objects: Objects) -> Found:
    for work in workloads(objects, "Deployment"):
        for container in work.pod["containers"]:
            for probe, path in PROBES.items():
                if container.get(probe, {}).get("httpGet", {}).get("path") != path:
                    yield work.object, f"{container['name']} has no {probe} of {path}"


def one_version(objects: Objects) -> Found:
    """Of each image the version of this repository, or exactly one content."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for work in workloads(objects):
        for container in work.containers:
            name, _, tag = container["image"].rpartition(":")
            if "@sha256" not in name and not (name and tag == version):
                yield work.object, f"its image {container['image']} is not of version {version}"


def spread(objects: Objects) -> Found:
    for work in workloads(objects, "Deployment"):
        keys = {
            each["topologyKey"] for each in work.pod.get("topologySpreadConstraints", []) if _own(each, work)
        }
        if not {"kubernetes.io/hostname", "topology.kubernetes.io/zone"} <= keys:
            yield work.object, "may have all its pods on one node or in one zone"


def _own(constraint: Object, work: Workload) -> bool:
    """Whether it counts the pods of this lane, and no others."""
    given = constraint.get("labelSelector", {}).get("matchLabels", {})
    named = {**given, **{key: work.labels.get(key) for key in constraint.get("matchLabelKeys", [])}}
    return given.items() <= work.labels.items() and "app.kubernetes.io/component" in named
