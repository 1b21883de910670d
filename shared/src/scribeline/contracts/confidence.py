"""How sure a transcript is of itself."""

from collections.abc import Iterable


def overall(segments: Iterable[tuple[float, float]]) -> float | None:
    """Of a whole transcript, 0..1: the mean of its segments' confidence, weighted by their seconds.

    `segments` are (seconds, confidence); a segment's confidence is exp(avg_logprob), see `Segment`. None when
    there are none. A segment without length counts as one of 10 ms. It says how sure the model was, not how
    right: it is no probability that a word is correct.
    """
    weight = total = 0.0
    for seconds, confidence in segments:
        weight += max(seconds, 0.01)
        total += max(seconds, 0.01) * confidence
    return round(total / weight, 4) if weight else None
