"""A stored transcript put together for an answer."""

from gateway.captions.lines import Line
from gateway.records import Words
from scribeline.contracts.api.transcripts import SegmentView, TranscriptView
from scribeline.contracts.text import joined
from scribeline.contracts.transcription import EngineInfo, TranscriptionOptions, Word
from scribeline.storage.jobs import text_language
from scribeline.storage.models import BEFORE, JobRow, SegmentRow
from scribeline.storage.results import length


def transcript_view(row: JobRow, words: Words, *, run: int, complete: bool) -> TranscriptView:
    """Segments are numbered through the whole transcript, as the analysis' evidence counts them."""
    return TranscriptView(
        job=row.id,
        complete=complete,
        text=joined((segment.text for segment in words.segments), text_language(row)),
        language=row.language,
        language_probability=row.language_probability,
        duration=length(row),
        offset=row.offset_seconds or 0.0,
        first_own_segment=sum(segment.run == BEFORE for segment in words.segments),
        confidence=row.confidence if complete else None,
        segments=[_segment(number, segment) for number, segment in enumerate(words.segments)],
        gaps=words.gaps,
        engine=EngineInfo.model_validate(row.engine) if row.engine else None,
        options=TranscriptionOptions.model_validate(row.options),
        processing_seconds=words.processing_seconds,
        run=run,
    )


def lines_of(words: Words, *, timed: bool) -> list[Line]:
    """For renderings; `timed`: with what is known of single words."""
    return [
        Line(
            start=s.start,
            end=s.end,
            text=s.text,
            speaker=s.speaker,
            words=_words(s) if timed else None,
            untimed=s.untimed,
        )
        for s in words.segments
    ]


def _segment(number: int, row: SegmentRow) -> SegmentView:
    return SegmentView(
        id=number,
        start=row.start,
        end=row.end,
        text=row.text,
        confidence=row.confidence,
        avg_logprob=row.avg_logprob,
        no_speech_prob=row.no_speech_prob,
        words=_words(row),
        speaker=row.speaker,
    )


def _words(row: SegmentRow) -> list[Word] | None:
    return None if row.words is None else [Word.model_validate(word) for word in row.words]
