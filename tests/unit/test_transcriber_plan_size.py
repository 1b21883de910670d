"""A plan is one message, however a recording of ten hours is spoken."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import message_id, wrap
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    AudioObject,
    EngineInfo,
    Gap,
    Language,
    RecordingPlanned,
)
from scribeline.contracts.unit import Stage, UnitRef
from scribeline.messaging.reply import MAX_RESULT
from transcriber.cutting import Span, cut, cut_channels
from transcriber.gaps import fitting, silences
from transcriber.settings import TranscriberSettings

TEN_HOURS = 36_060.0
SHORTEST = 15.0


def encoded(
    spoken: float, silent: float, *, total: float, piece_seconds: float, channels: int = 0, start: float = 0.0
) -> tuple[int, list[Gap]]:
    """Bytes of the plan of a recording in which speech and silence (seconds) take turns, and its gaps.

    `channels` 0: not split. Raises Fail where there is no room.
    """
    period, last = round((spoken + silent) * SAMPLE_RATE), round(total * SAMPLE_RATE)
    speech = [Span(first, min(last, first + round(spoken * SAMPLE_RATE))) for first in range(0, last, period)]
    limit = round(piece_seconds * SAMPLE_RATE)
    pieces = cut_channels([speech] * channels, last, limit) if channels else cut(speech, last, limit)
    unit = UnitRef(job=UUID(int=7), stage=Stage.PLAN)
    planned = RecordingPlanned(
        unit=unit,
        audio=AudioObject(key="k" * 200, bytes=10**10, sha256="f" * 64),
        duration=total + 0.0123456789,
        language=Language(code="haw", probability=0.123456789),
        pieces=pieces,
        channels=max(1, channels),
        gaps=fitting(pieces, silences(pieces, last, start)),
        engine=EngineInfo(engine="e" * 100, model="m" * 100, compute="cuda/int8_bfloat16"),
        processing_seconds=1234.567890123,
    )
    message = wrap(
        planned,
        id=message_id(unit.job, "planned", unit=unit),
        job=unit.job,
        tenant="t" * 40,
        owner="o" * 128,
        source="transcriber",
        traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
    )
    return len(message.encode()), list(planned.gaps)


@pytest.mark.parametrize(
    ("spoken", "silent"),
    [
        (SHORTEST + 0.001, 0.16),  # every sentence a little too long for a piece: twice the pieces
        (SHORTEST / 2 + 0.001, 2.81),  # as many gaps as pieces
        (0.1, SHORTEST),
    ],
)
def test_ten_hours_in_the_shortest_pieces_fit_one_message(spoken: float, silent: float) -> None:
    size, _ = encoded(spoken, silent, total=TEN_HOURS, piece_seconds=SHORTEST)
    assert size < MAX_RESULT


def test_with_the_usual_pieces_ten_hours_keep_every_silence() -> None:
    size, silences = encoded(30.0, 2.81, total=TEN_HOURS, piece_seconds=60.0)
    assert len(silences) > 1_000
    assert size < MAX_RESULT


def test_where_there_is_no_room_for_all_silences_the_longest_are_told_in_their_order() -> None:
    _, silences = encoded(SHORTEST / 2 + 0.001, 2.81, total=TEN_HOURS, piece_seconds=SHORTEST)
    assert 0 < len(silences) < 3_000
    assert [gap.start for gap in silences] == sorted(gap.start for gap in silences)


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize(("spoken", "silent"), [(60.001, 0.16), (30.001, 2.81), (0.1, 60.0)])
def test_ten_hours_of_channels_that_are_split_fit_one_message(
    spoken: float, silent: float, channels: int
) -> None:
    size, _ = encoded(spoken, silent, total=TEN_HOURS / channels, piece_seconds=60.0, channels=channels)
    assert size < MAX_RESULT


def test_what_has_no_room_for_all_its_pieces_is_too_long_and_no_dead_letter() -> None:
    with pytest.raises(Fail) as failed:
        encoded(SHORTEST + 0.001, 0.16, total=TEN_HOURS / 8, piece_seconds=SHORTEST, channels=8)
    assert (failed.value.code, "send parts" in failed.value.message) == (Code.AUDIO_TOO_LONG, True)


@pytest.mark.parametrize("start", [0.0, 123_456_789.123])
@pytest.mark.parametrize("pause", [2.81, 9.0, 12.0])
def test_whatever_has_room_for_its_pieces_fits_with_its_silences(pause: float, start: float) -> None:
    """A channel's pieces are longer, and so are the times of a part that begins late."""
    size, _ = encoded(4.0, pause, total=16_000.0, piece_seconds=SHORTEST, channels=2, start=start)
    assert MAX_RESULT / 4 < size < MAX_RESULT


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"piece_seconds": SHORTEST}, False),
        ({"piece_seconds": SHORTEST - 0.1}, True),
        ({"piece_seconds": SHORTEST, "max_audio_seconds": 86_400.0}, True),
        ({"piece_seconds": 60.0, "max_audio_seconds": 86_400.0}, False),
        ({"max_audio_seconds": 200_000.0}, True),
    ],
)
def test_settings_that_would_need_a_longer_message_are_refused_at_start(
    changed: dict[str, float], refused: bool
) -> None:
    if refused:
        with pytest.raises(ValidationError, match="piece_seconds"):
            TranscriberSettings.model_validate(changed)
    else:
        assert TranscriberSettings.model_validate(changed).piece_seconds == changed["piece_seconds"]
