"""The manifests keep every rule; and each rule is seen to refuse what it is there for."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

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
from tests.support.broken_manifests import BROKEN
from tests.support.broken_manifests.objects import Mutation, container, mutated, trigger
from tests.support.excuses import lacking


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


@pytest.mark.parametrize(
    ("folder", "what"), [(folder, what) for folder, table in BROKEN.items() for what in table]
)
def test_a_rule_refuses(rendered: dict[str, list[Object]], folder: str, what: str) -> None:
    rule, mutate = BROKEN[folder][what]
    assert rule in "\n".join(policy.problems(mutated(rendered[folder], mutate), [rule]))


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
