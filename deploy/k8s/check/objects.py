"""Rendered objects, as the checks look at them."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.k8s.check import kustomize

FOLDER = Path(__file__).resolve().parents[1]
APPLIED = (
    FOLDER / "provision",
    *sorted(path.parent for path in FOLDER.glob("overlays/*/kustomization.yaml")),
)
"""The folders that are applied; the others are parts of them."""

Object = dict[str, Any]
Objects = Sequence[Object]

SIZES = {"m": 1e-3, "": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 1e3, "M": 1e6, "G": 1e9}


class NotRendered(Exception):
    """What kustomize said."""


@dataclass(frozen=True)
class Workload:
    """A Deployment or Job: what runs pods."""

    object: Object

    @property
    def name(self) -> str:
        return f"{self.object['kind']} {self.object['metadata']['name']}"

    @property
    def labels(self) -> Mapping[str, str]:
        """Of its pods."""
        labels: Mapping[str, str] = self.object["spec"]["template"]["metadata"].get("labels", {})
        return labels

    @property
    def pod(self) -> Object:
        pod: Object = self.object["spec"]["template"]["spec"]
        return pod

    @property
    def containers(self) -> list[Object]:
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]

    @property
    def service(self) -> str:
        """The program that it runs: `transcriber` for all of its lanes."""
        return self.labels.get("app.kubernetes.io/name", "")


def render(folder: Path) -> list[Object]:
    """The objects of an overlay. Raises CannotRun without a kustomize, NotRendered with what it said."""
    done = subprocess.run(
        [*kustomize.command(), str(folder)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise NotRendered(f"{folder.name}: {done.stderr.strip()}")
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def workloads(objects: Objects, *kinds: str) -> list[Workload]:
    """All that run pods, or those of some kinds."""
    return [Workload(each) for each in objects if each["kind"] in (kinds or ("Deployment", "Job"))]


def of_kind(objects: Objects, kind: str) -> Iterator[Object]:
    return (each for each in objects if each["kind"] == kind)


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector (`matchLabels`, and `matchExpressions` with In) takes these labels."""
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(
        labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", [])
    )


def amount(quantity: str | int) -> float:
    """A quantity of Kubernetes as a number: cores, or bytes."""
    text = str(quantity)
    unit = text.lstrip("0123456789.")
    return float(text.removesuffix(unit)) * SIZES[unit]
