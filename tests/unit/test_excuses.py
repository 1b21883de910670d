"""When the suite may skip a test: never because something of ours does not work."""

import shutil
from pathlib import Path

import pytest

from deploy.local import packages, rabbitmq
from deploy.local.program import CannotRun
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from tests.support import excuses

Skipped, Failed = pytest.skip.Exception, pytest.fail.Exception
OFFLINE = "The model 'base' could not be downloaded (the mirror: no answer)."
DAMAGED = "The model 'base' could not be downloaded (the mirror: it came damaged)."


@pytest.fixture
def no_rabbitmq(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rabbitmq, "SERVER", tmp_path / "nowhere")


@pytest.mark.parametrize(("ci", "outcome"), [("", Skipped), ("true", Failed)])
@pytest.mark.usefixtures("no_rabbitmq")
def test_without_rabbitmq_and_the_right_to_install_it_a_desk_skips_and_ci_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(packages, "_as_root", lambda: None)

    with pytest.raises(outcome, match="RabbitMQ is missing"):
        excuses.need_rabbitmq(tmp_path / "log")


@pytest.mark.usefixtures("no_rabbitmq")
def test_an_installation_that_fails_is_no_excuse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", "")
    monkeypatch.setattr(packages, "_as_root", tuple)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(packages, "INSTALL", "echo 'E: the disk is full'; exit 100")

    with pytest.raises(CannotRun, match="the disk is full"):
        excuses.need_rabbitmq(tmp_path / "log")


@pytest.mark.parametrize(
    ("sentence", "ci", "outcome"),
    [
        (OFFLINE, "", Skipped),
        (OFFLINE, "true", Failed),
        (DAMAGED, "", Fail),
        ("It cannot be stored.", "", Fail),
    ],
)
def test_only_a_missing_network_excuses_missing_weights(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sentence: str, ci: str, outcome: type[BaseException]
) -> None:
    def ensure(_name: str, _directory: Path) -> None:
        raise Fail(Code.MODEL_UNAVAILABLE, sentence)

    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(excuses, "ensure", ensure)

    with pytest.raises(outcome, match=r"downloaded|stored"):
        excuses.need_weights(tmp_path, "base")
