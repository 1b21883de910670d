"""What the result-writer stores, decides and finds."""

from scribeline.contracts.unit import Stage
from scribeline.telemetry.metrics.family import WRITER, counter, gauge, histogram

STAGES = tuple(stage.value for stage in Stage)

AUDIO_SECONDS = counter("audio_seconds", "Seconds of audio decoded, of all recordings.", (WRITER,))
JOBS = counter(
    "jobs",
    "Jobs that reached a terminal state.",
    (WRITER,),
    status=("completed", "failed", "cancelled"),
)
BATCH_MESSAGES = histogram(
    "batch_messages", "Messages per transaction.", (WRITER,), (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
)
BATCH_ROWS = histogram(
    "batch_rows", "Rows per transaction.", (WRITER,), (1, 4, 16, 64, 256, 1024, 4096, 16384)
)
DROPPED_RESULTS = counter(
    "dropped_results",
    "Results that changed nothing. unknown: no such job or unit; terminal: the job or stage had ended.",
    (WRITER,),
    reason=("duplicate", "stale", "unknown", "terminal"),
)
LOST_UNITS = counter(
    "lost_units",
    "Units whose message the broker lost. failed: lost too often.",
    (WRITER,),
    outcome=("sent_again", "failed"),
)
UNITS = gauge(
    "units",
    "Units without a result, every 15 s. waiting: not yet sent; released: in a queue or with a worker. From"
    " the database: with several writers take max().",
    (WRITER,),
    stage=STAGES,
    state=("waiting", "released"),
)
OLDEST_UNIT_SECONDS = gauge(
    "oldest_unit_seconds",
    "How long ago the oldest unit without a result was sent, 0 when there is none. With several writers take"
    " max().",
    (WRITER,),
    stage=STAGES,
)
SWEEPS = counter(
    "sweeps",
    "Rounds that looked for what crashes left in the bucket. refused: the database may be older than the"
    " bucket; failed: a dependency was away.",
    (WRITER,),
    outcome=("done", "refused", "failed"),
)
ORPHANS_REMOVED = counter("orphans_removed", "Recordings without a job, removed.", (WRITER,))
STALE_UPLOADS_ABORTED = counter(
    "stale_uploads_aborted", "Uploads that did not end in time, aborted.", (WRITER,)
)
