"""A media file's own clock, by the timestamps of its frames."""

from av.audio.frame import AudioFrame

JITTER_SECONDS = 0.1
"""Timestamps that differ less are noise: aresample's default for a hard compensation (min_hard_comp)."""
MAX_HOLE_SECONDS = 3600.0
"""Silence filled in at one place. A larger jump is a broken timestamp: the clock goes on from there."""


class Clock:
    """Says how many samples of silence go before a frame, so that sample n is second n / rate of the file."""

    def __init__(self, origin: float, rate: int) -> None:
        self._origin, self._rate = origin, rate
        self._heard = 0.0

    def hole_before(self, frame: AudioFrame) -> int:
        """Samples missing before this frame; counts the frame as heard. Overlaps drop nothing."""
        missing = 0.0
        if frame.pts is not None and frame.time_base is not None:
            missing = float(frame.pts * frame.time_base) - self._origin - self._heard
        if missing > MAX_HOLE_SECONDS:
            self._origin += missing
            missing = 0.0
        missing = missing if missing > JITTER_SECONDS else 0.0
        self._heard += missing + frame.samples / frame.sample_rate
        return round(missing * self._rate)
