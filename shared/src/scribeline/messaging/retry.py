"""What becomes of a failed message: a policy is data, the decision is a pure function."""

from dataclasses import dataclass

from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.contracts.unit import Error, Handled, Outcome
from scribeline.messaging.topology import RETRY_DELAYS


@dataclass(frozen=True)
class Result:
    """The handler answered."""

    outcome: Outcome


@dataclass(frozen=True)
class Failed:
    """The input's fault: a `unit_failed` result, no dead letter."""

    error: Error
    handled: Handled | None = None


@dataclass(frozen=True)
class Retry:
    """Set aside for `delay` seconds; then attempt `attempt`."""

    delay: int
    attempt: int
    reason: str


@dataclass(frozen=True)
class Dead:
    """Set aside for an operator."""

    reason: str


@dataclass(frozen=True)
class Pause:
    """A dependency is away: no attempt is counted."""

    dependency: str


Decision = Result | Failed | Retry | Dead | Pause


@dataclass(frozen=True)
class RetryPolicy:
    """The ladder of delays in seconds; each must be one of `topology.RETRY_DELAYS`."""

    delays: tuple[int, ...] = (10, 60, 600, 3600)

    def __post_init__(self) -> None:
        unknown = set(self.delays) - set(RETRY_DELAYS)
        if unknown:
            raise ValueError(f"there is no retry queue for {sorted(unknown)} s")

    def decide(self, error: Exception, attempt: int) -> Decision:
        """`attempt` counts from 1: the one that just failed."""
        match error:
            case Fail(code=code, message=message):
                return Failed(Error.of(code, message))
            case DependencyDown(dependency=dependency):
                return Pause(dependency)
        reason = f"{type(error).__name__}: {error}"[:500]
        if attempt > len(self.delays):
            return Dead(reason)
        return Retry(self.delays[attempt - 1], attempt + 1, reason)


LADDER = RetryPolicy()
LLM_LADDER = RetryPolicy((2, 4, 6, 10, 60, 600, 3600))
"""An LLM server that stumbles is back within seconds."""
