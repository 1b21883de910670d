"""What the engine says becomes a message, whatever numbers it says it with."""

import math

import pytest
from faster_whisper.transcribe import Segment as HeardSegment
from faster_whisper.transcribe import Word as HeardWord

from scribeline.contracts.transcription import EngineInfo, Segment, Transcribed
from transcriber.segments import said

NAN, INF = math.nan, math.inf


def heard(
    start: float = 1.0, end: float = 2.0, logprob: float = -0.5, no_speech: float = 0.1, word: float = 0.9
) -> HeardSegment:
    return HeardSegment(
        id=7,
        seek=0,
        start=start,
        end=end,
        text=" Hello. ",
        tokens=[],
        avg_logprob=logprob,
        compression_ratio=1.0,
        no_speech_prob=no_speech,
        words=[HeardWord(start=start, end=end, word=" Hello.", probability=word)],
        temperature=0.0,
    )


def only(given: HeardSegment) -> Segment:
    (segment,) = said([given], seconds=10.0)
    return segment


def test_words_times_and_probabilities_are_taken_over() -> None:
    segment = only(heard())
    assert (segment.id, segment.start, segment.end, segment.text) == (0, 1.0, 2.0, "Hello.")
    assert (segment.avg_logprob, segment.no_speech_prob) == (-0.5, 0.1)
    assert segment.confidence == pytest.approx(math.exp(-0.5), abs=1e-4)
    assert segment.words
    assert (segment.words[0].text, segment.words[0].probability) == ("Hello.", 0.9)


def test_the_last_time_stays_within_the_recording() -> None:
    assert only(heard(end=30.0)).end == 10.0


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
@pytest.mark.parametrize("place", ["start", "end", "logprob", "no_speech", "word"])
def test_what_is_no_number_never_stops_a_message(place: str, bad: float) -> None:
    segment = only(heard(**{place: bad}))
    transcribed = Transcribed(segments=(segment,), engine=EngineInfo(engine="e", model="m"))
    assert Transcribed.model_validate_json(transcribed.model_dump_json()) == transcribed
    assert 0.0 <= segment.start <= segment.end <= 10.0
    assert segment.text == "Hello."


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_a_segment_whose_probability_is_no_number_is_not_trusted(bad: float) -> None:
    segment = only(heard(logprob=bad))
    assert (segment.confidence, segment.avg_logprob) == (0.0, -100.0)


def test_segments_without_words_are_left_out_and_the_rest_is_counted_from_0() -> None:
    nothing, something = heard(), heard()
    nothing.text = "  "
    assert [segment.id for segment in said([nothing, something], seconds=10.0)] == [0]
