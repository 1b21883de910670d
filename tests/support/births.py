"""Jobs as the gateway makes them, and results as workers would send them."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from scribeline.contracts.analysis import Analysis, AnalysisMerged, Coverage, PartAnalyzed
from scribeline.contracts.catalogue import TYPE_OF
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, message_id, wrap
from scribeline.contracts.job import AdvanceJob, CancelJob, ResumeJob, RetryFailed
from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    AudioObject,
    ChunkTranscribed,
    EngineInfo,
    Gap,
    Language,
    Piece,
    RecordingPlanned,
    Segment,
    ShortHandedBack,
    ShortTranscribed,
    Transcribed,
    TranscribeShort,
    TranscriptionOptions,
)
from scribeline.contracts.unit import Error, Handled, Outcome, Stage, UnitCancelled, UnitFailed, UnitRef
from scribeline.storage.database import Database
from scribeline.storage.jobs import NewJob, create_job
from scribeline.storage.models import JobRow
from tests.support.roles import as_gateway

ENGINE = EngineInfo(engine="test", model="none")
NORMALISED = "k"
"""Where these results say that the normalised recording is."""
ENGLISH = Language(code="en", probability=0.9)


async def born(database: Database, stage: Stage = Stage.PLAN, *, window: int = 32, **given: Any) -> JobRow:
    """A committed job of tenant acme."""
    id_ = given.pop("id", None) or uuid7()
    tenant = given.pop("tenant", "acme")
    new = NewJob(
        id=id_,
        tenant=tenant,
        owner=None,
        source=AudioObject(key=f"{tenant}/{id_}/source", bytes=3, sha256="0" * 64),
        stage=stage,
        options=given.pop("options", TranscriptionOptions()),
        **given,
    )
    async with as_gateway(database).transaction(tenant) as session:
        return await create_job(session, new, window=window, source="gateway")


def unit(job: UUID, stage: Stage, index: int = 0, run: int = 1) -> UnitRef:
    return UnitRef(job=job, stage=stage, index=index, run=run)


def in_run(run: int, result: Envelope) -> Envelope:
    """The same result, of another run."""
    data: Any = result.data
    return message(data.model_copy(update={"unit": data.unit.model_copy(update={"run": run})}))


def message(outcome: Outcome, tenant: str = "acme") -> Envelope:
    """A result as a worker would send it."""
    id_ = message_id(outcome.unit.job, TYPE_OF[type(outcome)], unit=outcome.unit)
    return wrap(outcome, id=id_, job=outcome.unit.job, tenant=tenant, owner=None, source="test")


def handled(result: Envelope, told: Handled) -> Envelope:
    """The same result, of a worker that tells how it came to it."""
    data: Any = result.data
    return message(data.model_copy(update={"handled": told}))


def piece(index: int) -> Piece:
    return Piece(index=index, first=index * 30 * SAMPLE_RATE, last=(index + 1) * 30 * SAMPLE_RATE)


def words(*texts: str, start: float = 0.0, speaker: str | None = None) -> Transcribed:
    segments = tuple(
        Segment(
            id=n,
            start=start + n,
            end=start + n + 1,
            text=text,
            confidence=0.9,
            avg_logprob=-0.1,
            no_speech_prob=0.0,
            speaker=speaker,
        )
        for n, text in enumerate(texts)
    )
    return Transcribed(segments=segments, language=ENGLISH, engine=ENGINE)


def planned(
    job: UUID,
    pieces: int,
    gaps: tuple[Gap, ...] = (),
    *,
    channels: int = 1,
    cut: tuple[Piece, ...] | None = None,
) -> Envelope:
    return message(
        RecordingPlanned(
            unit=unit(job, Stage.PLAN),
            audio=AudioObject(key=NORMALISED, bytes=1),
            duration=pieces * 30.0,
            language=ENGLISH if pieces else None,
            channels=channels,
            pieces=tuple(piece(n) for n in range(pieces)) if cut is None else cut,
            gaps=gaps,
            engine=ENGINE,
        )
    )


def chunk(
    job: UUID, index: int, *texts: str, start: float | None = None, speaker: str | None = None
) -> Envelope:
    heard = words(*texts, start=index * 30.0 if start is None else start, speaker=speaker)
    return message(
        ChunkTranscribed(unit=unit(job, Stage.CHUNK, index), piece=piece(index), transcribed=heard)
    )


def short(job: UUID, *texts: str) -> Envelope:
    return message(
        ShortTranscribed(
            unit=unit(job, Stage.SHORT),
            audio=AudioObject(key=NORMALISED, bytes=1),
            duration=3.0,
            transcribed=words(*texts),
        )
    )


def handed_back(job: UUID) -> Envelope:
    return message(ShortHandedBack(unit=unit(job, Stage.SHORT)))


def failed(job: UUID, stage: Stage, index: int = 0) -> Envelope:
    return message(UnitFailed(unit=unit(job, stage, index), error=Error.of(Code.UNIT_DIED, stage=stage)))


def analysis(summary: str = "All is well.", read: int = 1) -> Analysis:
    coverage = Coverage(segments_total=read, segments_read=read)
    return Analysis(summary=summary, coverage=coverage, engine="extractive", model="test")


def analyzed(job: UUID, index: int = 0, made: Analysis | None = None) -> Envelope:
    made = made or analysis(f"Part {index}.")
    return message(PartAnalyzed(unit=unit(job, Stage.ANALYZE, index), analysis=made))


def merged(job: UUID, index: int = 0, summary: str = "Merged.") -> Envelope:
    return message(AnalysisMerged(unit=unit(job, Stage.MERGE, index), analysis=analysis(summary)))


def short_command() -> Envelope:
    """What the gateway sends for a small file."""
    job = uuid7()
    ref = unit(job, Stage.SHORT)
    data = TranscribeShort(
        unit=ref,
        source=AudioObject(key="a/b/source", bytes=1),
        options=TranscriptionOptions(),
        key_prefix="a/b/",
    )
    id_ = message_id(job, TYPE_OF[TranscribeShort], unit=ref)
    return wrap(data, id=id_, job=job, tenant="acme", owner="ann", source="test")


def cancel(job: UUID) -> Envelope:
    """What the gateway sends when a user cancels."""
    data = CancelJob(job=job)
    id_ = message_id(job, TYPE_OF[CancelJob])
    return wrap(data, id=id_, job=job, tenant="acme", owner=None, source="gateway")


def retry(job: UUID, run: int = 1) -> Envelope:
    """What the gateway sends to have the failed units of a run tried again."""
    data = RetryFailed(job=job, run=run)
    id_ = message_id(job, TYPE_OF[RetryFailed], run=run)
    return wrap(data, id=id_, job=job, tenant="acme", owner=None, source="gateway")


def advance(job: UUID, run: int) -> Envelope:
    """What the gateway sends to have it looked at what comes next in a run that it opened."""
    data = AdvanceJob(job=job, run=run)
    id_ = message_id(job, TYPE_OF[AdvanceJob], run=run)
    return wrap(data, id=id_, job=job, tenant="acme", owner=None, source="gateway")


def marker_seen(job: UUID, stage: Stage, index: int = 0) -> Envelope:
    """What a worker answers that found the job's cancel marker."""
    return message(UnitCancelled(unit=unit(job, stage, index)))


def resume(job: UUID) -> Envelope:
    """What the gateway sends when an operator knows that the broker lost its data."""
    data = ResumeJob(job=job)
    return wrap(
        data, id=message_id(job, TYPE_OF[ResumeJob]), job=job, tenant="acme", owner=None, source="gateway"
    )
