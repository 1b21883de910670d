"""Secrets are made once; each folder holds what its service needs to know, and no more."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from yarl import URL

from scribeline.provision import secret_files
from scribeline.provision.accounts import Unusable, of_keys, of_url
from scribeline.provision.secret_files import ON_BROKER, SERVICE_UID
from scribeline.provision.settings import SecretsSettings
from tests.support.compose import services


@pytest.fixture
def settings(tmp_path: Path) -> SecretsSettings:
    return SecretsSettings(secrets_dir=tmp_path / "secrets")


def contents(folder: Path) -> dict[str, str]:
    return {str(f.relative_to(folder)): f.read_text() for f in sorted(folder.rglob("*")) if f.is_file()}


def test_made_again_nothing_changes_and_the_key_is_shown_only_once(settings: SecretsSettings) -> None:
    key = secret_files.make(settings)
    made = contents(settings.secrets_dir)
    assert key is not None
    assert key.startswith("sl_")
    assert made["gateway/bootstrap_key"] == key
    assert secret_files.make(settings) is None
    assert contents(settings.secrets_dir) == made


def test_nobody_but_its_owner_may_read_a_secret(settings: SecretsSettings) -> None:
    secret_files.make(settings)
    modes = {stat.S_IMODE(f.stat().st_mode) for f in settings.secrets_dir.rglob("*") if f.is_file()}
    assert modes == {0o400}


def test_an_address_may_change_and_the_password_stays(settings: SecretsSettings) -> None:
    secret_files.make(settings)
    before = of_url(settings.secrets_dir, "transcriber", "amqp_url")
    elsewhere = settings.model_copy(update={"amqp_address": "amqps://broker.example:5671/other"})
    secret_files.make(elsewhere)
    after = of_url(settings.secrets_dir, "transcriber", "amqp_url")
    assert (after.user, after.password, after.place) == (before.user, before.password, "other")
    assert URL((settings.secrets_dir / "transcriber/amqp_url").read_text()).host == "broker.example"


def test_a_folder_that_was_lost_comes_back_as_it_was(settings: SecretsSettings) -> None:
    secret_files.make(settings)
    made = contents(settings.secrets_dir)
    for file in (settings.secrets_dir / "gateway").iterdir():
        file.unlink()
    secret_files.make(settings)
    assert contents(settings.secrets_dir) == made


def test_a_password_that_was_taken_out_is_another_one_afterwards_and_no_other_changes(
    settings: SecretsSettings,
) -> None:
    secret_files.make(settings)
    before = contents(settings.secrets_dir)
    (settings.secrets_dir / "keyring" / "broker_analyzer").unlink()
    secret_files.make(settings)
    after = contents(settings.secrets_dir)
    changed = {name for name, content in after.items() if before[name] != content}
    assert changed == {"keyring/broker_analyzer", "analyzer/amqp_url"}


def test_no_service_knows_the_password_of_another_or_of_an_administrator(settings: SecretsSettings) -> None:
    secret_files.make(settings)
    keyring = contents(settings.secrets_dir / "keyring")
    knows = {
        service: {
            name
            for name, secret in keyring.items()
            if any(secret in content for content in contents(settings.secrets_dir / service).values())
        }
        for service in ON_BROKER
    }
    assert knows == {
        "gateway": {
            "broker_gateway",
            "management_gateway",
            "database_gateway",
            "store_gateway",
            "key_secret",
            "webhook_secret",
            "bootstrap_key",
        },
        "transcriber": {"broker_transcriber", "store_transcriber"},
        "analyzer": {"broker_analyzer"},
        "result-writer": {
            "broker_result-writer",
            "management_result-writer",
            "database_result-writer",
            "store_result-writer",
        },
        "notifier": {"broker_notifier", "database_notifier", "webhook_secret"},
    }


@pytest.mark.parametrize("content", ["", "amqp://host/place", "no address", "amqp://user@host/", "http://[x"])
def test_a_secret_that_names_no_user_is_told_by_its_file_and_not_by_what_it_holds(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "analyzer").mkdir()
    (tmp_path / "analyzer" / "amqp_url").write_text(content)
    with pytest.raises(Unusable, match="analyzer/amqp_url") as told:
        of_url(tmp_path, "analyzer", "amqp_url")
    assert content == "" or content not in str(told.value)


def test_a_secret_that_is_missing_is_told_by_its_file(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="gateway/s3_access_key"):
        of_keys(tmp_path, "gateway")


MAKE = (
    "import sys; from pathlib import Path; from scribeline.provision import secret_files, settings; "
    "secret_files.make(settings.SecretsSettings(secrets_dir=Path(sys.argv[1])))"
)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a folder to another user")
def test_the_rights_that_the_job_has_are_those_it_needs(tmp_path: Path) -> None:
    granted = services()["secrets"]["cap_add"]

    def made(*capabilities: str) -> bool:
        """Made for others, made anew where one is missing, and all are theirs."""
        for _ in range(2):
            bounds = ",".join(("-all", *(f"+{each.lower()}" for each in capabilities)))
            who = ("setpriv", f"--bounding-set={bounds}", "--inh-caps=-all", "--no-new-privs")
            done = subprocess.run(
                [*who, sys.executable, "-c", MAKE, str(folder)], capture_output=True, check=False
            )
            if done.returncode != 0:
                return False
            (folder / "keyring" / "broker_analyzer").unlink()
        return {file.stat().st_uid for file in (folder / "analyzer").iterdir()} == {SERVICE_UID}

    for without in granted:
        folder = tmp_path / without
        assert not made(*(each for each in granted if each != without)), f"{without} is not needed"
    folder = tmp_path / "all"
    assert made(*granted)
