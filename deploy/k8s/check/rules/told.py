"""What a lane is told: its settings are ones it has, and its secrets come as files of its own."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from docs.generate import SERVICES, settings_of
from pydantic import ValidationError

from deploy.k8s.check.objects import Object, Objects, Workload, of_kind, workloads
from deploy.k8s.check.rules.pods import Found
from scribeline.messaging.service_rights import SCALER
from scribeline.settings import PREFIX, Settings

MOUNTED = "/run/secrets/"
PLACEHOLDER = "a secret of sixteen characters or more"
ADDRESSES = {
    "SCRIBELINE_AMQP_URL": "amqp://user:password@broker",
    "SCRIBELINE_AMQP_MANAGEMENT_URL": "http://user:password@broker:15672",
    "SCRIBELINE_DATABASE_URL": "postgresql://user:password@database/scribeline",
}
"""Secrets that must also be an address."""
CERTIFICATES = f"{PREFIX}TLS_"
PROVISION = "provision"
"""The Job that makes the services' users reads all of their secrets."""


def settings(objects: Objects) -> Found:
    """Every variable is one of the service's, and has a value that it allows."""
    shared = {name for service in SERVICES for name in settings_of(service).model_fields}
    for work in workloads(objects, "Deployment"):
        own, common = environment(objects, work)
        known = settings_of(work.service).model_fields
        for name in own:
            field = name.removeprefix(PREFIX).lower()
            if field not in known and field.removesuffix("_file") not in known:
                yield work.object, f"{name} is no setting of {work.service}"
        for name in common:
            if name.removeprefix(PREFIX).lower() not in shared:
                yield work.object, f"{name} is no setting of any service"
        try:
            _load(objects, work)
        except ValidationError as error:
            yield (
                work.object,
                f"its settings are refused: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}",
            )


def secrets(objects: Objects) -> Found:
    """Only as files, only of the service's own Secret."""
    for work in workloads(objects):
        theirs = (*SERVICES, SCALER) if work.service == PROVISION else ()
        allowed = {f"scribeline-{each}" for each in (work.service, *theirs, "ca")}
        for volume in work.pod.get("volumes", []):
            if "secret" in volume and volume["secret"]["secretName"] not in allowed:
                yield work.object, f"mounts the Secret {volume['secret']['secretName']}, which is not its own"
        for name in _in_environment(objects, work):
            yield work.object, f"{name} is a secret in the environment, which every child process sees"


def _in_environment(objects: Objects, work: Workload) -> Iterator[str]:
    for container in work.containers:
        yield from (str(each["secretRef"]) for each in container.get("envFrom", []) if "secretRef" in each)
        for each in container.get("env", []):
            if "secretKeyRef" in each.get("valueFrom", {}):
                yield each["name"]
    own, common = environment(objects, work)
    known = settings_of(work.service).model_fields if work.service in SERVICES else {}
    for name in (*own, *common):
        field = known.get(name.removeprefix(PREFIX).lower())
        if field is not None and "SecretStr" in str(field.annotation):
            yield name


def told(objects: Objects) -> Iterator[tuple[Workload, Settings]]:
    """The lanes with their settings, where these are allowed; `settings` tells of the others."""
    for work in workloads(objects, "Deployment"):
        try:
            yield work, _load(objects, work)
        except ValidationError:
            continue


def environment(objects: Objects, work: Workload) -> tuple[dict[str, str], dict[str, str]]:
    """A lane's own variables, and those of the ConfigMaps that it shares."""
    maps: dict[str, Object] = {each["metadata"]["name"]: each for each in of_kind(objects, "ConfigMap")}
    own, common = {}, {}
    for container in work.pod["containers"]:
        for each in container.get("envFrom", []):
            if "configMapRef" in each:
                common.update(maps[each["configMapRef"]["name"]]["data"])
        own.update({each["name"]: str(each.get("value", "")) for each in container.get("env", [])})
    return {name: value for name, value in own.items() if name.startswith(PREFIX)}, common


def _load(objects: Objects, work: Workload) -> Settings:
    """The settings as the lane would read them, with placeholders for secrets; certificates are not here."""
    kind = settings_of(work.service)
    own, common = environment(objects, work)
    given = {}
    for name, value in {**common, **own}.items():
        if name.startswith(CERTIFICATES):
            continue
        field = name.removeprefix(PREFIX).lower()
        of_file = field.endswith("_file") and field not in kind.model_fields
        plain = name.removesuffix("_FILE")
        if of_file:
            given[plain] = ADDRESSES.get(plain, PLACEHOLDER)
        else:
            given[name] = value
    with _as_environment(given):
        return kind()


@contextmanager
def _as_environment(given: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update({name: before[name] for name in ("HOME", "PATH") if name in before}, **given)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
