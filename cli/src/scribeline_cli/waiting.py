"""Wait for jobs: poll each with a growing pause, show how far they are."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scribeline_cli.bars import JobBars
from scribeline_cli.client import Client
from scribeline_cli.exits import Exit, Stop
from scribeline_cli.session import path
from scribeline_cli.views import Job

PATIENCE_SECONDS = 60.0
"""How long a server may be away in the middle before we give up: a restart takes less."""


@dataclass(frozen=True)
class Clock:
    """Time, so that tests need none."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def next_pause(last: float, *, changed: bool) -> float:
    """Seconds until the next poll: short after a change, then longer and longer."""
    return 0.3 if changed else min(3.0, last * 1.3)


def wait_for(client: Client, jobs: Sequence[Job], *, timeout: float, clock: Clock | None = None) -> list[Job]:
    """The jobs in their terminal state, in the same order. Raises `Stop(TIMEOUT)` after `timeout` s."""
    clock = clock or Clock()
    states = {job.id: job for job in jobs}
    deadline = clock.now() + timeout
    answered = clock.now()
    pause = 0.3
    with JobBars(jobs) as bars:
        while running := [job for job in states.values() if job.exit_code is None]:
            if clock.now() >= deadline:
                names = ", ".join(job.id for job in running)
                raise Stop(Exit.TIMEOUT, f"Not done within {timeout:g} s: {names}.")
            fresh = _ask_all(client, running, patient=clock.now() - answered < PATIENCE_SECONDS)
            if fresh:
                answered = clock.now()
            bars.show(fresh)
            pause = next_pause(pause, changed=any(job != states[job.id] for job in fresh))
            states.update({job.id: job for job in fresh})
            if any(job.exit_code is None for job in states.values()):
                clock.sleep(max(0.0, min(pause, deadline - clock.now())))
    return [states[job.id] for job in jobs]


def _ask_all(client: Client, jobs: Sequence[Job], *, patient: bool) -> list[Job]:
    """The jobs as they are now; fewer while the server is away."""
    fresh = []
    for job in jobs:
        try:
            fresh.append(Job.of({**client.get(path("jobs", job.id)), "id": job.id}))
        except Stop as stop:
            if not patient or stop.exit_code not in (Exit.UNREACHABLE, Exit.SERVER_ERROR):
                raise
    return fresh


def verdict(jobs: Sequence[Job]) -> Exit:
    """One exit code for all: a failure before a cancellation."""
    codes = {job.exit_code for job in jobs}
    return next((code for code in (Exit.FAILED, Exit.CANCELLED) if code in codes), Exit.OK)
