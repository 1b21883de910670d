"""What `make up` decides before it starts anything."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import launch, processes
from deploy.local.configuration import callers_settings, configure
from deploy.local.ports import free_port, is_free
from deploy.local.program import CannotRun
from deploy.local.services import checked_scale, checked_service
from deploy.local.state import State

STORE = {"SCRIBELINE_S3_ENDPOINT": "http://store:9000", "SCRIBELINE_S3_ACCESS_KEY": "a"}
GIVEN = {
    "SCRIBELINE_AMQP_URL": "amqp://broker/",
    "SCRIBELINE_DATABASE_URL": "postgresql://database/x",
    **STORE,
    "SCRIBELINE_S3_SECRET_KEY": "s",
}


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "a state")
    state.make()
    return state


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SCRIBELINE_")]:
        monkeypatch.delenv(name)


def test_what_is_given_by_url_is_used_instead_of_started(state: State) -> None:
    configuration = configure(GIVEN, state)

    assert (configuration.rabbitmq, configuration.postgres, configuration.objectstore) == (None, None, None)
    assert configuration.settings.items() >= GIVEN.items()
    assert configuration.client.items() >= GIVEN.items()


def test_a_store_without_its_keys_is_refused_by_name(state: State) -> None:
    with pytest.raises(CannotRun, match="SCRIBELINE_S3_SECRET_KEY"):
        configure(STORE, state)


def test_addresses_of_our_own_servers_in_the_environment_are_no_gift(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After `. .scribeline/env` the next `make up` still starts its own servers."""
    first = configure({}, state)
    for name, value in first.client.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SCRIBELINE_LOG_LEVEL", "DEBUG")

    assert callers_settings(first.own) == {"SCRIBELINE_LOG_LEVEL": "DEBUG"}


def test_addresses_may_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("amqp://broker/\n")
    monkeypatch.setenv("SCRIBELINE_AMQP_URL_FILE", str(tmp_path / "url"))

    assert callers_settings({})["SCRIBELINE_AMQP_URL"] == "amqp://broker/"


def test_ports_and_secrets_stay_from_one_start_to_the_next(state: State) -> None:
    first = configure({}, state).client
    state.forget_taken_ports()

    assert configure({}, state).client == first


def test_a_port_that_somebody_took_meanwhile_is_chosen_anew(state: State) -> None:
    port = state.port("gateway")
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)

        state.forget_taken_ports()

        assert state.port("gateway") != port


def test_ports_chosen_together_differ() -> None:
    taken = frozenset({free_port()})

    assert free_port(taken) not in taken


def test_the_env_file_can_be_sourced_whatever_is_in_it_and_read_by_its_owner_only(state: State) -> None:
    value = 'it\'s $HOME "quoted" `date` \\'
    state.write_env({"SCRIBELINE_AMQP_URL": value, "SCRIBELINE_AMQP_MANAGEMENT_URL": ""})

    said = subprocess.run(
        ["sh", "-c", '. "$0"; printf %s "$SCRIBELINE_AMQP_URL"', str(state.env_file)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == value
    assert state.env_file.stat().st_mode & 0o777 == 0o600
    assert "MANAGEMENT" not in state.env_file.read_text()


def test_a_process_that_only_has_a_pid_of_ours_is_left_alone(state: State) -> None:
    """Pids are used again: the file of a process long gone may name somebody else's."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        (state.run / "gateway.pid").write_text(f"{other.pid}\n")

        assert processes.end_leftovers(state.directory) == []

        assert other.poll() is None


def test_what_a_killed_manager_left_behind_is_ended(state: State) -> None:
    environment = {**os.environ, processes.MARK: str(state.directory)}
    pipe = subprocess.PIPE
    with subprocess.Popen(["cat"], stdin=pipe, stdout=pipe, bufsize=0, env=environment) as ours:
        (state.run / "gateway.pid").write_text(f"{ours.pid}\n")
        assert ours.stdin
        assert ours.stdout
        ours.stdin.write(b"x")
        ours.stdout.read(1)  # it runs: right after the fork its environment cannot be read yet

        assert processes.end_leftovers(state.directory) == ["gateway"]

        assert ours.wait() != 0
    assert not (state.run / "gateway.pid").exists()


def test_a_program_has_its_own_pid_in_its_file_and_its_own_environment(tmp_path: Path) -> None:
    specification = tmp_path / "one.json"
    specification.write_text(
        json.dumps(
            {
                "argv": ["sh", "-c", 'echo $$; pwd; echo "$ONLY"; echo "$HOME"'],
                "environment": {"PATH": os.environ["PATH"], "ONLY": "100 % 'this'"},
                "directory": str(tmp_path),
                "pid_file": str(tmp_path / "one.pid"),
            }
        )
    )

    said = subprocess.run(
        [sys.executable, str(launch.__file__), str(specification)], capture_output=True, text=True, check=True
    )

    pid, directory, only, home = said.stdout.split("\n")[:4]
    assert (tmp_path / "one.pid").read_text().strip() == pid
    assert (directory, only, home) == (str(tmp_path), "100 % 'this'", "")


@pytest.mark.parametrize(
    ("service", "number"), [("gateway", "2"), ("nobody", "1"), ("analyzer", "0"), ("analyzer", "two")]
)
def test_what_cannot_be_scaled_is_said(service: str, number: str) -> None:
    with pytest.raises(CannotRun, match=r"SERVICE|N must"):
        checked_scale(service, number)


def test_what_cannot_be_restarted_is_said() -> None:
    assert checked_service("gateway") == "gateway"
    with pytest.raises(CannotRun, match="must be one of gateway, transcriber"):
        checked_service("transcriber-2")


@pytest.mark.parametrize("character", ["'", '"', "$", "`", "\\", "\n"])
def test_a_path_that_the_servers_cannot_take_is_refused_by_its_character(
    tmp_path: Path, character: str
) -> None:
    state = State(tmp_path / f"Ann{character}s state")

    with pytest.raises(CannotRun) as refused:
        state.check_paths()

    assert repr(character) in str(refused.value)
    assert repr(str(state.directory)) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_path_with_spaces_is_fine(state: State) -> None:
    assert " " in str(state.directory)
    state.check_paths()
