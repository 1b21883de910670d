"""The compose file keeps the house's rules, for each service that is added too."""

import re
from pathlib import Path

import pytest

from analyzer.settings import AnalyzerSettings
from deploy.images import pins
from deploy.images.building import version
from deploy.images.pins import references
from deploy.k8s.check.rules.lanes import recordings_in_hand
from deploy.local.state import ROOT as ROOT_FOLDER
from gateway.settings import GatewaySettings
from scribeline.messaging.service import GRACE_SECONDS
from scribeline.provision import secret_files
from scribeline.provision.secret_files import OWNERS, SERVICE_UID
from scribeline.provision.settings import SecretsSettings
from scribeline.settings import Settings
from tests.support.compose import (
    FILE,
    SERVICES,
    Parsed,
    compose,
    is_job,
    seconds,
    secret_volumes,
    services,
    size,
)
from transcriber.settings import TranscriberSettings

ALL = services()
DOCKERFILE = (ROOT_FOLDER / "deploy" / "Dockerfile").read_text()
BASE = references(DOCKERFILE)[pins.BASE]
ROOT = {
    "secrets": "hands each folder to its owner",
    "store": "its image makes /data for root",
    "ollama": "its image keeps models for root",
    "ollama-pull": "the same image",
    "caddy": "its image keeps certificates for root",
}
CAPABLE = {
    "secrets": ["CHOWN", "DAC_OVERRIDE"],
    "caddy": ["NET_BIND_SERVICE"],
}

KEEPING_RECORDINGS = ("transcriber", "transcriber-gpu")

each_service = pytest.mark.parametrize("name", ALL)


def settings_of(name: str) -> TranscriberSettings:
    """As the container reads what is neither a place nor a secret; what is not set has its default."""
    environment = ALL[name]["environment"].items()
    told = {key.removeprefix("SCRIBELINE_").lower(): value or "" for key, value in environment}
    known = TranscriberSettings.model_fields
    return TranscriberSettings.model_validate({key: told[key] for key in told if key in known})


@each_service
def test_each_tells_whether_it_is_well_or_ends_by_itself(name: str) -> None:
    service = ALL[name]
    assert is_job(service) != ("healthcheck" in service)
    assert is_job(service) or service["restart"] == "unless-stopped"


