"""What a transcript leaves out: pure rules. Gaps are in seconds on the file's own clock."""

from collections.abc import Iterable, Sequence

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import SAMPLE_RATE, Gap, Piece
from transcriber.cutting import Span
from transcriber.excerpt import Excerpt

REPORTED_SILENCE = 2 * SAMPLE_RATE
"""Shorter stretches without speech are pauses, not gaps."""
DIGITS = 3
MISSING_SECONDS = 2.0
MISSING_SHARE = 0.02
"""What a file may lack of its stated length and still be whole: encoders' delays, a last block left out."""
REST_SECONDS = 0.1
"""What is left of a gap beside another one is told from this length on."""
ROOM = 248 * 1024
"""Bytes of JSON for the pieces and gaps of one plan. A result has 256 KiB (`messaging.reply.MAX_RESULT`), and
all else of it takes less than 2."""


def silences(pieces: Sequence[Piece], total: int, start: float = 0.0) -> tuple[Gap, ...]:
    """Stretches worth mentioning of `total` samples that no piece of any channel covers; the first sample is
    second `start`."""
    found, heard = list[Span](), 0
    for first, last in (*sorted(Span(p.first, p.last) for p in pieces), Span(total, total)):
        if first - heard >= REPORTED_SILENCE or (not pieces and total):
            found.append(Span(heard, first))
        heard = max(heard, last)
    return tuple(
        Gap(start=_seconds(first, start), end=_seconds(last, start), reason="silence")
        for first, last in found
    )


def broken_off(samples: int, stated: float | None, excerpt: Excerpt) -> tuple[Gap, ...]:
    """What is missing at the end of an excerpt of which `samples` were heard, where the file states its
    length in seconds."""
    missing = excerpt.lacks(samples, stated)
    if stated is None or missing <= max(MISSING_SECONDS, MISSING_SHARE * stated):
        return ()
    end = _seconds(samples, excerpt.start)
    return (Gap(start=end, end=round(end + missing, DIGITS), reason="truncated"),)


def on_the_clock(gaps: Iterable[Gap], start: float, speaker: str | None) -> tuple[Gap, ...]:
    """Gaps that counted from their piece, moved to where it starts, of the channel that it is of."""
    return tuple(
        gap.model_copy(
            update={
                "start": round(gap.start + start, DIGITS),
                "end": round(gap.end + start, DIGITS),
                "speaker": speaker,
            }
        )
        for gap in gaps
    )


def beside(gaps: Iterable[Gap], told: Iterable[Gap]) -> tuple[Gap, ...]:
    """The parts of gaps that are not `told` already, nor by another of them, of that speaker or of all."""
    kept: list[Gap] = []
    for gap in gaps:
        known = [other for other in (*told, *kept) if other.speaker in (None, gap.speaker)]
        kept += _rests(gap, known)
    return tuple(kept)


def _rests(gap: Gap, known: Sequence[Gap]) -> list[Gap]:
    rests, at = list[Gap](), gap.start
    for other in (*sorted(known, key=lambda g: g.start), Gap(start=gap.end, end=gap.end, reason="")):
        end = min(other.start, gap.end)
        if end > at and end - at >= min(REST_SECONDS, gap.end - gap.start):
            rests.append(gap.model_copy(update={"start": at, "end": end}))
        at = max(at, other.end)
    return rests


def fitting(pieces: Iterable[Piece], gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The gaps that a plan of these pieces has room for in its one message: the longest, where they are very
    many. Raises Fail(AUDIO_TOO_LONG) where not even the pieces have."""
    room = ROOM - sum(map(_bytes, pieces))
    if room < 0:
        raise Fail(Code.AUDIO_TOO_LONG, "The recording has more pieces than one job can hold: send parts.")
    kept = []
    for gap in sorted(gaps, key=lambda gap: gap.start - gap.end):
        room -= _bytes(gap)
        if room < 0:
            break
        kept.append(gap)
    return tuple(sorted(kept, key=lambda gap: gap.start))


def _bytes(item: Piece | Gap) -> int:
    return len(item.model_dump_json(exclude_none=True)) + len(",")


def _seconds(samples: int, start: float) -> float:
    return round(start + samples / SAMPLE_RATE, DIGITS)
