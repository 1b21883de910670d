"""The one clock of a transcript, whose first part may come from elsewhere.

What the job's own recording is stored with are times of its file. Here alone is told how they come to stand
behind what comes before the recording: those of segments in SQL, wherever they are read, searched or copied.
"""

from scribeline.contracts.transcription import Gap
from scribeline.storage.models import JobRow

_MOVED = "CASE WHEN shift = 0 THEN {0} ELSE CAST(round(CAST({0} + shift AS numeric), 3) AS float8) END"
_WORD = "CAST(round(CAST(word ->> '{0}' AS numeric) + CAST(shift AS numeric), 3) AS float8)"

SEGMENTS = f"""
    SELECT job, run, piece, id, tenant, owner, text, confidence, avg_logprob, no_speech_prob, speaker,
           row_number() OVER (ORDER BY run <> 0, began, piece, id) - 1 AS number,
           {_MOVED.format("began")} AS start, {_MOVED.format("ended")} AS "end",
           CASE WHEN shift = 0 OR words IS NULL THEN words ELSE (
               SELECT coalesce(jsonb_agg(word || jsonb_build_object(
                   'start', {_WORD.format("start")}, 'end', {_WORD.format("end")}) ORDER BY place), '[]')
               FROM jsonb_array_elements(words) WITH ORDINALITY AS said (word, place)
           ) END AS words
    FROM (
        SELECT segment.*, segment.start AS began, segment."end" AS ended,
               CASE WHEN segment.run = 0 THEN 0 ELSE coalesce(job.offset_seconds, 0) END AS shift
        FROM segment JOIN job ON job.id = segment.job
        WHERE job.id = :job AND segment.run IN (0, :run)
    ) AS heard
"""  # noqa: S608 - constants
"""The transcript of `:job` in `:run`, what comes before the recording first (in run 0: that alone), numbered
from 0 in the order of the recording. Not sorted."""


def end(job: JobRow) -> float:
    """Where on its transcript's clock a recording that continues it begins."""
    return _plus(job.offset_seconds or 0.0, (job.options.get("start") or 0.0) + (job.duration or 0.0))


def moved(gap: Gap, seconds: float | None) -> Gap:
    """On a clock on which the recording begins at that second."""
    if not seconds:
        return gap
    return gap.model_copy(update={"start": _plus(gap.start, seconds), "end": _plus(gap.end, seconds)})


def _plus(moment: float, seconds: float) -> float:
    """To the millisecond: sums of what is written so are to be, too."""
    return round(moment + seconds, 3)