@each_service
def test_each_has_limits_and_a_log_that_does_not_fill_the_disk(name: str) -> None:
    limits = ALL[name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert ALL[name]["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


@each_service
def test_each_runs_without_rights_on_a_root_that_it_cannot_write(name: str) -> None:
    service = ALL[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == CAPABLE.get(name, [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert name in KEEPING_RECORDINGS or any(mount.startswith("/tmp:size=") for mount in service["tmpfs"])


@each_service
def test_nobody_runs_as_root_but_who_has_a_reason(name: str) -> None:
    user = ALL[name].get("user", "0:0")
    assert user.startswith("0:") == (name in ROOT)


@each_service
def test_none_has_a_name_or_a_place_that_keeps_it_from_being_one_of_several(name: str) -> None:
    service = ALL[name]
    assert "container_name" not in service
    assert "hostname" not in service
    if name.startswith(("transcriber", "analyzer", "result-writer", "notifier")):
        assert "ports" not in service, "two could not have the same port: --scale"


@each_service
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    for port in ALL[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port), port
    assert ALL[name].get("network_mode") in (None, "none")


@each_service
def test_no_secret_stands_in_an_environment(name: str) -> None:
    secret = re.compile(
        r"SECRET_KEY|ACCESS_KEY|PASSWORD|KEY_SECRET|WEBHOOK_SECRET|AMQP_URL|MANAGEMENT_URL|DATABASE_URL"
    )
    for variable, value in ALL[name].get("environment", {}).items():
        if secret.search(variable):
            assert variable.endswith("_FILE"), variable
            assert value.startswith("/run/secrets/")
        assert not re.search(r"//[^/]*:[^/]*@", str(value)), "an address with a password"


@each_service
def test_who_serves_is_shown_its_own_secrets_only_and_cannot_change_them(name: str) -> None:
    own = {"transcriber-gpu": "transcriber"}.get(name, name)
    if name == "secrets" or name.startswith("provision-"):
        return
    assert secret_volumes(ALL[name]) <= {f"secrets-{own}"}
    assert all(each.endswith(":ro") for each in ALL[name].get("volumes", ()) if each.startswith("secrets-"))


def test_the_keyring_is_shown_to_nobody_but_who_makes_it() -> None:
    shown = {name for name, service in ALL.items() if "secrets-keyring" in secret_volumes(service)}
    assert shown == {"secrets"}
    made = {each.partition(":/secrets/")[2] for each in ALL["secrets"]["volumes"]}
    assert {f"secrets-{folder}" for folder in made} == {
        volume for volume in compose()["volumes"] if volume.startswith("secrets-")
    }


@pytest.mark.parametrize("name", ["rabbitmq", "postgres", "store", "grafana", *SERVICES])
def test_whoever_reads_secrets_runs_as_their_owner(name: str) -> None:
    owner = OWNERS.get(name, SERVICE_UID)
    assert ALL[name]["user"].partition(":")[0] == str(owner)


@each_service
def test_the_one_way_out_of_a_container_is_not_a_matter_of_its_networks_names(name: str) -> None:
    networks = compose()["networks"]
    leading = [each for each in ALL[name].get("networks", ()) if not networks[each].get("internal")]
    assert len(leading) <= 1, "the engine would choose one of them for the default route"


@pytest.mark.parametrize("name", ["gateway", "notifier", "weights", "ollama", "caddy"])
def test_whoever_fetches_from_the_internet_has_a_way_there(name: str) -> None:
    assert "outside" in ALL[name]["networks"]
    assert compose()["networks"]["outside"] == {}


@each_service
def test_what_lies_in_a_tmpfs_does_not_take_the_memory_that_a_service_needs(name: str) -> None:
    sizes = [size(told) for each in ALL[name]["tmpfs"] for told in re.findall(r"size=(\w+)", each)]
    assert sum(sizes) <= size(ALL[name]["deploy"]["resources"]["limits"]["memory"]) / 2


def test_the_broker_lets_publishers_wait_before_its_container_has_no_memory_left(tmp_path: Path) -> None:
    secret_files.make(SecretsSettings(secrets_dir=tmp_path))
    told = (tmp_path / "rabbitmq" / "rabbitmq.conf").read_text()
    watermark = re.findall(r"^vm_memory_high_watermark.absolute = (\d+)$", told, re.MULTILINE)
    assert len(watermark) == 1
    limit = size(ALL["rabbitmq"]["deploy"]["resources"]["limits"]["memory"])
    assert 0.4 * limit < int(watermark[0]) <= 0.6 * limit, "the broker's own advice"


@pytest.mark.parametrize("name", KEEPING_RECORDINGS)
def test_recordings_in_hand_are_on_the_disk_and_not_in_a_transcribers_memory(name: str) -> None:
    told = settings_of(name)
    largest = GatewaySettings.model_fields["upload_max_bytes"].default
    assert recordings_in_hand(told, largest) > size(ALL[name]["deploy"]["resources"]["limits"]["memory"])
    assert "/tmp" in ALL[name]["volumes"]
    assert not ALL[name]["tmpfs"]


@pytest.mark.parametrize("name", KEEPING_RECORDINGS)
def test_a_transcriber_computes_with_the_cores_it_has_whatever_the_machine_has(name: str) -> None:
    told, limits = settings_of(name), ALL[name]["deploy"]["resources"]["limits"]
    assert told.cpu_threads == float(limits["cpus"]) / max(told.slots.values())


@pytest.mark.parametrize("name", KEEPING_RECORDINGS)
def test_a_transcriber_cannot_change_the_weights_that_others_compute_with(name: str) -> None:
    assert "models:/models:ro" in ALL[name]["volumes"]
    assert ALL["weights"]["volumes"] == ["models:/models"]


def test_a_transcriber_reaches_the_broker_and_the_store_only() -> None:
    networks = compose()["networks"]
    for name in ("transcriber", "transcriber-gpu"):
        assert ALL[name]["networks"] == ["broker", "store"]
    assert networks["broker"] == networks["store"] == networks["database"] == {"internal": True}


@pytest.mark.parametrize("name", SERVICES)
def test_a_collector_in_the_brokers_network_is_reached_by_every_service(name: str) -> None:
    assert "broker" in ALL[name]["networks"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_given_longer_to_end_than_its_service_takes(name: str) -> None:
    environment = ALL[name]["environment"]
    default = Settings.model_fields["shutdown_seconds"].default
    budget = float(environment.get("SCRIBELINE_SHUTDOWN_SECONDS", default))
    assert seconds(ALL[name]["stop_grace_period"]) > budget + GRACE_SECONDS


def test_a_worker_is_given_as_long_as_its_worst_unit() -> None:
    analyzer = float(ALL["analyzer"]["environment"]["SCRIBELINE_SHUTDOWN_SECONDS"])
    assert analyzer >= AnalyzerSettings().longest_unit
    decode = 300.0  # CPU seconds of the longest plan: SCRIBELINE_DECODE_SECONDS
    assert float(ALL["transcriber"]["environment"]["SCRIBELINE_SHUTDOWN_SECONDS"]) >= decode


@each_service
def test_what_is_waited_for_is_there_with_the_same_profile(name: str) -> None:
    for needed, how in ALL[name].get("depends_on", {}).items():
        assert set(ALL[needed].get("profiles", ())) <= set(ALL[name].get("profiles", ()))
        wanted = "service_completed_successfully" if is_job(ALL[needed]) else "service_healthy"
        assert how == {"condition": wanted}


def test_without_a_profile_all_of_it_starts() -> None:
    default = {name for name, service in ALL.items() if "profiles" not in service}
    assert default >= {"rabbitmq", "postgres", "store", "ollama", "ollama-pull", "weights", "secrets"}
    assert default >= set(SERVICES) - {"transcriber-gpu"}
    profiles = {profile for service in ALL.values() for profile in service.get("profiles", ())}
    assert profiles == {"gpu", "observability", "tls"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_built_from_the_one_dockerfile(name: str) -> None:
    service: Parsed = ALL[name]
    wanted = "transcriber" if name.startswith("transcriber") else name
    assert service["build"]["dockerfile"] == "deploy/Dockerfile"
    built = {"SERVICE": wanted, "BASE": BASE, "VERSION": version(), "REVISION": "unknown"}
    assert built.items() <= service["build"]["args"].items()
    repository = "transcriber-cuda" if service["build"]["args"].get("VARIANT") == "cuda" else wanted
    assert service["image"].startswith(f"scribeline/{repository}:")


def test_a_pinned_base_is_what_our_images_are_built_on() -> None:
    assert references(FILE.read_text(), DOCKERFILE)[pins.BASE] == BASE
    assert compose({pins.BASE: "pinned"})["services"]["gateway"]["build"]["args"]["BASE"] == "pinned"


def test_what_a_store_writes_at_home_is_not_on_the_root_that_nobody_may_write() -> None:
    assert ALL["store"]["environment"]["HOME"] == "/tmp"


def test_nobody_declares_but_who_provisions_and_the_result_writer_binds() -> None:
    told = {name: ALL[name]["environment"]["SCRIBELINE_AMQP_TOPOLOGY"] for name in SERVICES}
    assert told == dict.fromkeys(SERVICES, "check") | {"result-writer": "bind"}
