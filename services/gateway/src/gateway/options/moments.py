"""Places in a recording and moments in time, as people write them."""

import re
from datetime import UTC, datetime, timedelta

LONGEST = 1_000_000.0
"""Seconds (eleven days): beyond what any recording has, and exact in every unit of time on the way."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AHEAD = timedelta(days=1)
"""Clocks go wrong, and a date without an offset is read as UTC."""

_SECONDS = re.compile(r"\d{1,8}(?:\.\d{1,9})?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,3}):(?=\d\d:))?(\d{1,3}):([0-5]\d(?:\.\d{1,9})?)", re.ASCII)
_LOST_PLUS = re.compile(r"(:\d\d(?:\.\d{1,9})?) (\d\d:?\d\d)$", re.ASCII)
"""A `+` that a query string turned into a space: 2026-11-21T14:30:00 01:00."""


def seconds_of(text: str) -> float:
    """`90`, `90.5`, `1:30`, `01:30.500` or `1:01:30` in seconds. Raises ValueError."""
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        if hours is not None and int(minutes) > 59:
            raise ValueError("has more than 59 minutes beside its hours")
        value = int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
    elif _SECONDS.fullmatch(text):
        value = float(text)
    else:
        raise ValueError("must be seconds like 90.5, or a time like 1:30 or 01:01:30.500")
    if value > LONGEST:
        raise ValueError(f"must be at most {LONGEST:.0f} seconds")
    return value


def moment_of(text: str, now: datetime) -> datetime:
    """An ISO 8601 moment, with its offset; without one it is in UTC. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text.strip()))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    except ValueError:
        raise ValueError("must be a moment in ISO 8601, like 2026-11-21T14:30:00+01:00") from None
    if (moment.utcoffset() or MINUTE) % MINUTE:
        raise ValueError("has an offset that is not in whole minutes")
    if moment < EARLIEST:
        raise ValueError("is before 1970")
    if moment > now + AHEAD:
        raise ValueError("is more than a day in the future")
    return moment
