"""Transcripts as full-text search looks at them: passages of a dozen segments, about a minute of speech.

Words that are looked for stand in one passage, so they were said close to each other. A passage also has the
segment that follows it: a phrase that goes on in the next segment is whole in one of them.

In `words` stands one lexeme more, `=tenant/config`, so that the index itself keeps tenants apart: a word that
others say all the time costs nothing.
"""

from sqlalchemy import text

from scribeline.storage import clock
from scribeline.storage.database import Session
from scribeline.storage.jobs import text_language
from scribeline.storage.models import JobRow

SEGMENTS = 12
LONGEST = 32_768
"""Characters of a passage that are indexed: whatever they are, that stays below the 1 MB of a tsvector."""
CONFIGS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Whisper's code -> what PostgreSQL has from 15 on. In other languages words are found as they stand."""

_FORGET = text("DELETE FROM passage WHERE job = :job")
_STORE = text(f"""
    WITH spoken AS (
        SELECT number, jsonb_build_array(start, "end", speaker) AS line, scribeline_plain(text) AS said
        FROM ({clock.SEGMENTS}) AS clocked
    ), placed AS (
        SELECT number / :many AS place, * FROM spoken
        UNION ALL
        SELECT number / :many - 1, * FROM spoken WHERE number % :many = 0 AND number > 0
    ), made AS (
        SELECT CAST(place * :many AS int) AS first, jsonb_agg(line ORDER BY number) AS lines,
               string_agg(said, E'\\n' ORDER BY number) AS body
        FROM placed GROUP BY place
    )
    INSERT INTO passage (job, first, tenant, owner, run, config, lines, body, words)
    SELECT job.id, made.first, job.tenant, job.owner, :run, config, lines, body,
           to_tsvector(CAST(config AS regconfig), scribeline_folded(left(body, :longest)))
           || array_to_tsvector(ARRAY['=' || job.tenant || '/' || config])
    FROM made, job, CAST(:config AS text) AS config WHERE job.id = :job
""")  # noqa: S608 - constants


def config_of(language: str | None) -> str:
    """The text search configuration for a transcript in that language."""
    return CONFIGS.get(language or "", "simple")


async def index(session: Session, job: JobRow) -> None:
    """Let the words of the job's current run be found, in place of an earlier run's: numbered and timed as
    `results.segments` gives them, with what comes before the recording.

    The job's row must be locked, and the transcript complete.
    """
    await session.run(_FORGET, {"job": job.id})
    parameters = {
        "job": job.id,
        "run": job.run,
        "config": config_of(text_language(job)),
        "many": SEGMENTS,
        "longest": LONGEST,
    }
    await session.run(_STORE, parameters)
