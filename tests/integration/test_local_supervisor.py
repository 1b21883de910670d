"""The process manager of `make up`: what dies, or cannot start yet, is tried again for ever."""

import os
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

import psutil
import pytest

from deploy.local.program import Program
from deploy.local.state import State
from deploy.local.supervisor import RUNNING, Supervisor
from tests.support.waiting import eventually

YEAR_SECONDS = 365 * 24 * 3600


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "a state")
    state.make()
    return state


@pytest.fixture
def supervisor(state: State) -> Iterator[Supervisor]:
    supervisor = Supervisor(state)
    supervisor.start()
    yield supervisor
    supervisor.shut_down()


def waiting_for(file: Path) -> Program:
    """Ends at once until the file is there, as a service does whose dependency is not."""
    script = f'echo try >> "{file}.tries"; test -e "{file}" || exit 1; exec sleep 600'
    return Program("fussy", ("sh", "-c", script), {"PATH": os.environ["PATH"]}, file.parent, stop_seconds=5)


async def test_what_cannot_start_is_tried_for_ever_and_a_second_up_tries_at_once(
    supervisor: Supervisor, state: State, tmp_path: Path
) -> None:
    program = waiting_for(tmp_path / "needed")
    supervisor.add(program)
    await eventually(lambda: _tries(tmp_path) >= 2 and _state(supervisor) == "BACKOFF")
    (tmp_path / "needed").touch()

    supervisor.add(program)

    assert _state(supervisor) in RUNNING
    await eventually(lambda: _state(supervisor) == "RUNNING")
    section = RawConfigParser()
    section.read(state.run / "programs" / "fussy.conf")
    retries = section.getint("program:fussy", "startretries")
    assert retries * (retries + 1) / 2 > YEAR_SECONDS, "supervisord waits 1 s, 2 s, 3 s, ..."


async def test_a_second_up_leaves_alone_what_runs(supervisor: Supervisor, tmp_path: Path) -> None:
    (tmp_path / "needed").touch()
    program = waiting_for(tmp_path / "needed")
    supervisor.add(program)
    before = supervisor.states()["fussy"]["pid"]

    supervisor.add(program)

    assert supervisor.states()["fussy"]["pid"] == before
    assert _tries(tmp_path) <= 1


async def test_what_is_killed_runs_again(supervisor: Supervisor, tmp_path: Path) -> None:
    (tmp_path / "needed").touch()
    supervisor.add(waiting_for(tmp_path / "needed"))
    await eventually(lambda: _state(supervisor) == "RUNNING")
    killed = supervisor.states()["fussy"]["pid"]

    psutil.Process(killed).kill()

    await eventually(
        lambda: _state(supervisor) in RUNNING and supervisor.states()["fussy"]["pid"] not in (0, killed)
    )


def _tries(directory: Path) -> int:
    tries = directory / "needed.tries"
    return len(tries.read_text().splitlines()) if tries.exists() else 0


def _state(supervisor: Supervisor) -> str:
    return str(supervisor.states()["fussy"]["statename"])
