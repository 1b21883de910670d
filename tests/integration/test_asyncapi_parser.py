"""AsyncAPI's own parser accepts our document, and `make check` notices where it would not."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docs import validation

pytestmark = pytest.mark.integration

NOWHERE = {**os.environ, "npm_config_registry": "http://127.0.0.1:9/", "CI": "false"}
"""Nobody listens there."""
Json = dict[str, Any]


@pytest.fixture(scope="module")
def parser() -> Path:
    """Installed where `make check` has it."""
    try:
        validation.install(validation.INSTALLED, os.environ)
    except validation.Unreachable:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("npm's registry cannot be reached")
    return validation.INSTALLED


def test_the_document_is_valid_and_what_is_installed_asks_no_registry(
    parser: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validation.main(installed=parser, environment=NOWHERE) == 0
    assert "16 operations" in capsys.readouterr().out


def without_a_message(document: Json) -> None:
    del document["components"]["messages"]["job.failed"]


def of_an_unknown_action(document: Json) -> None:
    document["operations"]["callWebhook"]["action"] = "shout"


def with_a_wrong_schema(document: Json) -> None:
    document["components"]["schemas"]["JobFailed"]["properties"]["run"]["type"] = "number of the run"


def with_a_wrong_binding(document: Json) -> None:
    document["channels"]["job.failed"]["bindings"]["amqp"]["is"] = "topic"


@pytest.mark.parametrize(
    "breaks",
    [without_a_message, of_an_unknown_action, with_a_wrong_schema, with_a_wrong_binding],
)
def test_a_document_that_is_wrong_is_refused_with_the_reason(
    breaks: Callable[[Json], None], parser: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(validation.DOCUMENT.read_text(encoding="utf-8"))
    breaks(document)
    wrong = tmp_path / "asyncapi.json"
    wrong.write_text(json.dumps(document), encoding="utf-8")
    assert validation.main(wrong, parser) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert f"AsyncAPI's parser refuses {wrong}." in said


def test_without_a_network_a_desk_is_told_and_goes_on_and_ci_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = {**NOWHERE, "npm_config_cache": str(tmp_path / "cache")}
    assert validation.main(installed=tmp_path / "parser", environment=alone) == 0
    assert capsys.readouterr().err.count("was not validated: npm's registry") == 1
    assert validation.main(installed=tmp_path / "parser", environment={**alone, "CI": "true"}) == 1


def test_what_npm_cannot_read_is_no_missing_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(validation.PARSER, changed)
    (changed / "package.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(validation, "PARSER", changed)
    with pytest.raises(SystemExit, match="cannot be installed"):
        validation.install(tmp_path / "parser", NOWHERE)


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((validation.PARSER / validation.LOCK).read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all("integrity" in package for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
