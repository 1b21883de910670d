"""`scribeline models`, with a models folder of its own."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from scribeline_cli.exits import Exit
from scribeline_cli.main import app
from tests.support.weights import make_model


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCRIBELINE_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


def test_a_model_is_taken_from_a_directory_and_listed(models_dir: Path, tmp_path: Path) -> None:
    given = make_model(tmp_path / "given")
    pulled = CliRunner().invoke(app, ["models", "pull", "mine", "--from", str(given)])
    assert (pulled.exit_code, pulled.stdout) == (Exit.OK, f"{models_dir / 'mine'}\n")
    listed = CliRunner().invoke(app, ["models", "list"])
    assert listed.stdout.split("\t")[:3] == ["mine", "0 MB", "whole"]


def test_a_damaged_model_is_listed_as_such(models_dir: Path) -> None:
    make_model(models_dir / "mine", config=b"")
    assert "damaged: config.json is missing" in CliRunner().invoke(app, ["models", "list"]).stdout


def test_an_empty_folder_says_how_to_get_a_model(models_dir: Path) -> None:
    listed = CliRunner().invoke(app, ["models", "list"])
    assert (listed.exit_code, listed.stdout) == (Exit.OK, "")
    assert "scribeline models pull base" in listed.stderr


@pytest.mark.parametrize(("name", "exit_code"), [("../x", Exit.USAGE), ("mine", Exit.FAILED)])
def test_what_cannot_be_pulled_is_one_sentence(
    models_dir: Path, tmp_path: Path, name: str, exit_code: Exit
) -> None:
    result = CliRunner().invoke(app, ["models", "pull", name, "--from", str(tmp_path / "none")])
    assert result.exit_code == exit_code
    assert result.stderr.startswith("error: ")
