"""What was heard and stands in no text: the gaps of one transcription. Pure rules; times in seconds."""

from collections.abc import Iterable, Sequence

from scribeline.contracts.transcription import Gap
from transcriber.guards import Doubted, Stretch, Voice

LEAST_VOICE = 2.0
"""Seconds of a voice without text that are worth mentioning, as shorter silences are pauses
(`gaps.REPORTED_SILENCE`)."""
DIGITS = 3


def untold(
    texts: Sequence[Stretch], left_out: Sequence[Doubted], speech: Sequence[Stretch], voice: Voice
) -> tuple[Gap, ...]:
    """What was `left_out`, and speech in which the model found no words, from its first sound to its last:
    ordered, beside all `texts`. `speech` includes short pauses, `voice` none."""
    found = [
        _gap(part.start, part.end, doubted.reason)
        for doubted in left_out
        # Whisper's last time may lie behind the last sound.
        for part in _between([Stretch(doubted.start, min(doubted.end, speech[-1].end))], texts)
    ]
    found += [_gap(start, end, "no_speech") for start, end in wordless(texts, left_out, speech, voice)]
    return tuple(sorted(found, key=lambda gap: gap.start))


def wordless(
    texts: Sequence[Stretch], left_out: Sequence[Doubted], speech: Sequence[Stretch], voice: Voice
) -> list[Stretch]:
    """Speech in which the model found no words at all. See `untold`."""
    told = [*texts, *(Stretch(doubted.start, doubted.end) for doubted in left_out)]
    parts = [part for part in _between(speech, told) if part.end - part.start >= LEAST_VOICE]
    return [sounding for part in parts for sounding in _sounding(part, voice())]


def _sounding(part: Stretch, voice: Iterable[Stretch]) -> list[Stretch]:
    """From the first sound in it to the last, if there is enough of it."""
    sounds = [
        (max(part.start, start), min(part.end, end))
        for start, end in voice
        if start < part.end and end > part.start
    ]
    if sum(end - start for start, end in sounds) < LEAST_VOICE:
        return []
    return [Stretch(sounds[0][0], sounds[-1][1])]


def _between(stretches: Iterable[Stretch], texts: Iterable[Stretch]) -> list[Stretch]:
    """The parts of the stretches that no text covers."""
    parts = []
    for start, end in stretches:
        at = start
        for text in sorted(texts):
            if text.end > at and text.start < end:
                parts.append(Stretch(at, text.start))
                at = text.end
        parts.append(Stretch(at, end))
    return [part for part in parts if part.end > part.start]


def _gap(start: float, end: float, reason: str) -> Gap:
    return Gap(start=round(start, DIGITS), end=round(end, DIGITS), reason=reason)
