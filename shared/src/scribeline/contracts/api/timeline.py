"""What happened to a job in one of its runs, and when.

All moments are by the database's clock, but `put_off_at` and `began_at`: a worker tells those by its own, and
they are moved to where they can have been at all.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import ConfigDict

from scribeline.contracts.api.view import View
from scribeline.contracts.api.webhooks import DeliveryStatus
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Error, Stage, UnitStatus


class UnitTimes(View):
    """One unit of work, from when it was asked for to when its outcome was stored."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="TimelineUnit")

    stage: Stage
    index: int
    status: UnitStatus
    taken_over: bool
    """Of an earlier run: it was not done again, and its times are of then."""
    handed_back: bool
    """A `short` unit that turned out long, and asked for a plan."""
    created_at: datetime
    releases: int
    """How often it was sent; more than once where the broker had lost it."""
    released_at: datetime | None
    """When it was sent last: until then it waited for a place in its tenant's window."""
    attempts: int | None
    """Which attempt ended it; null where that is not known, or not yet."""
    put_off_at: datetime | None
    """When it was first put off to be tried again: an attempt had failed, or a dependency was away."""
    began_at: datetime | None
    """When a worker began the attempt that ended it: until then its message waited in a queue. Null where no
    worker told."""
    handled_seconds: float | None
    """In the worker's hands in that attempt, downloads included."""
    processing_seconds: float | None
    """Computing of it."""
    finished_at: datetime | None
    """When its outcome was stored."""
    error: Error | None


class StageTimes(View):
    """The units of one stage together. What was taken over of an earlier run is counted, and in no time."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="TimelineStage")

    stage: Stage
    units: int
    waiting: int
    """For a place in their tenant's window."""
    released: int
    """Sent, without an outcome yet: in a queue, or in a worker's hands."""
    done: int
    failed: int
    cancelled: int
    taken_over: int
    """Of those that are done or failed."""
    created_at: datetime | None
    """The first one; null where all were taken over."""
    released_at: datetime | None
    """The first one."""
    began_at: datetime | None
    """The first one."""
    finished_at: datetime | None
    """The last one that ended."""
    window_seconds: float | None
    """Longest wait for a place in the window."""
    queue_seconds: float | None
    """Longest wait for a worker since it was sent, delays before it was tried again included."""
    handled_seconds: float | None
    """In workers' hands, all together: more than the time that passed where several were at it."""
    processing_seconds: float | None
    """Computing, all together."""
    attempts: int | None
    """Most that one of them took."""


class JoinKind(StrEnum):
    TRANSCRIPT = "transcript"
    REPORT = "report"


class JoinView(View):
    """Where results of several units became one."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="TimelineJoin")

    kind: JoinKind
    at: datetime
    units: int
    """That came together."""
    last_stage: Stage
    last_index: int
    """The one that was waited for."""


class AnnouncementView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="TimelineAnnouncement")

    id: UUID
    """Of the event: the `webhook-id` of its deliveries."""
    type: str
    at: datetime
    """When it was stored, to be sent."""
    sent: bool
    """Whether the broker has it."""


class TryMoment(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="TimelineTry")

    at: datetime
    seconds: float
    status: int | None
    """Of the answer; null where there was none."""
    error: str | None


class DeliveryTimes(View):
    """An event's way to one webhook."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="TimelineDelivery")

    id: UUID
    webhook: UUID
    event: UUID
    type: str
    status: DeliveryStatus
    created_at: datetime
    ended_at: datetime | None
    next_attempt_at: datetime | None
    """Null once it has ended."""
    tries: list[TryMoment]
    """The latest ones, oldest first."""


class TimelineView(View):
    """One run of a job, in the order of what happened."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="Timeline")

    job: UUID
    run: int
    runs: int
    """How many the job has had."""
    status: JobStatus
    """Of the job in that run."""
    error: Error | None
    trace_id: str | None
    """Of W3C Trace Context: it stands in each log line about this run, and in its answer's `X-Request-Id`."""
    accepted_at: datetime
    accepted_by: str | None
    """The service that took it in. Null where its announcement is not kept any more, and of a run that tries
    again what failed, which is not announced."""
    input_run: int | None
    """The earlier run whose results were taken over."""
    started_at: datetime | None
    """When the first unit that ended had begun."""
    transcribed_at: datetime | None
    finished_at: datetime | None
    at: datetime
    """When this was asked."""
    duration: float | None
    """Seconds of the recording's own audio, once known."""
    unsent: int
    """Messages of this job that were decided and that the broker has not taken yet."""
    stages: list[StageTimes]
    units: list[UnitTimes]
    """In the order of the stages, and within one by index: a page of them."""
    next: str | None
    """Give it as `cursor` for the following units; null on the last page."""
    joins: list[JoinView]
    announcements: list[AnnouncementView]
    """Of this run: the first 200."""
    deliveries: list[DeliveryTimes]
    """Of these announcements to webhooks that you may see: the first 200; `/v1/deliveries?job=` has all."""
    missing: list[str]
    """What is not told here, and why: a sentence each."""
