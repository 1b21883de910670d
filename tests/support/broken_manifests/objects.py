"""Rendered objects by their names, for those who change one."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from deploy.k8s.check.objects import Object

Mutation = Callable[[dict[str, Object]], Any]
"""Given by `KIND NAME`; changes them in place."""


def mutated(objects: Sequence[Object], mutate: Mutation) -> list[Object]:
    """A changed copy."""
    named = {f"{each['kind']} {each['metadata']['name']}": each for each in copy.deepcopy(objects)}
    mutate(named)
    return list(named.values())


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


def trigger(objects: dict[str, Object], lane: str) -> Object:
    found: Object = objects[f"ScaledObject {lane}"]["spec"]["triggers"][0]
    return found
