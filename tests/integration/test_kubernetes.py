"""The manifests keep every rule; and each rule is seen to refuse what it is there for."""

import copy
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deploy.k8s.check import kustomize, policy, schemas
from deploy.k8s.check.objects import APPLIED, FOLDER, NotRendered, Object, render, workloads
from deploy.local.program import CannotRun
from scribeline.outbound.addresses import WRAPPED, is_public
from scribeline.provision.keyring import Keyring
from scribeline.provision.secret_files import all_files
from scribeline.provision.settings import SecretsSettings
from tests.support.excuses import lacking

Mutation = Callable[[dict[str, Object]], Any]


@pytest.fixture(scope="module")
def rendered() -> dict[str, list[Object]]:
    try:
        return {folder.name: render(folder) for folder in APPLIED}
    except CannotRun as why:
        lacking(str(why))


@pytest.mark.parametrize("folder", [folder.name for folder in APPLIED])
def test_what_is_applied_keeps_the_schemas_and_our_rules(
    rendered: dict[str, list[Object]], folder: str
) -> None:
    assert list(schemas.problems(rendered[folder])) == []
    assert list(policy.problems(rendered[folder])) == []


def pod(objects: dict[str, Object], name: str) -> Object:
    found: Object = objects[name]["spec"]["template"]["spec"]
    return found


def container(objects: dict[str, Object], name: str) -> Object:
    found: Object = pod(objects, name)["containers"][0]
    return found


def variable(objects: dict[str, Object], name: str, variable: str, value: str) -> None:
    environment = container(objects, name)["env"]
    environment[:] = [each for each in environment if each["name"] != variable]
    environment.append({"name": variable, "value": value})


def shared(objects: dict[str, Object]) -> Object:
    (found,) = [each["data"] for name, each in objects.items() if name.startswith("ConfigMap")]
    settings: Object = found
    return settings


