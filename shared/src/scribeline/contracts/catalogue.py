"""The one catalogue: message type -> class of its data. Decoding, docs and golden files are driven by it."""

from scribeline.contracts import analysis, job, transcription, unit, webhook
from scribeline.contracts.base import Frozen

MAJOR = 1
"""The version of every type below. A change an old reader would misread raises it."""

INTERNAL = "scribeline.internal."

COMMANDS: dict[str, type[unit.Command]] = {
    INTERNAL + "transcribe_short": transcription.TranscribeShort,
    INTERNAL + "plan_transcription": transcription.PlanTranscription,
    INTERNAL + "transcribe_chunk": transcription.TranscribeChunk,
    INTERNAL + "analyze_part": analysis.AnalyzePart,
    INTERNAL + "merge_analysis": analysis.MergeAnalysis,
}

RESULTS: dict[str, type[unit.Outcome]] = {
    INTERNAL + "short_transcribed": transcription.ShortTranscribed,
    INTERNAL + "short_handed_back": transcription.ShortHandedBack,
    INTERNAL + "recording_planned": transcription.RecordingPlanned,
    INTERNAL + "chunk_transcribed": transcription.ChunkTranscribed,
    INTERNAL + "part_analyzed": analysis.PartAnalyzed,
    INTERNAL + "analysis_merged": analysis.AnalysisMerged,
    INTERNAL + "unit_failed": unit.UnitFailed,
    INTERNAL + "unit_cancelled": unit.UnitCancelled,
}

REQUESTS: dict[str, type[job.JobRequest]] = {
    INTERNAL + "advance_job": job.AdvanceJob,
    INTERNAL + "cancel_job": job.CancelJob,
    INTERNAL + "retry_failed": job.RetryFailed,
    INTERNAL + "resume_job": job.ResumeJob,
}
"""What users ask of a job; they come to the result-writer beside the results."""

EVENTS: dict[str, type[job.JobEvent]] = {
    "job.accepted": job.JobAccepted,
    "job.completed": job.JobCompleted,
    "job.failed": job.JobFailed,
    "job.cancelled": job.JobCancelled,
    "job.deleted": job.JobDeleted,
    "transcript.completed": job.TranscriptCompleted,
    "analysis.completed": job.AnalysisCompleted,
    "analysis.failed": job.AnalysisFailed,
    "analysis.action_item_found": job.ActionItemFound,
    "analysis.sentiment_negative": job.SentimentNegative,
}

NOTICES: dict[str, type[webhook.WebhookEvent]] = {
    "webhook.paused": webhook.WebhookPaused,
    "webhook.disabled": webhook.WebhookDisabled,
}
"""Of a tenant's webhooks; their subject is the webhook."""

PINGS: dict[str, type[webhook.WebhookEvent]] = {"webhook.ping": webhook.WebhookPing}
"""Sent to the webhook that they test, and to nobody else."""

PUBLIC: dict[str, type[Frozen]] = {**EVENTS, **NOTICES}
"""What others can subscribe to."""

PROGRESS: dict[str, type[Frozen]] = {INTERNAL + "job_progressed": job.JobProgressed}
"""On the events' exchange, and so in its stream, for the gateways: others who read there pass it over."""

CATALOGUE: dict[str, type[Frozen]] = {**COMMANDS, **RESULTS, **REQUESTS, **PUBLIC, **PINGS, **PROGRESS}

TYPE_OF: dict[type[Frozen], str] = {data: name for name, data in CATALOGUE.items()}
