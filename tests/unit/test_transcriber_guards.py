"""Which of the model's texts are believed."""

import math
from collections.abc import Sequence

import pytest
from faster_whisper.transcribe import Segment

from transcriber.guards import ENDLESS, Stretch, believed, syllables

SURE, DOUBTFUL, IMPROBABLE = -0.3, -0.8, -1.2
SENTENCE = " Thank you very much for watching."


def segment(
    text: str = SENTENCE,
    *,
    start: float = 0.0,
    end: float = 3.0,
    logprob: float = SURE,
    compression: float = 1.0,
    tokens: int = 10,
    window: int = 0,
) -> Segment:
    return Segment(
        id=1,
        seek=window,
        start=start,
        end=end,
        text=text,
        tokens=[0] * tokens,
        avg_logprob=logprob,
        compression_ratio=compression,
        no_speech_prob=0.5,
        words=None,
        temperature=0.0,
    )


def reasons(*segments: Segment, voice: Sequence[Stretch] = (), retried: bool = True) -> list[str]:
    kept, left_out = believed(segments, lambda: voice, retried=retried)
    assert len(kept) + len(left_out) == len(segments)
    return [doubted.reason for doubted in left_out]


def test_a_text_the_model_is_sure_of_is_believed_without_asking_for_a_voice() -> None:
    def never() -> Sequence[Stretch]:
        raise AssertionError("the detector costs time")

    kept, left_out = believed([segment()], never, retried=True)
    assert (len(kept), left_out) == (1, [])


def test_a_loop_that_found_no_end_is_left_out_with_its_times() -> None:
    loop = segment("oh, " * 110, compression=16.0, tokens=ENDLESS, start=2.0, end=30.0)
    _, (doubted,) = believed([loop], list, retried=True)
    assert doubted == (2.0, 30.0, "repetition")


def test_a_loop_is_seen_though_it_was_cut_into_segments() -> None:
    parts = [segment(compression=5.0, tokens=ENDLESS // 2, start=at, end=at + 2) for at in (0.0, 2.0)]
    assert reasons(*parts) == ["repetition", "repetition"]
    others = [segment(compression=5.0, tokens=ENDLESS // 2, window=at) for at in (0, 3000)]
    assert reasons(*others) == []


def test_a_chorus_that_ends_by_itself_stays() -> None:
    assert reasons(segment("Let it be. " * 12, compression=6.0, tokens=60, end=25.0)) == []


def test_a_long_text_that_does_not_repeat_itself_stays() -> None:
    assert reasons(segment(compression=1.7, tokens=ENDLESS, end=30.0)) == []


def test_a_text_that_no_temperature_made_probable_is_left_out() -> None:
    voice = [Stretch(0.0, 3.0)]
    assert reasons(segment(logprob=IMPROBABLE), voice=voice) == ["no_speech"]
    assert reasons(segment(logprob=IMPROBABLE), voice=voice, retried=False) == []


@pytest.mark.parametrize(
    ("voice", "left_out"),
    [
        ([], ["no_speech"]),
        ([Stretch(1.0, 1.3)], ["no_speech"]),
        ([Stretch(5.0, 9.0)], ["no_speech"]),
        ([Stretch(0.5, 2.5)], []),
        ([Stretch(0.2, 0.7), Stretch(1.0, 1.6)], []),
    ],
)
def test_a_doubtful_text_needs_a_voice_for_as_long_as_it_takes_to_say(
    voice: list[Stretch], left_out: list[str]
) -> None:
    assert reasons(segment(logprob=DOUBTFUL), voice=voice) == left_out


def test_a_probability_that_is_no_number_is_no_reason() -> None:
    assert reasons(segment(logprob=math.nan)) == []


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("Thank you.", 2, 4), ("客観的実在", 5, 5), ("¡…! ?", 0, 0), ("ขอบคุณ", 4, 7), ("1954", 1, 2)],
)
def test_syllables_are_counted_in_any_script(text: str, least: int, most: int) -> None:
    assert least <= syllables(text) <= most
