"""Every stable error code, with its HTTP status and the sentence a user reads.

One enum serves the HTTP API, failed jobs and events. `docs/errors.md` is generated from it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """A code never changes its meaning and is never reused."""

    # the request
    BAD_REQUEST = "bad_request"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_READY = "not_ready"
    JOB_ENDED = "job_ended"
    JOB_RUNNING = "job_running"
    NOTHING_FAILED = "nothing_failed"
    TRANSCRIPT_INCOMPLETE = "transcript_incomplete"
    OTHER_RUN = "other_run"
    TOO_MANY_RUNS = "too_many_runs"
    UPLOAD_TOO_LARGE = "upload_too_large"
    UPLOAD_INCOMPLETE = "upload_incomplete"
    UPLOAD_UNFINISHED = "upload_unfinished"
    UPLOAD_USED = "upload_used"
    UPLOAD_JOINING = "upload_joining"
    TOO_MANY_UPLOADS = "too_many_uploads"
    TOO_MANY_OPEN_UPLOADS = "too_many_open_uploads"
    TOO_MANY_STREAMS = "too_many_streams"
    TOO_MANY_SEARCHES = "too_many_searches"
    TOO_MANY_JOBS = "too_many_jobs"
    QUOTA_EXCEEDED = "quota_exceeded"
    RATE_LIMITED = "rate_limited"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID_PARAMETER = "invalid_parameter"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    MODEL_NOT_ALLOWED = "model_not_allowed"
    DIARIZATION_UNSUPPORTED = "diarization_unsupported"
    ANALYSIS_SCHEMA_INVALID = "analysis_schema_invalid"
    TEMPLATE_BUILT_IN = "template_built_in"
    TENANT_EXISTS = "tenant_exists"
    TOO_MANY_TEMPLATES = "too_many_templates"
    SEARCH_TIMEOUT = "search_timeout"
    WEBHOOK_URL_REFUSED = "webhook_url_refused"
    WEBHOOKS_OFF = "webhooks_off"
    WEBHOOK_DISABLED = "webhook_disabled"
    TOO_MANY_WEBHOOKS = "too_many_webhooks"
    EVENT_GONE = "event_gone"
    SUBSCRIBER_EXISTS = "subscriber_exists"
    STORE_UNAVAILABLE = "store_unavailable"
    DATABASE_UNAVAILABLE = "database_unavailable"
    BROKER_UNAVAILABLE = "broker_unavailable"
    INTERNAL_ERROR = "internal_error"
    # the recording
    AUDIO_EMPTY = "audio_empty"
    AUDIO_URL_REFUSED = "audio_url_refused"
    AUDIO_URL_UNREACHABLE = "audio_url_unreachable"
    AUDIO_UNREADABLE = "audio_unreadable"
    AUDIO_MISSING = "audio_missing"
    AUDIO_NO_STREAM = "audio_no_stream"
    AUDIO_TOO_LONG = "audio_too_long"
    AUDIO_RANGE_EMPTY = "audio_range_empty"
    TOO_MANY_CHANNELS = "too_many_channels"
    DECODE_TIMEOUT = "decode_timeout"
    DECODE_LIMIT = "decode_limit"
    MODEL_UNAVAILABLE = "model_unavailable"
    LANGUAGE_UNSUPPORTED = "language_unsupported"
    # the work
    UNIT_DIED = "unit_died"
    UNIT_LOST = "unit_lost"
    RESULT_TOO_LARGE = "result_too_large"
    TRANSCRIPTION_FAILED = "transcription_failed"
    ANALYSIS_FAILED = "analysis_failed"
    ANALYSIS_SKIPPED = "analysis_skipped"
    LLM_UNAVAILABLE = "llm_unavailable"
    LLM_MODEL_MISSING = "llm_model_missing"
    LLM_ANSWER_INVALID = "llm_answer_invalid"
    ANALYSIS_NEEDS_LLM = "analysis_needs_llm"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Meaning:
    """What a code tells: HTTP status, the sentence, and whether the same request may succeed later."""

    status: int
    sentence: str
    retryable: bool = False


MEANINGS: dict[Code, Meaning] = {
    Code.BAD_REQUEST: Meaning(400, "The request could not be understood."),
    Code.UNAUTHENTICATED: Meaning(401, "Send a valid API key as 'Authorization: Bearer KEY'."),
    Code.FORBIDDEN: Meaning(403, "This API key's scopes do not allow the request."),
    Code.NOT_FOUND: Meaning(404, "There is nothing here, or it is not yours."),
    Code.METHOD_NOT_ALLOWED: Meaning(405, "This address does not know that method."),
    Code.NOT_READY: Meaning(409, "The result is not there yet; try again in a while.", retryable=True),
    Code.JOB_ENDED: Meaning(409, "The job has ended already: there is nothing to cancel."),
    Code.JOB_RUNNING: Meaning(
        409, "The job is still under way; try again when it has ended.", retryable=True
    ),
    Code.NOTHING_FAILED: Meaning(409, "Nothing of this job failed: there is nothing to try again."),
    Code.TRANSCRIPT_INCOMPLETE: Meaning(
        409, "The job has no complete transcript that could be analyzed again."
    ),
    Code.OTHER_RUN: Meaning(409, "The job is in another run than the one that was named."),
    Code.TOO_MANY_RUNS: Meaning(409, "The job was run as often as is allowed."),
    Code.UPLOAD_TOO_LARGE: Meaning(413, "The upload is larger than this server accepts."),
    Code.UPLOAD_INCOMPLETE: Meaning(400, "The upload ended before its announced length.", retryable=True),
    Code.UPLOAD_UNFINISHED: Meaning(409, "Parts of the upload are still to be sent."),
    Code.UPLOAD_USED: Meaning(409, "The upload is the recording of a job already."),
    Code.UPLOAD_JOINING: Meaning(
        503, "The object store is still making one recording of the upload's parts.", retryable=True
    ),
    Code.TOO_MANY_UPLOADS: Meaning(
        429, "Too many uploads are under way; try again in a moment.", retryable=True
    ),
    Code.TOO_MANY_OPEN_UPLOADS: Meaning(
        429, "As many uploads as are allowed are open: finish or delete one.", retryable=True
    ),
    Code.TOO_MANY_STREAMS: Meaning(
        429, "Too many clients follow events or wait; try again in a moment.", retryable=True
    ),
    Code.TOO_MANY_SEARCHES: Meaning(
        429, "Too many searches are under way; try again in a moment.", retryable=True
    ),
    Code.TOO_MANY_JOBS: Meaning(
        429, "This tenant has as many jobs under way as it may; try again when one has ended.", retryable=True
    ),
    Code.QUOTA_EXCEEDED: Meaning(429, "This tenant has used up its quota of the month.", retryable=True),
    Code.RATE_LIMITED: Meaning(429, "Too many requests; try again in a moment.", retryable=True),
    Code.UNSUPPORTED_MEDIA_TYPE: Meaning(415, "This content type is neither audio nor video."),
    Code.INVALID_PARAMETER: Meaning(422, "A parameter is missing or has a value that is not allowed."),
    Code.IDEMPOTENCY_KEY_REUSED: Meaning(
        422, "This Idempotency-Key belongs to another request of the last 24 hours."
    ),
    Code.MODEL_NOT_ALLOWED: Meaning(422, "This model is not offered by the server, or not to this tenant."),
    Code.DIARIZATION_UNSUPPORTED: Meaning(
        422,
        "Speakers cannot be told apart by voice yet; 'channels=split' names each channel.",
    ),
    Code.ANALYSIS_SCHEMA_INVALID: Meaning(
        422, "The analysis_schema is no JSON Schema, or uses what is not allowed in it."
    ),
    Code.TEMPLATE_BUILT_IN: Meaning(409, "A built-in template can be neither changed nor deleted."),
    Code.TENANT_EXISTS: Meaning(409, "There is a tenant of this name already."),
    Code.TOO_MANY_TEMPLATES: Meaning(409, "This tenant has as many templates as are allowed."),
    Code.SEARCH_TIMEOUT: Meaning(
        503, "The search took too long; name rarer words, or fewer jobs.", retryable=True
    ),
    Code.WEBHOOK_URL_REFUSED: Meaning(422, "This server sends no webhooks to that address."),
    Code.WEBHOOKS_OFF: Meaning(503, "This server has no secret to sign webhooks with: it sends none."),
    Code.WEBHOOK_DISABLED: Meaning(409, "The webhook is disabled; enable it first."),
    Code.TOO_MANY_WEBHOOKS: Meaning(409, "The tenant has as many webhooks as are allowed."),
    Code.EVENT_GONE: Meaning(410, "What the event told is not kept any more."),
    Code.SUBSCRIBER_EXISTS: Meaning(409, "There is a subscriber of this name already, of whichever tenant."),
    Code.STORE_UNAVAILABLE: Meaning(
        503, "The object store does not answer; try again later.", retryable=True
    ),
    Code.DATABASE_UNAVAILABLE: Meaning(503, "The database does not answer; try again later.", retryable=True),
    Code.BROKER_UNAVAILABLE: Meaning(503, "The broker does not answer; try again later.", retryable=True),
    Code.INTERNAL_ERROR: Meaning(500, "Something went wrong on our side.", retryable=True),
    Code.AUDIO_EMPTY: Meaning(422, "The file, or its audio track, is empty."),
    Code.AUDIO_URL_REFUSED: Meaning(422, "This address is not one that recordings are fetched from."),
    Code.AUDIO_URL_UNREACHABLE: Meaning(
        422, "The recording could not be fetched from its address.", retryable=True
    ),
    Code.AUDIO_UNREADABLE: Meaning(
        422, "The file is not audio or video that can be decoded, or it is damaged."
    ),
    Code.AUDIO_MISSING: Meaning(410, "The recording is no longer in the object store."),
    Code.AUDIO_NO_STREAM: Meaning(422, "The file has no audio track."),
    Code.AUDIO_TOO_LONG: Meaning(422, "The recording is longer than this server accepts."),
    Code.AUDIO_RANGE_EMPTY: Meaning(422, "The recording ends before the 'start' that was asked for."),
    Code.TOO_MANY_CHANNELS: Meaning(422, "The recording has more channels than can be split."),
    Code.DECODE_TIMEOUT: Meaning(422, "Decoding the file took more computing time than allowed."),
    Code.DECODE_LIMIT: Meaning(422, "Decoding the file needed more memory or data than allowed."),
    Code.MODEL_UNAVAILABLE: Meaning(422, "The transcription model is not installed on the server."),
    Code.LANGUAGE_UNSUPPORTED: Meaning(422, "The chosen model cannot transcribe this language."),
    Code.UNIT_DIED: Meaning(
        500, "A piece of the work could not be done, and was set aside for an operator.", retryable=True
    ),
    Code.UNIT_LOST: Meaning(500, "The broker lost a piece of the work again and again.", retryable=True),
    Code.RESULT_TOO_LARGE: Meaning(500, "A piece of the work gave a result larger than allowed."),
    Code.TRANSCRIPTION_FAILED: Meaning(
        500, "No piece of the recording could be transcribed.", retryable=True
    ),
    Code.ANALYSIS_FAILED: Meaning(
        500, "The transcript is complete, but its analysis failed.", retryable=True
    ),
    Code.ANALYSIS_SKIPPED: Meaning(404, "No analysis was asked for, or there was nothing to analyze."),
    Code.LLM_UNAVAILABLE: Meaning(503, "The language model does not answer.", retryable=True),
    Code.LLM_MODEL_MISSING: Meaning(
        503, "The language model is not on its server: an operator has to pull it.", retryable=True
    ),
    Code.ANALYSIS_NEEDS_LLM: Meaning(
        422, "A question of one's own needs a language model, and this server has none."
    ),
    Code.LLM_ANSWER_INVALID: Meaning(
        500, "The language model's answer was not usable, even after one repair.", retryable=True
    ),
    Code.CANCELLED: Meaning(409, "The job was cancelled."),
}
