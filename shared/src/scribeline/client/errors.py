"""What can go wrong between a client and its server.

ScribelineError
├── Unreachable      nobody answers, the connection broke, or it took too long
├── Unreadable       what answers is no Scribeline server, or one much newer than this client
├── Refused          the server says no: `status`, `code`, `detail`
│   ├── NotAllowed     401, 403: the key is missing, wrong, or lacks a scope
│   ├── NotFound       404, 410: it is not there (any more), or not yours
│   ├── NotReady       409 `not_ready`: the result will be there later
│   ├── TooMany        429: come back after `retry_after` seconds
│   └── ServerTrouble  5xx
├── NotSubscribed    the broker says no: a wrong password, or there is no such queue
├── TimedOut         the job has not ended within the time given; it goes on
└── JobEnded         `wait` found that the job came to no good end: `job`
    ├── JobFailed
    └── JobCancelled

`str(error)` is a sentence for people. None of them holds the API key.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scribeline.contracts.api.problems import FieldError

if TYPE_CHECKING:
    from scribeline.contracts.api.jobs import JobView


class ScribelineError(Exception): ...


class Unreachable(ScribelineError):
    """`reason` tells how the connection broke; None when there was none."""

    def __init__(self, url: str, reason: str | None = None) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        if self.reason is None:
            return f"No Scribeline server answers at {self.url}."
        return f"The connection to {self.url} broke: {self.reason}."


class Unreadable(ScribelineError): ...


class Refused(ScribelineError):
    """`code` is one of `scribeline.contracts.codes.Code`, a newer server's, or None where another one than
    Scribeline answered. `errors` name what is wrong with which field. `retryable`: the same request may
    succeed later."""

    def __init__(
        self,
        status: int,
        detail: str,
        code: str | None = None,
        *,
        retryable: bool = False,
        errors: Sequence[FieldError] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(status, detail, code)
        self.status = status
        self.detail = detail
        self.code = code
        self.retryable = retryable
        self.errors = tuple(errors)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.detail} ({self.code or self.status})"


class NotAllowed(Refused): ...


class NotFound(Refused): ...


class NotReady(Refused): ...


class TooMany(Refused): ...


class ServerTrouble(Refused): ...


class NotSubscribed(ScribelineError):
    """Trying again would not help."""

    def __init__(self, queue: str, reason: str) -> None:
        super().__init__(queue, reason)
        self.queue = queue
        self.reason = reason

    def __str__(self) -> str:
        return f"Cannot take events from {self.queue}: {self.reason}."


class TimedOut(ScribelineError):
    """`job` as it stood last."""

    def __init__(self, seconds: float, job: "JobView") -> None:
        super().__init__(seconds, job)
        self.job = job

    def __str__(self) -> str:
        return f"Not done within {self.args[0]:g} s: {self.job.id}."


class JobEnded(ScribelineError):
    """`job` as it ended."""

    def __init__(self, job: "JobView") -> None:
        super().__init__(job)
        self.job = job


class JobFailed(JobEnded):
    def __str__(self) -> str:
        error = self.job.error
        return f"{self.job.id}: {f'{error.message} ({error.code})' if error else 'the job failed'}"


class JobCancelled(JobEnded):
    def __str__(self) -> str:
        return f"{self.job.id} was cancelled."
