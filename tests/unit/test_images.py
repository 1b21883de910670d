"""What is pinned, what is built, and where a container's health check asks."""

import re
import tomllib

import pytest

from deploy.images.building import SERVICES, build, version
from deploy.images.client import Client
from deploy.images.pins import BASE, references
from deploy.local import virtualenv
from deploy.local.program import CannotRun
from deploy.local.state import ROOT
from deploy.verify.standins import HERE, STAND_INS, names
from scribeline.telemetry import probe

COMPOSE = """
    image: ${BROKER_IMAGE:-rabbitmq:4.3-management}
    image: ${STORE_IMAGE:-registry.example:5000/pgsty/silo:RELEASE.2026-09-16T00-00-00Z}
    image: ${PINNED_IMAGE:-postgres:18@sha256:0123}
    ports: ["127.0.0.1:${SCRIBELINE_PORT:-8000}:8000"]
"""
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def test_every_tag_that_a_variable_may_replace_is_to_be_pinned() -> None:
    assert references(COMPOSE, "ARG BASE=python:3.13-slim\nFROM ${BASE} AS builder\n") == {
        "BROKER_IMAGE": "rabbitmq:4.3-management",
        "STORE_IMAGE": "registry.example:5000/pgsty/silo:RELEASE.2026-09-16T00-00-00Z",
        BASE: "python:3.13-slim",
    }


def test_one_variable_with_two_defaults_cannot_be_pinned() -> None:
    with pytest.raises(
        CannotRun, match=r"BROKER_IMAGE is rabbitmq:4.3-management in one place and rabbitmq:4.0"
    ):
        references(COMPOSE, "image: ${BROKER_IMAGE:-rabbitmq:4.0}")


def test_the_base_of_our_images_is_found() -> None:
    assert references(DOCKERFILE)[BASE].startswith("python:3.")


def test_a_service_that_is_none_is_not_built() -> None:
    with pytest.raises(CannotRun, match=r"SERVICE must be one of gateway, .* not 'broker'"):
        build(Client(("false",)), "broker")


def test_only_the_transcriber_is_built_for_a_gpu() -> None:
    with pytest.raises(CannotRun, match="there is no cuda image of gateway"):
        build(Client(("false",)), "gateway", "cuda")


def test_an_image_tells_the_version_of_the_project() -> None:
    assert re.findall(r"^ARG VERSION=(.*)$", DOCKERFILE, re.MULTILINE) == [version()]


def test_images_are_installed_by_the_uv_that_sets_up_a_checkout() -> None:
    locked = (ROOT / "deploy" / "builder.lock").read_text()
    assert locked.split(" \\")[0] == virtualenv.UV
    assert virtualenv.UV in (ROOT / "deploy" / "builder.in").read_text().splitlines()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_command_that_its_image_starts(service: str) -> None:
    member = tomllib.loads((ROOT / "services" / service / "pyproject.toml").read_text())
    module = service.replace("-", "_")
    assert member["project"]["scripts"] == {f"scribeline-{service}": f"{module}.main:main"}


@pytest.mark.parametrize("name", STAND_INS)
def test_what_stands_in_for_an_image_takes_a_name_that_our_files_use(name: str) -> None:
    assert STAND_INS[name].variable in names()
    assert (HERE / name / "Dockerfile").is_file()


WORKER = {"SCRIBELINE_HEALTH_HOST": "0.0.0.0", "SCRIBELINE_HEALTH_PORT": "8081"}


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        (WORKER, ("127.0.0.1", 8081)),
        ({"SCRIBELINE_HTTP_HOST": "0.0.0.0", "SCRIBELINE_HTTP_PORT": "8000"}, ("127.0.0.1", 8000)),
        ({"SCRIBELINE_HTTP_HOST": "::", "SCRIBELINE_HTTP_PORT": "9000"}, ("::1", 9000)),
        ({"SCRIBELINE_HTTP_HOST": "10.0.0.7"}, ("10.0.0.7", 8000)),
        (WORKER | {"SCRIBELINE_HTTP_PORT": "8000"}, ("127.0.0.1", 8081)),
    ],
)
def test_a_health_check_asks_the_containers_own_process(
    environment: dict[str, str], asked: tuple[str, int]
) -> None:
    assert probe.address(environment) == asked
