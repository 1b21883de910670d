"""Which server a command talks to, and which key it shows it."""

from pathlib import Path

import pytest

from scribeline_cli.address import DEFAULT_URL, find_address, read_env

LOCAL = "export SCRIBELINE_URL='http://127.0.0.1:8123'\nexport SCRIBELINE_API_KEY='sl_local'\n"


def env_file(folder: Path, content: str) -> Path:
    file = folder / "env"
    file.write_text(content)
    return file


def test_the_local_stack_s_file_is_used_when_nothing_is_given(tmp_path: Path) -> None:
    address = find_address(None, None, env_file(tmp_path, LOCAL))
    assert (address.url, address.api_key) == ("http://127.0.0.1:8123", "sl_local")


def test_without_any_hint_the_server_is_this_machine(tmp_path: Path) -> None:
    assert find_address(None, None, tmp_path / "none").url == DEFAULT_URL


def test_the_file_s_key_is_not_sent_to_another_server(tmp_path: Path) -> None:
    assert find_address("http://other", None, env_file(tmp_path, LOCAL)).api_key is None


def test_a_key_of_the_environment_is_not_sent_to_a_foreign_server_that_a_file_names(tmp_path: Path) -> None:
    foreign = env_file(tmp_path, "export SCRIBELINE_URL='https://127.evil.example'\n")
    assert find_address(None, "sl_mine", foreign).url == DEFAULT_URL


def test_another_key_may_be_tried_on_the_local_stack(tmp_path: Path) -> None:
    address = find_address(None, "sl_other", env_file(tmp_path, LOCAL))
    assert (address.url, address.api_key) == ("http://127.0.0.1:8123", "sl_other")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("export A='x y'\n# note\nB=2\n", {"A": "x y", "B": "2"}),
        ("export A='it'\"'\"'s'\n", {"A": "it's"}),
        ("export A='never closed\n", {}),
        ("", {}),
    ],
)
def test_the_file_is_read_like_a_shell_would(tmp_path: Path, content: str, expected: dict[str, str]) -> None:
    assert read_env(env_file(tmp_path, content)) == expected
