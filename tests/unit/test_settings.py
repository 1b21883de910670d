"""Settings come from the environment or from secret files, and a wrong one says which."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.settings import GatewaySettings
from scribeline.outbound.settings import WebhookSettings
from scribeline.settings import (
    BrokerSettings,
    DatabaseSettings,
    HealthSettings,
    ManagementSettings,
    Settings,
    StoreSettings,
    load,
)


class Everything(HealthSettings, BrokerSettings, ManagementSettings, StoreSettings, DatabaseSettings):
    """What a service with all parts has."""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Everything.model_fields:
        monkeypatch.delenv(f"SCRIBELINE_{name.upper()}", raising=False)
        monkeypatch.delenv(f"SCRIBELINE_{name.upper()}_FILE", raising=False)


def test_defaults_are_enough_to_start() -> None:
    assert Everything().s3_bucket == "scribeline"


def test_the_environment_overrides_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIBELINE_DATABASE_POOL", "3")
    assert Everything().database_pool == 3


def test_a_secret_is_read_from_the_file_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(" sec ret \n")
    monkeypatch.setenv("SCRIBELINE_S3_SECRET_KEY_FILE", str(tmp_path / "key"))
    assert Everything().s3_secret_key.get_secret_value() == " sec ret "


def test_a_file_gives_numbers_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pool").write_text("7\n")
    monkeypatch.setenv("SCRIBELINE_DATABASE_POOL_FILE", str(tmp_path / "pool"))
    assert Everything().database_pool == 7


def test_a_value_in_the_environment_wins_over_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bucket").write_text("from-file")
    monkeypatch.setenv("SCRIBELINE_S3_BUCKET_FILE", str(tmp_path / "bucket"))
    monkeypatch.setenv("SCRIBELINE_S3_BUCKET", "from-environment")
    assert Everything().s3_bucket == "from-environment"


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIBELINE_S3_SECRET_KEY_FILE", str(tmp_path / "not-there"))
    with pytest.raises(
        SystemExit, match=r"^SCRIBELINE_S3_SECRET_KEY_FILE: .*not-there cannot be read: No such"
    ):
        load(Everything)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AMQP_PREFIX", "No Spaces"),
        ("HEALTH_PORT", "70000"),
        ("DATABASE_POOL", "0"),
        ("SHUTDOWN_SECONDS", "0"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SCRIBELINE_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Everything()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "LOUD"),
        ("AMQP_URL", "http://me:hidden@broker"),
        ("AMQP_URL", "amqp://me:hidden@broker:99999/"),
        ("AMQP_URL", "amqp://me:hidden@[broker/"),
        ("AMQP_URL", "hidden"),
        ("AMQP_MANAGEMENT_URL", "amqp://me:hidden@broker"),
        ("OTLP_ENDPOINT", "http://collector:99999"),
        ("OTLP_ENDPOINT", "http://"),
        ("OTLP_ENDPOINT", "collector:4318"),
        ("S3_ENDPOINT", "store:9000"),
        ("DATABASE_URL", "mysql://me:hidden@db/x"),
        ("DATABASE_URL", "postgresql://me:hidden@db/x?sslmode=bogus"),
        ("DATABASE_URL", "postgresql://me:hid?den@db/x?sslmode=bogus"),
        ("DATABASE_URL", "postgresql://db/x?sslmode=verify-full&sslrootcert=/nowhere"),
    ],
)
def test_a_service_with_a_malformed_setting_ends_with_one_sentence_that_names_it_and_tells_no_secret(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SCRIBELINE_{name}", value)
    with pytest.raises(SystemExit, match=rf"^SCRIBELINE_{name}: (?!Value error)[^\n]+$") as ended:
        load(Everything)
    assert "hid" not in str(ended.value)
    with pytest.raises(ValidationError) as wrong:
        Everything()
    assert "hid" not in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", " debug "),
        ("AMQP_URL", "amqps://me:p%40ss@broker:5671/scribeline"),
        ("AMQP_MANAGEMENT_URL", ""),
        ("OTLP_ENDPOINT", "https://collector.example/otlp"),
        ("DATABASE_URL", "postgresql+psycopg://me:a?sslmode=b@db/x?sslmode=require"),
        ("DATABASE_URL", "postgres:///x?host=/run/postgresql"),
    ],
)
def test_what_is_allowed_in_other_words_is_taken(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SCRIBELINE_{name}", value)
    load(Everything)


def test_a_secret_file_that_is_no_text_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("SCRIBELINE_AMQP_URL_FILE", str(tmp_path / "key"))
    with pytest.raises(SystemExit, match=r"^SCRIBELINE_AMQP_URL_FILE: .*key cannot be read: no UTF-8$"):
        load(Everything)


def test_printing_the_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIBELINE_AMQP_URL", "amqp://me:hidden@broker/")
    monkeypatch.setenv("SCRIBELINE_DATABASE_URL", "postgresql://me:hidden@db/x")
    monkeypatch.setenv("SCRIBELINE_S3_SECRET_KEY", "hidden")
    settings = Everything()
    assert "hidden" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_every_setting_has_a_sentence_for_the_manual() -> None:
    undocumented = [name for name, field in Everything.model_fields.items() if not field.description]
    assert undocumented == []


def test_settings_do_not_change_while_a_service_runs() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().log_level = "DEBUG"  # type: ignore[misc]  # what the type checker forbids, run


@pytest.mark.parametrize("settings", [GatewaySettings, WebhookSettings])
def test_hosts_and_ports_of_webhooks_are_separated_by_commas(
    settings: type[WebhookSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIBELINE_KEY_SECRET", "a secret for tests only")
    monkeypatch.setenv("SCRIBELINE_WEBHOOK_HOSTS_ALLOWED", " Hooks.corp , hooks.corp:8080,")
    monkeypatch.setenv("SCRIBELINE_WEBHOOK_PORTS", "443,8443")
    assert settings().webhook_hosts_allowed == ("hooks.corp", "hooks.corp:8080")
    assert settings().webhook_ports == ("443", "8443")
    monkeypatch.setenv("SCRIBELINE_WEBHOOK_PORTS", "443-https")
    with pytest.raises(ValidationError, match="webhook_ports"):
        settings()
