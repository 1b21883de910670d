"""One example message per type, more of types that have grown, and the golden files made of them.

`python -m tests.support.golden` writes the file of every example that has none, and never touches one that
exists: messages of that shape may lie in queues and streams, and must be read for ever. A type that gets new
fields gets a further example, `TYPE+WHAT_IS_NEW`.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

from scribeline.contracts import analysis, job, transcription, unit, webhook
from scribeline.contracts.base import Frozen
from scribeline.contracts.catalogue import TYPE_OF
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, message_id, wrap

FOLDER = Path(__file__).parent.parent / "golden"
JOB = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
PREFIX = f"acme/{JOB}/"
RATE = transcription.SAMPLE_RATE

SOURCE = transcription.AudioObject(key=PREFIX + "source", bytes=48_211, sha256="5f" * 32)
AUDIO = transcription.AudioObject(key=PREFIX + "audio.wav", bytes=3_520_044)
OPTIONS = transcription.TranscriptionOptions(
    language="de",
    model="base",
    task=transcription.Task.TRANSLATE,
    prompt="Zürich, Quorum",
    word_timestamps=True,
)
GERMAN = transcription.Language(code="de", probability=0.98)
PIECE = transcription.Piece(index=1, first=30 * RATE, last=55 * RATE)
WHISPER = transcription.EngineInfo(engine="faster-whisper 1.2.1", model="base", compute="cpu/int8")
GAP = transcription.Gap(start=55.0, end=61.5, reason="silence")
TRANSCRIBED = transcription.Transcribed(
    segments=(
        transcription.Segment(
            id=0,
            start=30.5,
            end=32.0,
            text="Shall we ship on Friday?",
            confidence=0.91,
            avg_logprob=-0.094,
            no_speech_prob=0.02,
            words=(transcription.Word(start=30.5, end=30.8, text="Shall", probability=0.97),),
        ),
    ),
    gaps=(GAP,),
    language=GERMAN,
    engine=WHISPER,
)
SAID = analysis.Evidence(segment=4, start=30.5, quote="ship on Friday")
ACTION_ITEM = analysis.ActionItem(task="Ship it", owner="Ana", due="2026-11-27", evidence=SAID)
ANALYSIS = analysis.Analysis(
    summary="The release is planned for Friday.",
    topics=("release",),
    action_items=(ACTION_ITEM,),
    questions=(
        analysis.Question(text="Shall we ship on Friday?", asked_by="Ben", answer="Yes", evidence=SAID),
    ),
    dates=(analysis.MentionedDate(text="Friday", date="2026-11-27", evidence=SAID),),
    sentiment=analysis.Sentiment(label=analysis.SentimentLabel.POSITIVE, score=0.4, evidence=SAID),
    missing={"chapters": "too short"},
    dropped=1,
    coverage=analysis.Coverage(segments_total=9, segments_read=8, reason="one part failed"),
    language="en",
    engine="ollama",
    model="mistral",
    prompt_version="1",
    fallback="the language model did not answer",
)
STAGES = (
    job.StageView(name="transcription", status=job.StageStatus.COMPLETED, units_total=3, units_done=3),
    job.StageView(
        name="analysis",
        status=job.StageStatus.FAILED,
        run=2,
        units_total=1,
        units_failed=1,
        error=unit.Error.of(Code.ANALYSIS_FAILED, stage=unit.Stage.ANALYZE),
    ),
)


def _unit(stage: unit.Stage, index: int = 0, run: int = 1) -> unit.UnitRef:
    return unit.UnitRef(job=JOB, stage=stage, index=index, run=run)


SHORT, PLAN, CHUNK = _unit(unit.Stage.SHORT), _unit(unit.Stage.PLAN), _unit(unit.Stage.CHUNK, 1)
ANALYZE, MERGE = _unit(unit.Stage.ANALYZE, 1, 2), _unit(unit.Stage.MERGE, 0, 2)

COMMANDS: tuple[Frozen, ...] = (
    transcription.TranscribeShort(unit=SHORT, source=SOURCE, options=OPTIONS, key_prefix=PREFIX),
    transcription.PlanTranscription(unit=PLAN, source=SOURCE, options=OPTIONS, key_prefix=PREFIX),
    transcription.TranscribeChunk(
        unit=CHUNK, audio=AUDIO.key, piece=PIECE, language=GERMAN, options=OPTIONS, key_prefix=PREFIX
    ),
    analysis.AnalyzePart(
        unit=ANALYZE,
        lines=(analysis.Line(number=4, start=30.5, text="Shall we ship on Friday?"),),
        part=1,
        parts=2,
        language="en",
        recorded_at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    ),
    analysis.MergeAnalysis(unit=MERGE, analyses=(ANALYSIS, ANALYSIS), lines_total=9, language="en"),
)
RESULTS: tuple[Frozen, ...] = (
    transcription.ShortTranscribed(
        unit=SHORT, processing_seconds=1.5, audio=AUDIO, duration=61.5, transcribed=TRANSCRIBED
    ),
    transcription.ShortHandedBack(unit=SHORT, processing_seconds=0.2),
    transcription.RecordingPlanned(
        unit=PLAN,
        processing_seconds=3.25,
        audio=AUDIO,
        duration=110.0,
        language=GERMAN,
        pieces=(transcription.Piece(index=0, first=0, last=30 * RATE), PIECE),
        gaps=(GAP,),
        engine=WHISPER,
    ),
    transcription.ChunkTranscribed(unit=CHUNK, processing_seconds=2.5, piece=PIECE, transcribed=TRANSCRIBED),
    analysis.PartAnalyzed(unit=ANALYZE, processing_seconds=9.0, analysis=ANALYSIS),
    analysis.AnalysisMerged(unit=MERGE, processing_seconds=4.0, analysis=ANALYSIS),
    unit.UnitFailed(
        unit=CHUNK, processing_seconds=0.1, error=unit.Error.of(Code.UNIT_DIED, stage=unit.Stage.CHUNK)
    ),
    unit.UnitCancelled(unit=CHUNK),
)


class _Common(TypedDict):
    job: UUID
    run: int
    sequence: int
    metadata: dict[str, Any]


def _common(sequence: int) -> _Common:
    return {"job": JOB, "run": 2, "sequence": sequence, "metadata": {"ticket": 7}}


EVENTS: tuple[Frozen, ...] = (
    job.JobAccepted(**_common(1), status=job.JobStatus.QUEUED),
    job.TranscriptCompleted(
        **_common(2),
        status=job.JobStatus.ANALYZING,
        language=GERMAN,
        duration=110.0,
        segments=9,
        gaps=1,
        engine=WHISPER,
        text="Shall we ship on Friday?",
        href=f"/v1/jobs/{JOB}/transcript",
    ),
    job.AnalysisCompleted(**_common(3), status=job.JobStatus.ANALYZING, analysis=ANALYSIS),
    job.AnalysisFailed(
        **_common(4), status=job.JobStatus.ANALYZING, error=unit.Error.of(Code.LLM_UNAVAILABLE)
    ),
    job.JobCompleted(**_common(5), status=job.JobStatus.COMPLETED, stages=STAGES),
    job.JobFailed(**_common(6), status=job.JobStatus.FAILED, error=unit.Error.of(Code.AUDIO_UNREADABLE)),
    job.JobCancelled(**_common(7), status=job.JobStatus.CANCELLED),
    job.JobDeleted(**_common(8), status=job.JobStatus.COMPLETED),
    job.ActionItemFound(**_common(9), status=job.JobStatus.ANALYZING, number=1, item=ACTION_ITEM),
    job.SentimentNegative(
        **_common(10),
        status=job.JobStatus.ANALYZING,
        sentiment=analysis.Sentiment(label=analysis.SentimentLabel.NEGATIVE, score=-0.6),
    ),
)

BRIEF = analysis.Brief(
    template="meeting",
    prompt="Who promised what?",
    answer_schema={"type": "object", "properties": {"who": {"type": "string", "maxLength": 80}}},
)
SPLIT = transcription.TranscriptionOptions(
    languages=("de", "en"),
    hotwords="Quorum",
    temperature=0.0,
    beam_size=3,
    replacements=(transcription.Replacement(find="rabbit mq", replace="RabbitMQ"),),
    channels=transcription.Channels.SPLIT,
    start=600.0,
    end=660.0,
)
LEFT = PIECE.model_copy(update={"channel": 0})
ANSWERED = ANALYSIS.model_copy(
    update={
        "chapters": (analysis.Chapter(title="Release", summary="When it ships.", evidence=SAID),),
        "answer": {"who": "Ana", "when": None, "quote": "ship on Friday"},
        "answer_evidence": (analysis.AnswerEvidence(pointer="", evidence=SAID),),
        "template": "meeting",
    }
)
HANDLED = unit.Handled(
    attempt=2,
    began_at=datetime(2026, 11, 23, 9, 59, 50, tzinfo=UTC),
    seconds=3.125,
    put_off_at=datetime(2026, 11, 23, 9, 59, 30, tzinfo=UTC),
)
GROWN: dict[str, tuple[Frozen, ...]] = {
    "handled": tuple(result.model_copy(update={"handled": HANDLED}) for result in RESULTS),
    "split": (
        transcription.TranscribeShort(unit=SHORT, source=SOURCE, options=SPLIT, key_prefix=PREFIX),
        transcription.TranscribeChunk(
            unit=CHUNK, audio=AUDIO.key, piece=LEFT, channels=2, options=SPLIT, key_prefix=PREFIX
        ),
        transcription.RecordingPlanned(
            unit=PLAN, audio=AUDIO, duration=60.0, channels=2, pieces=(LEFT,), engine=WHISPER
        ),
        transcription.ChunkTranscribed(
            unit=CHUNK,
            piece=LEFT,
            transcribed=TRANSCRIBED.model_copy(
                update={
                    "segments": tuple(
                        said.model_copy(update={"speaker": "channel 1"}) for said in TRANSCRIBED.segments
                    ),
                    "gaps": (GAP.model_copy(update={"reason": "repetition", "speaker": "channel 1"}),),
                }
            ),
        ),
    ),
    "brief": (
        analysis.AnalyzePart(
            unit=ANALYZE,
            lines=(analysis.Line(number=4, start=30.5, text="Ship it.", speaker="channel 1"),),
            chapters=True,
            brief=BRIEF,
        ),
        analysis.MergeAnalysis(unit=MERGE, analyses=(ANSWERED,), brief=BRIEF),
        analysis.PartAnalyzed(unit=ANALYZE, analysis=ANSWERED),
        job.AnalysisCompleted(**_common(3), status=job.JobStatus.ANALYZING, analysis=ANSWERED),
    ),
    "tokens": (
        analysis.PartAnalyzed(
            unit=ANALYZE, analysis=ANALYSIS, tokens=analysis.Tokens(prompt=3100, completion=420)
        ),
        analysis.AnalysisMerged(unit=MERGE, analysis=ANALYSIS, tokens=analysis.Tokens(prompt=900)),
    ),
    "confidence": (
        job.TranscriptCompleted(
            **_common(2),
            status=job.JobStatus.ANALYZING,
            duration=110.0,
            segments=9,
            gaps=1,
            confidence=0.87,
            href=f"/v1/jobs/{JOB}/transcript",
        ),
    ),
    "run": (job.CancelJob(job=JOB, run=2),),
    "href": (
        job.AnalysisCompleted(**_common(3), status=job.JobStatus.ANALYZING, href=f"/v1/jobs/{JOB}/analysis"),
        job.ActionItemFound(
            **_common(4), status=job.JobStatus.ANALYZING, number=0, href=f"/v1/jobs/{JOB}/analysis"
        ),
        job.SentimentNegative(
            **_common(5),
            status=job.JobStatus.ANALYZING,
            sentiment=analysis.Sentiment(label=analysis.SentimentLabel.NEGATIVE, score=-0.6),
            href=f"/v1/jobs/{JOB}/analysis",
        ),
    ),
}

REQUESTS: tuple[Frozen, ...] = (
    job.CancelJob(job=JOB),
    job.RetryFailed(job=JOB, run=1),
    job.AdvanceJob(job=JOB, run=1),
    job.ResumeJob(job=JOB),
)

PROGRESS: tuple[Frozen, ...] = (
    job.JobProgressed(
        job=JOB,
        status=job.JobStatus.TRANSCRIBING,
        run=2,
        progress=34,
        stages=(
            job.StageView(
                name="transcription", status=job.StageStatus.RUNNING, run=2, units_total=9, units_done=3
            ),
        ),
    ),
)

WEBHOOK = UUID("01890a5d-ac96-774b-bcce-b302099a8058")
NOTICES: tuple[Frozen, ...] = (
    webhook.WebhookPing(webhook=WEBHOOK),
    webhook.WebhookPaused(
        webhook=WEBHOOK,
        url="https://hooks.example.com/scribeline",
        reason="No try succeeded: the last one was answered 500.",
        failing_since=datetime(2026, 11, 20, 6, 12, tzinfo=UTC),
    ),
    webhook.WebhookDisabled(
        webhook=WEBHOOK, url="https://hooks.example.com/scribeline", reason="Its receiver answered 410 Gone."
    ),
)

EXAMPLES: dict[str, Frozen] = {
    **{TYPE_OF[type(data)]: data for data in (*COMMANDS, *RESULTS, *REQUESTS, *EVENTS, *PROGRESS, *NOTICES)},
    **{f"{TYPE_OF[type(data)]}+{new}": data for new, several in GROWN.items() for data in several},
}


def type_of(name: str) -> str:
    """The type of an example or a golden file."""
    return name.partition("+")[0]


def example(name: str) -> Envelope:
    """A whole message, the same at every call."""
    data, type_ = EXAMPLES[name], type_of(name)
    of = data.unit if isinstance(data, unit.Command | unit.Outcome) else None
    return wrap(
        data,
        id=message_id(JOB, type_, unit=of, run=2),
        job=data.webhook if isinstance(data, webhook.WebhookEvent) else JOB,
        tenant="acme",
        owner="ana@example.org",
        source="/scribeline/example",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        time=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
    )


def write_missing(folder: Path = FOLDER) -> list[Path]:
    """Write the golden file of every example that has none; returns what was written."""
    written = []
    for name in sorted(EXAMPLES):
        path = folder / f"{name}.json"
        if not path.exists():
            message = json.loads(example(name).encode())
            path.write_text(json.dumps(message, indent=2, ensure_ascii=False) + "\n")
            written.append(path)
    return written


if __name__ == "__main__":
    for file in write_missing():
        sys.stdout.write(f"wrote {file}\n")
