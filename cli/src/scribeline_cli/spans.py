"""What a job's units spent their time on, out of a timeline's answer. Moments are seconds since 1970."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from itertools import pairwise
from typing import Any

from scribeline_cli.views import child, number, text


class Phase(IntEnum):
    """In the order of what counts where several units do different things at once."""

    WORK = 0
    PUT_OFF = 1
    """An attempt had failed, or something was away: to be tried again."""
    QUEUE = 2
    SENT = 3
    """In a queue or at work: nobody told yet, or ever."""
    WINDOW = 4
    """Until its tenant has fewer units under way."""
    STORING = 5
    """Its result is on its way."""


@dataclass(frozen=True)
class Span:
    phase: Phase
    start: float
    end: float


@dataclass(frozen=True)
class Unit:
    """One unit as it is drawn."""

    stage: str
    index: int
    status: str
    taken_over: bool
    attempts: int
    error: str
    spans: tuple[Span, ...]

    @property
    def name(self) -> str:
        return f"{self.stage}/{self.index}"

    @property
    def end(self) -> float:
        return max((span.end for span in self.spans), default=0.0)

    def seconds(self, *phases: Phase) -> float:
        return sum(span.end - span.start for span in self.spans if span.phase in phases)

    @classmethod
    def of(cls, raw: dict[str, Any], now: float) -> "Unit":
        error = child(raw, "error")
        taken_over = raw.get("taken_over") is True
        return cls(
            stage=text(raw, "stage"),
            index=int(number(raw, "index") or 0),
            status=text(raw, "status"),
            taken_over=taken_over,
            attempts=int(number(raw, "attempts") or 1),
            error=": ".join(filter(None, (text(error, "code"), text(error, "message")))),
            spans=() if taken_over else tuple(_spans(raw, now)),
        )


def moment(raw: dict[str, Any], key: str) -> float | None:
    """None where it is null, absent or no moment."""
    try:
        return datetime.fromisoformat(text(raw, key)).timestamp()
    except (ValueError, OverflowError):
        return None


def _spans(raw: dict[str, Any], now: float) -> Iterable[Span]:
    created, sent, began = moment(raw, "created_at"), moment(raw, "released_at"), moment(raw, "began_at")
    end = moment(raw, "finished_at") or now
    if created is None:
        return
    put_off = moment(raw, "put_off_at")
    worked = None if began is None else min(end, began + (number(raw, "handled_seconds") or 0.0))
    steps: list[tuple[Phase, float | None]] = [(Phase.WINDOW, created)]
    if sent is not None:
        steps.append((Phase.SENT if began is None else Phase.QUEUE, sent))
        if put_off is not None and sent <= put_off <= (end if began is None else began):
            steps.append((Phase.PUT_OFF, put_off))
        steps += [(Phase.WORK, began), (Phase.STORING, worked)]
    begins = [(phase, at) for phase, at in steps if at is not None]
    ends = [at for _, at in begins[1:]] + [end]
    yield from (
        Span(phase, start, stop) for (phase, start), stop in zip(begins, ends, strict=True) if stop >= start
    )


def spent(units: Sequence[Unit], start: float, end: float) -> dict[Phase | None, float]:
    """Seconds of each phase between these moments: at each one, that of the unit whose phase counts most;
    None where none had any."""
    edges = sorted(
        {start, end, *(at for unit in units for span in unit.spans for at in (span.start, span.end))}
    )
    changes = sorted(
        (at, step, span.phase)
        for unit in units
        for span in unit.spans
        for at, step in ((span.start, 1), (span.end, -1))
    )
    found: dict[Phase | None, float] = defaultdict(float)
    here: Counter[Phase] = Counter()
    place = 0
    for at, following in pairwise(edges):
        while place < len(changes) and changes[place][0] <= at:
            here[changes[place][2]] += changes[place][1]
            place += 1
        if at >= start and following <= end:
            found[min((phase for phase, count in here.items() if count > 0), default=None)] += following - at
    return dict(found)


def at_once(units: Sequence[Unit]) -> int:
    """How many were at work at the same time, at most."""
    works = [span for unit in units for span in unit.spans if span.phase is Phase.WORK]
    changes = sorted((at, step) for span in works for at, step in ((span.start, 1), (span.end, -1)))
    most = here = 0
    for _, step in changes:
        here += step
        most = max(most, here)
    return most
