"""Recordings and what becomes of them."""

from collections.abc import Mapping
from typing import Any, Literal, Unpack
from uuid import UUID, uuid4

from pydantic_core import to_jsonable_python

from scribeline.client.asking import Resource, W, call, plan, series
from scribeline.client.bulk import body_of, change
from scribeline.client.events import Event
from scribeline.client.following import LONGEST_WAIT, follow, wait_for
from scribeline.client.options import Captions, Filters, Options
from scribeline.client.parts import Whole
from scribeline.client.reading import answer, as_text, nothing
from scribeline.client.sending import begin, send
from scribeline.client.steps import ANSWER_SECONDS, IDEMPOTENCY_KEY, Call, Item, Plan, Series, fields, path
from scribeline.client.uploads import Audio, Recording
from scribeline.contracts.analysis import Analysis
from scribeline.contracts.api.bulk import BulkResult
from scribeline.contracts.api.jobs import JobList, JobView, RunList
from scribeline.contracts.api.timeline import TimelineView
from scribeline.contracts.api.transcripts import TranscriptView
from scribeline.contracts.api.uploads import UploadView

Which = JobView | UUID | str
"""A job, or its id."""
FETCH_SECONDS = 960.0
"""Longer than a server fetches a recording, unless it was told otherwise."""
PAGE = 100