SMALL: dict[str, tuple[str, Mutation]] = {
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
    "killed while it works": (
        "budget",
        lambda o: pod(o, "Deployment transcriber-plan").update(terminationGracePeriodSeconds=1700),
    ),
    "a budget below a unit": (
        "budget",
        lambda o: variable(o, "Deployment transcriber-chunks", "SCRIBELINE_SHUTDOWN_SECONDS", "900"),
    ),
    "a model that is slower than the budget": (
        "budget",
        lambda o: variable(o, "Deployment analyzer", "SCRIBELINE_OLLAMA_TIMEOUT_SECONDS", "120"),
    ),
    "webhooks that are slower than the budget": (
        "budget",
        lambda o: variable(o, "Deployment notifier", "SCRIBELINE_WEBHOOK_SECONDS", "60"),
    ),
    "a setting that is none": (
        "settings",
        lambda o: variable(o, "Deployment analyzer", "SCRIBELINE_OLAMA_URL", "http://ollama"),
    ),
    "a secret that another service has": (
        "settings",
        lambda o: variable(
            o, "Deployment analyzer", "SCRIBELINE_DATABASE_URL_FILE", "/run/secrets/database_url"
        ),
    ),
    "a shared setting that no service has": (
        "settings",
        lambda o: shared(o).update(SCRIBELINE_OLAMA_URL="http://ollama"),
    ),
    "a password that all share": (
        "secrets",
        lambda o: shared(o).update(SCRIBELINE_AMQP_URL="amqp://user:password@host"),
    ),
    "a value that is refused": (
        "settings",
        lambda o: variable(o, "Deployment transcriber-short", "SCRIBELINE_SHORT_SLOTS", "0"),
    ),
    "a password in the environment": (
        "secrets",
        lambda o: variable(o, "Deployment analyzer", "SCRIBELINE_AMQP_URL", "amqp://user:password@host"),
    ),
    "a secret in the environment": (
        "secrets",
        lambda o: container(o, "Deployment analyzer")["env"].append(
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
        ),
    ),
    "the secrets of another service": (
        "secrets",
        lambda o: pod(o, "Deployment analyzer")["volumes"][1]["secret"].update(
            secretName="scribeline-gateway"
        ),
    ),
    "more threads than cores": (
        "threads",
        lambda o: variable(o, "Deployment transcriber-chunks", "SCRIBELINE_CHUNK_SLOTS", "2"),
    ),
    "as many threads as the node has cores": (
        "threads",
        lambda o: variable(o, "Deployment transcriber-chunks", "SCRIBELINE_CPU_THREADS", "0"),
    ),
    "more uploads than memory": (
        "room",
        lambda o: variable(o, "Deployment gateway", "SCRIBELINE_UPLOADS_MAX", "64"),
    ),
    "recordings larger than the disk": (
        "room",
        lambda o: variable(o, "Deployment gateway", "SCRIBELINE_UPLOAD_MAX_BYTES", "10000000000"),
    ),
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


def trigger(objects: dict[str, Object], lane: str) -> Object:
    found: Object = objects[f"ScaledObject {lane}"]["spec"]["triggers"][0]
    return found


LARGE: dict[str, tuple[str, Mutation]] = {
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
JOBS: dict[str, tuple[str, Mutation]] = {
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
OVERLAY = {"small": SMALL, "production": LARGE, "provision": JOBS}


@pytest.mark.parametrize(
    ("overlay", "what"), [(overlay, what) for overlay, table in OVERLAY.items() for what in table]
)
def test_a_rule_refuses(rendered: dict[str, list[Object]], overlay: str, what: str) -> None:
    rule, mutate = OVERLAY[overlay][what]
    assert rule in "\n".join(policy.problems(mutated(rendered[overlay], mutate), [rule]))


def mutated(objects: list[Object], mutate: Mutation) -> list[Object]:
    named = {f"{each['kind']} {each['metadata']['name']}": each for each in copy.deepcopy(objects)}
    mutate(named)
    return list(named.values())


def test_each_service_reads_the_secrets_that_provisioning_makes_for_it(
    rendered: dict[str, list[Object]], tmp_path: Path
) -> None:
    made: dict[str, set[str]] = {}
    for file in all_files(SecretsSettings(secrets_dir=tmp_path), Keyring(tmp_path)):
        made.setdefault(file.folder, set()).add(f"/run/secrets/{file.name}")
    for work in workloads([*rendered["production"], *rendered["provision"]], "Deployment", "Job"):
        read = {
            each["value"]
            for each in work.pod["containers"][0]["env"]
            if each["value"].startswith("/run/secrets/")
        }
        assert read == made.get(work.service, set()), work.name


def test_a_field_that_kubernetes_does_not_know_is_refused(rendered: dict[str, list[Object]]) -> None:
    objects = mutated(
        rendered["small"], lambda o: container(o, "Deployment gateway").update(readynessProbe={})
    )
    assert any("readynessProbe" in problem for problem in schemas.problems(objects))


@pytest.mark.parametrize(
    "mutate",
    [
        lambda o: o["ScaledObject analyzer"]["spec"].update(maximumReplicas=3),
        lambda o: o["ScaledObject analyzer"]["spec"].update(maxReplicaCount="3"),
        lambda o: o["ScaledObject analyzer"]["spec"].pop("triggers"),
        lambda o: trigger(o, "analyzer")["metadata"].update(value=2),
        lambda o: o["ScaledObject analyzer"].update(kind="ScaledThing"),
        lambda o: o["TriggerAuthentication scribeline-scaler"]["spec"].update(secretTargetRefs=[]),
    ],
    ids=["unknown field", "text for a number", "missing field", "number for a text", "unknown kind", "login"],
)
def test_what_keda_does_not_know_is_refused(rendered: dict[str, list[Object]], mutate: Mutation) -> None:
    assert list(schemas.problems(mutated(rendered["production"], mutate)))


def test_an_object_of_no_known_kind_is_refused() -> None:
    stray = {"apiVersion": "v1", "kind": "Pud", "metadata": {"name": "a"}}
    assert any("Pud" in problem for problem in schemas.problems([stray]))


def test_an_overlay_that_cannot_be_rendered_says_why(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [missing.yaml]\n")
    with pytest.raises(NotRendered, match=r"missing\.yaml"):
        render(tmp_path)


def test_a_machine_without_kustomize_is_told_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(CannotRun, match="kustomize is missing, and so is apt-get"):
        kustomize.command()


@given(
    st.one_of(
        st.ip_addresses(v=4),
        st.ip_addresses(v=6),
        st.ip_addresses(v=4, network="10.0.0.0/8"),
        st.sampled_from(["169.254.169.254", "168.63.129.16", "192.0.0.192", "100.64.0.1", "203.0.113.9"]),
        st.sampled_from(["2002::1", "2001:db8::1", "3fff::1", "fc00::1", "::ffff:10.0.0.1", "2a00::1"]),
    )
)
def test_the_network_lets_out_only_where_the_code_would_send(
    address: IPv4Address | IPv6Address | str,
) -> None:
    policies = yaml.safe_load_all((FOLDER / "common" / "networkpolicies.yaml").read_text())
    (policy,) = [each for each in policies if each["metadata"]["name"] == "to-internet"]
    where = ip_address(str(address))
    let_out = any(
        where in ip_network(block["cidr"])
        and not any(where in ip_network(no) for no in block.get("except", []))
        for block in (each["ipBlock"] for each in policy["spec"]["egress"][0]["to"])
    )
    wrapped = any(where in network for network in WRAPPED)  # IPv4 that a cluster with IPv6 alone adds
    assert let_out == (is_public(where) and not wrapped)
