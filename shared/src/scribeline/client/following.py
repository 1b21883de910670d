"""Waiting for a job's end, and following events, over servers that come and go."""

from collections.abc import Callable
from math import inf
from typing import Any
from uuid import UUID

from scribeline.client.errors import (
    JobCancelled,
    JobFailed,
    Refused,
    ScribelineError,
    TimedOut,
    TooMany,
    Unreachable,
)
from scribeline.client.events import ENDS, Event, event_of
from scribeline.client.reading import answer, as_text
from scribeline.client.steps import Call, Fields, Item, Listen, Next, Pause, Plan, Series, fields
from scribeline.contracts.api.jobs import JobView
from scribeline.contracts.job import JobStatus

LONGEST_WAIT = 60.0
"""Seconds a server takes for `?wait=`."""
PATIENCE = 60.0
"""Seconds a server may be away in the middle before it is given up: a restart takes less."""
ANSWERS_WITHIN = 15.0
"""Seconds beyond what it was asked to wait, for an answer to come."""
SILENCE = 45.0
"""A stream says something every 15 s."""

Now = Callable[[], float]


class Absence:
    """How long a server is away already, and how long to leave it alone."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._since: float | None = None
        self._pause = 0.5
        self._told = 0.0

    def answered(self) -> None:
        """It is there; what it says is not heard yet."""
        self._since = None

    def over(self) -> None:
        self._since, self._pause = None, 0.5

    def bear(self, error: ScribelineError) -> None:
        """Raises the error if it is not for waiting, or not any more."""
        self._since = self._now() if self._since is None else self._since
        passing = isinstance(error, Unreachable) or (isinstance(error, Refused) and error.retryable)
        if not passing or self._now() - self._since >= PATIENCE:
            raise error
        self._told = (error.retry_after or 0.0) if isinstance(error, Refused) else 0.0

    def pause(self) -> Pause:
        """Longer and longer until it is `over`, and what the server said if that is more."""
        pause = max(self._pause, min(self._told, PATIENCE))
        self._pause, self._told = min(self._pause * 2, 10.0), 0.0
        return Pause(pause)


def wait_for(path: str, timeout: float | None, now: Now, *, check: bool) -> Plan[JobView]:
    deadline = inf if timeout is None else now() + timeout
    absence = Absence(now)
    job: JobView | None = None
    crowded = False
    while True:
        began = now()
        seconds = 0.0 if crowded else max(min(deadline - began, LONGEST_WAIT), 0.0)
        try:
            job = yield asked(path, seconds)
        except (Unreachable, Refused) as error:
            absence.bear(error)
            crowded = isinstance(error, TooMany)  # then without holding a place there
            if job is None and now() >= deadline:
                raise
        else:
            if has_ended(job):
                return _checked(job) if check else job
            absence.over()
            crowded = False
        if job is not None and now() >= deadline:
            raise TimedOut(timeout or 0.0, job)
        if now() - began < seconds or not seconds:  # it is about to stop, or has no place
            yield Pause(max(0.0, min(absence.pause().seconds, deadline - now())))


def asked(path: str, seconds: float) -> Call[JobView]:
    query = fields({"wait": round(seconds, 3) or None})
    return Call("GET", path, answer(JobView), query, seconds=seconds + ANSWERS_WITHIN, again=False)


def has_ended(job: JobView) -> bool:
    """Also where a newer server has a word for it that is not known here."""
    return job.finished_at is not None or job.status.terminal


def _checked(job: JobView) -> JobView:
    match job.status:
        case JobStatus.FAILED:
            raise JobFailed(job)
        case JobStatus.CANCELLED:
            raise JobCancelled(job)
    return job


def follow(path: str, query: Fields, after: UUID | str | None, now: Now, *, of_job: bool) -> Series[Event]:
    """Events behind the one named, over as many connections as it takes: of a job until it has ended."""
    last = str(after or "")
    absence = Absence(now)
    end = _End()
    while True:
        headers = {"Last-Event-ID": last} if last else {}
        try:
            if not (yield Listen(Call("GET", path, as_text, query, headers=headers, seconds=SILENCE))):
                return
            absence.answered()
            while (sent := (yield Next())) is not None:
                absence.over()
                event = event_of(sent)
                last = sent.id or last
                end.hear(event)
                yield Item(event)
            if of_job and end.heard:
                return
        except (Unreachable, Refused) as error:
            absence.bear(error)
        yield absence.pause()


class _End:
    """Whether the last that was heard of a job is its end: of its present run, as an earlier one may be told
    of first."""

    heard = False
    _run = 1

    def hear(self, event: Event) -> None:
        data: Any = event.data
        self._run = max(self._run, event.run)
        if isinstance(data, JobView):
            self.heard = has_ended(data)
        elif event.type in ENDS:
            self.heard = event.run >= self._run