class Jobs(Resource[W]):
    @plan
    def create(
        self,
        audio: Audio | None = None,
        *,
        url: str | None = None,
        upload: UploadView | UUID | str | None = None,
        parts: bool = False,
        filename: str | None = None,
        wait: float | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[Options],
    ) -> Plan[JobView]:
        """Hand in a recording: a path, bytes, a binary file, the `url` that the server fetches it from, or an
        `upload` all of whose parts were sent.

        It is stored when this returns; with `wait` (up to 60 s) it returns when the job has ended, or after
        those seconds. Sent again by itself when the connection breaks, with the same key, so that there is
        one job. Give an `idempotency_key` of your own to do so over restarts of your program. A stream that
        cannot be rewound is sent once. Raises OSError for a file that cannot be read.

        With `parts` it goes straight to the object store, part by part, and after a cut only what is missing
        is sent again: for large recordings. To go on over restarts of your program, see `uploads`.
        """
        if sum(given is not None for given in (audio, url, upload)) != 1 or (parts and audio is None):
            raise TypeError("a recording is given itself (also in parts), or by its url or upload")
        headers = {IDEMPOTENCY_KEY: idempotency_key or str(uuid4())}
        if parts and audio is not None:
            whole = Whole.of(audio, filename)
            upload = yield begin(whole.size, filename=whole.filename)
            yield from send(upload, whole)
        made: JobView
        if audio is None or parts:
            id_ = upload.id if isinstance(upload, UploadView) else upload
            made = yield named({"audio_url": url, "upload_id": id_, **options}, headers, wait)
        else:
            made = yield whole_file(Recording.of(audio, filename), options, headers, wait)
        return made

    @call
    def get(self, job: Which, *, run: int | None = None) -> Call[JobView]:
        """As it stands, or as it was in that run."""
        return Call("GET", _of(job), answer(JobView), fields({"run": run}))

    @series
    def list(
        self,
        *,
        limit: int | None = None,
        order: Literal["newest", "oldest"] | None = None,
        **filters: Unpack[Filters],
    ) -> Series[JobView]:
        """Those that have everything that is named, page by page; at most `limit`."""
        asked = fields({"order": order, **filters})
        cursor: str | None = ""
        while cursor is not None and (limit is None or limit > 0):
            size = PAGE if limit is None else min(limit, PAGE)
            query = {**asked, "limit": str(size)} | ({"cursor": cursor} if cursor else {})
            page: JobList = yield Call("GET", path("jobs"), answer(JobList), query)
            for job in page.jobs[:size]:
                yield Item(job)
            limit = None if limit is None else limit - len(page.jobs)
            cursor = page.next if page.jobs else None

    @plan
    def wait(self, job: Which, *, timeout: float | None = None, check: bool = True) -> Plan[JobView]:
        """The job when it has ended. Raises `JobFailed` or `JobCancelled` where it came to no good end,
        unless `check` is false, and `TimedOut` after `timeout` seconds. A server that restarts is waited
        for."""
        return wait_for(_of(job), timeout, self._wire.clock.now, check=check)

    @series
    def events(self, job: Which, *, after: UUID | str | None = None) -> Series[Event]:
        """What becomes of it, until it has ended: first `job`, as it stands (and again after each
        reconnection), then its events behind the one with the id `after`, or from the first one on."""
        return follow(_of(job, "events"), {}, after, self._wire.clock.now, of_job=True)

    @call
    def cancel(self, job: Which) -> Call[JobView]:
        return Call("POST", _of(job, "cancel"), answer(JobView))

    @call
    def retry(self, job: Which) -> Call[JobView]:
        """Try again what failed of it."""
        return Call("POST", _of(job, "retry"), answer(JobView))

    @call
    def rerun(
        self,
        job: Which,
        *,
        stage: Literal["transcription", "analysis"] | None = None,
        run: int | None = None,
        wait: float | None = None,
        **options: Unpack[Options],
    ) -> Call[JobView]:
        """All of it again, or only its analysis, with these options otherwise: here None is the server's
        default again, and what is left out stays as it was. With the job's current `run`
        named, to ask again does nothing (`other_run`)."""
        named = {"stage": stage, "run": run}
        body = to_jsonable_python({**options, **{n: v for n, v in named.items() if v is not None}})
        seconds = ANSWER_SECONDS + min(wait or 0, LONGEST_WAIT)
        query = fields({"wait": wait})
        return Call("POST", _of(job, "rerun"), answer(JobView), query, json=body, seconds=seconds)

    @call
    def runs(self, job: Which) -> Call[RunList]:
        return Call("GET", _of(job, "runs"), answer(RunList))

    @call
    def timeline(
        self, job: Which, *, run: int | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Call[TimelineView]:
        """What happened to it in its current run, or in that one, and when; `limit` units, of those behind
        the `cursor`, which is `next` of the answer before."""
        query = fields({"run": run, "limit": limit, "cursor": cursor})
        return Call("GET", _of(job, "timeline"), answer(TimelineView), query)

    @call
    def delete(self, job: Which) -> Call[None]:
        """With all that is stored of it."""
        return Call("DELETE", _of(job), nothing)

    @plan
    def bulk(
        self,
        action: Literal["cancel", "delete", "retry", "rerun"],
        *,
        dry_run: bool = False,
        all: bool = False,  # noqa: A002 - as in the body
        options: Mapping[str, Any] | None = None,
        **filters: Unpack[Filters],
    ) -> Plan[BulkResult]:
        """Do that to the jobs that have everything that is named, however many they are, or to `all`;
        `options` are of a rerun. With `dry_run` it is only told which. What was done stays done when it ends
        with an error: ask again."""
        body = body_of(action, filters, dry_run=dry_run, all=all, options=options)
        return change(body, self._wire.clock.now)

    @call
    def transcript(
        self, job: Which, *, partial: bool = False, run: int | None = None
    ) -> Call[TranscriptView]:
        """Raises `NotReady` before it is complete, unless `partial` is enough."""
        query = fields({"partial": partial or None, "run": run})
        return Call("GET", _of(job, "transcript"), answer(TranscriptView), query)

    @call
    def transcript_as(
        self,
        job: Which,
        format: Literal["txt", "srt", "vtt", "tsv"],  # noqa: A002 - as in the address
        *,
        partial: bool = False,
        run: int | None = None,
        **captions: Unpack[Captions],
    ) -> Call[str]:
        """The transcript as a text, or as captions: one a segment, on one line, unless they are limited."""
        query = fields({"format": format, "partial": partial or None, "run": run, **captions})
        return Call("GET", _of(job, "transcript"), as_text, query)

    @call
    def analysis(self, job: Which, *, run: int | None = None) -> Call[Analysis]:
        return Call("GET", _of(job, "analysis"), answer(Analysis), fields({"run": run}))


def whole_file(
    recording: Recording, options: Mapping[str, Any], headers: Mapping[str, str], wait: float | None = None
) -> Call[JobView]:
    """Send a file as it is read, as multipart field `audio`, after the options."""
    return Call(
        "POST",
        path("jobs"),
        answer(JobView),
        fields({"wait": wait}),
        form=fields(options),
        recording=recording,
        headers=headers,
        seconds=ANSWER_SECONDS + min(wait or 0, LONGEST_WAIT),
    )


def named(options: Mapping[str, Any], headers: Mapping[str, str], wait: float | None = None) -> Call[JobView]:
    """Name an `audio_url`, and wait until the server has fetched it; or an `upload_id`."""
    return Call(
        "POST",
        path("jobs"),
        answer(JobView),
        fields({"wait": wait}),
        json=to_jsonable_python({name: value for name, value in options.items() if value is not None}),
        headers=headers,
        seconds=FETCH_SECONDS + min(wait or 0, LONGEST_WAIT),
    )


def _of(job: Which, *what: str) -> str:
    return path("jobs", job.id if isinstance(job, JobView) else job, *what)
