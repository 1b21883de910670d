"""The manual says what the code does."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from docs import generate, media
from pydantic import Field, SecretStr

from scribeline.contracts.codes import MEANINGS, Code
from scribeline.settings import Settings
from tests.support.families import import_all
from transcriber.formats import CODECS, CONTAINERS

ROOT = Path(__file__).parents[2]
TEST = re.compile(r"\w+/test_\w+\.py")


class Example(Settings):
    a_secret: SecretStr = SecretStr("hidden-default")
    """Opens the | door."""
    an_amount: int = Field(default=7, ge=1, le=9)
    """How
    many."""
    a_required: str
    """Where to."""
    a_place: Path = Field(default_factory=Path.home)
    """Where things are: at home."""
    a_choice: Literal["left", "right"] = "left"
    """Which way."""
    a_list: tuple[str, ...] = ("x", "y")
    """What there is."""


class Other(Settings):
    """Has only what all have."""


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> str:
    classes = {"gateway": Example, "transcriber": Other, "analyzer": Other, "result-writer": Other,
               "notifier": Other}  # fmt: skip
    monkeypatch.setattr(generate, "settings_of", classes.__getitem__)
    return generate.configuration()


def test_a_setting_is_shown_with_default_meaning_and_bounds(page: str) -> None:
    assert "| `SCRIBELINE_AN_AMOUNT` | `7` | How many. (1 to 9) |" in page


def test_what_an_administrator_sets_for_provisioning_is_shown_once_and_apart(page: str) -> None:
    section = page.partition("## provisioning")[2]
    assert page.count("| `SCRIBELINE_SECRETS_DIR` | `/secrets` |") == 1
    assert "| `SCRIBELINE_SECRETS_DIR` |" in section
    assert "SCRIBELINE_PROVISION_WAIT_SECONDS" in section


def test_a_secrets_default_is_not_shown(page: str) -> None:
    assert r"| `SCRIBELINE_A_SECRET` | hidden | Opens the \| door. |" in page
    assert "hidden-default" not in page


def test_what_must_be_set_is_marked(page: str) -> None:
    assert "| `SCRIBELINE_A_REQUIRED` | required | Where to. |" in page


def test_a_default_that_depends_on_who_runs_it_is_told_in_words(page: str) -> None:
    assert "| `SCRIBELINE_A_PLACE` | see there | Where things are: at home. |" in page
    assert str(Path.home()) not in page


def test_a_choice_is_shown_with_what_there_is_to_choose(page: str) -> None:
    assert "| `SCRIBELINE_A_CHOICE` | `left` | Which way. (one of `left`, `right`) |" in page


def test_a_list_is_shown_as_it_is_written(page: str) -> None:
    assert "| `SCRIBELINE_A_LIST` | `x,y` | What there is. |" in page


def test_a_setting_of_all_services_stands_once_with_its_readers(page: str) -> None:
    [line] = [line for line in page.splitlines() if "`SCRIBELINE_LOG_LEVEL`" in line]
    assert line.endswith("| gateway, transcriber, analyzer, result-writer, notifier |")


def test_every_error_code_is_listed_once() -> None:
    page = generate.errors()
    assert [page.count(f"| `{code}` |") for code in Code] == [1] * len(Code)


def test_every_metric_is_listed_once_with_what_it_tells() -> None:
    page = generate.measures()
    for family in import_all():
        [line] = [
            line for line in page.splitlines() if line.startswith(f"| `{family.name}` | {family.kind} |")
        ]
        assert family.meaning in line
        assert all(f"`{label}`: " in line for label in family.labels)


def test_every_container_is_listed_with_its_codecs_and_those_that_are_tested_stand_out() -> None:
    page = generate.formats()
    for container in CONTAINERS:
        [line] = [line for line in page.splitlines() if line.startswith(f"| {container.name} |")]
        names = line.rpartition(" | ")[2].removesuffix(" |").split(", ")
        assert names == [f"**{CODECS[n]}**" for n in container.tested] + [
            CODECS[n] for n in container.untested
        ]


def test_every_code_of_a_file_that_is_not_read_is_told_with_its_sentence() -> None:
    page = generate.formats()
    for code in (*media.WHEN, Code.AUDIO_UNREADABLE):
        assert f"| `{code}` | {MEANINGS[code].sentence} |" in page


def test_every_hostile_file_that_was_measured_is_of_a_kind_that_is_told_and_ended_well() -> None:
    how, files = media.measured()
    assert f"memory_bytes={media.DECODE_MEMORY_BYTES}" in how
    assert {file.kind for file in files} == set(media.KINDS)
    refusals = {str(code) for code in media.WHEN}
    assert {file.outcome for file in files if file.end != "sound"} <= refusals


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pages: dict[str, Callable[[], str]] = {"a.md": lambda: "a\n", "b.md": lambda: "b\n"}
    monkeypatch.setattr(generate, "PAGES", pages)
    return tmp_path


def test_checking_names_the_stale_page_writes_nothing_and_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.md").write_text("a\n")
    (folder / "b.md").write_text("old\n")
    assert generate.main(["--check"], folder) == 1
    assert capsys.readouterr().out == "docs/b.md is stale: run make docs\n"
    assert (folder / "b.md").read_text() == "old\n"


def test_generating_writes_what_is_missing_and_then_checks_clean(folder: Path) -> None:
    assert generate.main([], folder) == 0
    assert (folder / "b.md").read_text() == "b\n"
    assert generate.main(["--check"], folder) == 0


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    named = TEST.findall(page.read_text())
    assert [name for name in named if not [*(ROOT / "tests").glob(f"**/{name}")]] == []
