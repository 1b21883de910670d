"""An installation's own overlays, as docs/kubernetes.md shows them, beside ours."""

import re
import shutil
from pathlib import Path

import pytest

from deploy.k8s.check import policy
from deploy.k8s.check.objects import FOLDER, Object, of_kind, render, workloads
from deploy.local.program import CannotRun
from deploy.local.state import ROOT
from tests.support.excuses import lacking

SHOWN = re.findall(
    r"```yaml\n(apiVersion: kustomize.*?)```", (ROOT / "docs" / "kubernetes.md").read_text(), re.S
)
REGISTRY = "registry.example.com/scribeline"


def installed(tmp_path: Path, *, jobs: bool, beside: str = "../production") -> list[Object]:
    """What the page's overlay of the services, or of the Jobs, renders to."""
    services_shown, jobs_shown = SHOWN
    shutil.copytree(FOLDER, tmp_path / "k8s")
    mine = tmp_path / "k8s" / "overlays" / "mine"
    mine.mkdir()
    (mine / "settings.env").write_text("SCRIBELINE_LOG_LEVEL=DEBUG\n")
    shown = jobs_shown if jobs else services_shown.replace("../production", beside)
    (mine / "kustomization.yaml").write_text(shown)
    try:
        return render(mine)
    except CannotRun as why:
        lacking(str(why))


def images(objects: list[Object]) -> dict[str, str]:
    return {work.object["metadata"]["name"]: work.containers[0]["image"] for work in workloads(objects)}


@pytest.mark.parametrize("jobs", [False, True])
def test_all_comes_from_the_registry_that_was_named_and_keeps_the_rules(tmp_path: Path, jobs: bool) -> None:
    objects = installed(tmp_path, jobs=jobs)
    assert all(image.startswith(f"{REGISTRY}/") for image in images(objects).values())
    assert list(policy.problems(objects)) == []


def test_lanes_with_a_gpu_keep_the_image_for_it(tmp_path: Path) -> None:
    found = images(installed(tmp_path, jobs=False, beside="../gpu"))
    assert found["transcriber-short"] == found["transcriber-chunks"] == f"{REGISTRY}/transcriber-cuda:0.1.0"
    assert found["transcriber-plan"] == f"{REGISTRY}/transcriber:0.1.0"


@pytest.mark.parametrize("jobs", [False, True])
def test_nothing_lands_in_the_namespace_default(tmp_path: Path, jobs: bool) -> None:
    objects = installed(tmp_path, jobs=jobs)
    elsewhere = [each for each in objects if each["metadata"].get("namespace") != "scribeline"]
    assert [each["kind"] for each in elsewhere] == ["Namespace"]


@pytest.mark.parametrize("jobs", [False, True])
def test_settings_of_ones_own_stand_beside_ours(tmp_path: Path, jobs: bool) -> None:
    told = [each["data"] for each in of_kind(installed(tmp_path, jobs=jobs), "ConfigMap")]
    (settings,) = [each for each in told if "SCRIBELINE_S3_BUCKET" in each]
    assert settings["SCRIBELINE_LOG_LEVEL"] == "DEBUG"
