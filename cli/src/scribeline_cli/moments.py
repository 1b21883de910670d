"""Times as people type them, `2h` ago or a date; durations; and times as people read them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
UNITS = ("weeks", "days", "hours", "minutes", "seconds")
FORMS = "2h, 30m, 7d or 2026-11-22T10:00Z"


def moment(given: str, now: datetime | None = None) -> datetime:
    """In UTC. How long ago, or an ISO 8601 date or time, which is this machine's where it names no zone.

    Raises BadParameter.
    """
    try:
        ago = _span(given)
        if ago is not None:
            return (now or datetime.now(UTC)) - ago
        return datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{given!r} is no time such as {FORMS}") from None


def duration(given: str) -> timedelta:
    """Raises BadParameter."""
    try:
        span = _span(given)
    except OverflowError:
        span = None
    if span is None:
        raise typer.BadParameter(f"{given!r} is no duration such as 30m, 24h or 0s")
    return span


def _span(given: str) -> timedelta | None:
    """None for what is no duration. Raises OverflowError."""
    found = DURATION.fullmatch(given)
    if not given or found is None:
        return None
    counts = (int(count or 0) for count in found.groups())
    return timedelta(**dict(zip(UNITS, counts, strict=True)))


def clock_time(told: str) -> str:
    """A server's time on this machine's clock, to the second; as it stands where it is none."""
    try:
        return f"{datetime.fromisoformat(told).astimezone():%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return told


def day_or_time(told: str, today: str | None = None) -> str:
    """The same in five characters: the time of today, the day otherwise."""
    whole = clock_time(told)
    if whole == told:
        return told
    return whole[11:16] if whole[:10] == (today or f"{datetime.now():%Y-%m-%d}") else whole[5:10]  # noqa: DTZ005 - of this machine


SINCE = typer.Option("--since", parser=moment, metavar="TIME", help=f"From then on: {FORMS}.")
Since = Annotated[datetime | None, SINCE]
Until = Annotated[
    datetime | None,
    typer.Option("--until", parser=moment, metavar="TIME", help="Up to then; else up to now."),
]
