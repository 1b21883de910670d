"""How fast the other side sends, by the time spent waiting for it: a store that is slow is not its fault."""

from dataclasses import dataclass


@dataclass
class Pace:
    least: float
    """Bytes per second."""
    grace: float
    """Seconds of waiting before it counts."""
    waited: float = 0.0
    received: int = 0

    def came(self, size: int, seconds: float) -> None:
        self.received += size
        self.waited += seconds

    @property
    def too_slow(self) -> bool:
        return self.waited > self.grace and self.received < self.least * self.waited
