"""Where a recording is cut: pure rules from stretches of speech to pieces. All in samples."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from scribeline.contracts.transcription import SAMPLE_RATE, Piece

PAD = SAMPLE_RATE * 2 // 5
"""Silence kept around speech, where there is some: soft onsets lie before what a VAD calls speech
(0.4 s, as faster-whisper's own speech_pad_ms)."""
MAX_PIECES = 4900
"""Of one plan that is always small enough for its message (`gaps.ROOM`): at most 51 bytes each, where the
recording is not split. More than ten hours in pieces of 15 s."""


class Span(NamedTuple):
    """Samples [first, last)."""

    first: int
    last: int


def cut(speech: Sequence[Span], total: int, limit: int) -> tuple[Piece, ...]:
    """Pieces of at most `limit` samples that cover all of `speech`, ordered and disjoint, within [0, total).

    Each is filled as far as possible and ends at the longest silence of its second half, so that units are
    few and no word is cut. Only speech longer than a piece is cut where it has no silence.
    """
    stretches = [part for span in speech for part in _split(span, limit)]
    groups: list[Span] = []
    begin = 0
    while begin < len(stretches):
        end = _end_of_group(stretches, begin, limit)
        groups.append(Span(stretches[begin].first, stretches[end - 1].last))
        begin = end
    return tuple(
        Piece(index=i, first=span.first, last=span.last)
        for i, span in enumerate(_padded(groups, total, limit))
    )


def most_pieces(seconds: float, piece_seconds: float) -> int:
    """Into how many pieces a recording may be cut: any two neighbours together are longer than one may be."""
    return math.ceil(2 * seconds / piece_seconds) + 1


def cut_channels(speech: Sequence[Sequence[Span]], total: int, limit: int) -> tuple[Piece, ...]:
    """Pieces of each channel by itself, numbered in the order of the recording: what is said first is
    transcribed first, on whatever channel."""
    found = [
        piece.model_copy(update={"channel": channel})
        for channel, spans in enumerate(speech)
        for piece in cut(spans, total, limit)
    ]
    found.sort(key=lambda piece: (piece.first, piece.channel))
    return tuple(piece.model_copy(update={"index": index}) for index, piece in enumerate(found))


def _split(span: Span, limit: int) -> list[Span]:
    """Equal parts of at most `limit`; nearly always the span itself."""
    length = span.last - span.first
    count = -(-length // limit)
    borders = [span.first + length * i // count for i in range(count + 1)]
    return [Span(first, last) for first, last in pairwise(borders)]


def _end_of_group(stretches: Sequence[Span], begin: int, limit: int) -> int:
    """Index after the last stretch of the group that starts at `begin`."""
    start = stretches[begin].first
    fits = begin + 1
    while fits < len(stretches) and stretches[fits].last - start <= limit:
        fits += 1
    if fits == len(stretches):
        return fits
    late = [end for end in range(begin + 1, fits + 1) if stretches[end - 1].last - start >= limit // 2]
    # of equally long silences the last one: fewer pieces
    return max(late or [fits], key=lambda end: (stretches[end].first - stretches[end - 1].last, end))


def _padded(groups: Sequence[Span], total: int, limit: int) -> list[Span]:
    """Each group with silence on both sides: up to PAD, half of what lies between two, within the limit."""
    result: list[Span] = []
    for i, group in enumerate(groups):
        before = group.first - groups[i - 1].last if i else group.first * 2
        after = groups[i + 1].first - group.last if i + 1 < len(groups) else (total - group.last) * 2
        room = (limit - (group.last - group.first)) // 2
        left, right = min(PAD, before // 2, room), min(PAD, after // 2, room)
        result.append(Span(group.first - left, group.last + right))
    return result
