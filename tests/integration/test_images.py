"""Building and pinning images as they run, with a stand-in for the docker client."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.images.building import build
from deploy.images.client import Client
from deploy.images.pins import BASE, pin, pinned
from deploy.local.program import CannotRun
from deploy.local.state import ROOT

DIGEST = f"sha256:{'5' * 64}"


def client(tmp_path: Path, script: str) -> Client:
    """One that does as the script says, and notes what it was asked."""
    program = tmp_path / "docker"
    program.write_text(f'echo "$@" >> "{tmp_path}/asked"\n{script}\n')
    return Client(("sh", str(program)), ("--network", "host"))


def run(docker: str, *argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.images", *argv]
    environment = {**os.environ, "DOCKER": docker}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_digests_are_written_as_the_registry_gave_them(tmp_path: Path) -> None:
    pin(client(tmp_path, f"echo {DIGEST}"), tmp_path / "pins.env")

    base = pinned(tmp_path / "pins.env")[BASE]
    assert base.endswith(f"@{DIGEST}")
    assert f" {base.removesuffix(f'@{DIGEST}')}\n" in (tmp_path / "asked").read_text()


@pytest.mark.parametrize(
    ("registry", "told"),
    [
        ("echo 'ERROR: failed to do request: no route' >&2; exit 1", "so nothing was pinned: failed to do"),
        ("echo '<html>sign in</html>'", "is no digest"),
        ("echo sha256:5555", "is no digest"),
    ],
)
def test_where_no_registry_gives_a_digest_nothing_is_written(
    tmp_path: Path, registry: str, told: str
) -> None:
    with pytest.raises(CannotRun, match=told) as caught:
        pin(client(tmp_path, registry), tmp_path / "pins.env")

    assert "\n" not in str(caught.value)
    assert not (tmp_path / "pins.env").exists()


def test_an_image_is_built_on_what_was_pinned_and_named_by_the_projects_version(tmp_path: Path) -> None:
    built = build(client(tmp_path, "true"), "transcriber", "cuda", f"python@{DIGEST}")

    asked = (tmp_path / "asked").read_text()
    assert built == "scribeline/transcriber-cuda:0.1.0"
    assert f"-t {built} " in asked
    for wanted in ("--network host", "SERVICE=transcriber", "VARIANT=cuda", f"BASE=python@{DIGEST}"):
        assert f" {wanted} " in asked


def test_without_docker_one_sentence_says_what_to_install() -> None:
    done = run("/nowhere/docker", "build")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "install Docker" in done.stderr


def test_without_buildx_one_sentence_says_what_to_install() -> None:
    done = run("false", "build")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "install docker-buildx" in done.stderr


def test_a_build_that_fails_is_told_and_ends_with_an_error(tmp_path: Path) -> None:
    client(tmp_path, 'test "$*" = "buildx version"')
    done = run(f"sh {tmp_path}/docker", "build", "notifier")
    assert (done.returncode, done.stderr) == (1, "scribeline/notifier:0.1.0 could not be built.\n")
