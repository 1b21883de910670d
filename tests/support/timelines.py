"""Timelines as the gateway tells them, made of a few numbers: seconds since a job was accepted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from scribeline.contracts.api.timeline import TimelineView, UnitTimes
from tests.support.fake_gateway import JOB

BEGAN = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def at(seconds: float | None) -> Any:
    return None if seconds is None else BEGAN + timedelta(seconds=seconds)


def unit(
    stage: str,
    index: int = 0,
    *,
    created: float = 0.0,
    released: float | None = 0.0,
    put_off: float | None = None,
    began: float | None = None,
    took: float | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Done when it was handled, unless `status` or `ended` says otherwise."""
    ended = more.pop("ended", None if began is None or took is None else began + took)
    told: dict[str, Any] = {
        "stage": stage,
        "index": index,
        "status": "done",
        "taken_over": False,
        "handed_back": False,
        "created_at": at(created),
        "releases": 1,
        "released_at": at(released),
        "attempts": None if began is None else 1,
        "put_off_at": at(put_off),
        "began_at": at(began),
        "handled_seconds": took,
        "processing_seconds": took,
        "finished_at": at(ended),
        "error": None,
        **more,
    }
    return UnitTimes.model_validate(told).model_dump(mode="json")


def timeline(*units: dict[str, Any], ended: float | None = None, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "job": JOB,
        "run": 1,
        "runs": 1,
        "status": "transcribing" if ended is None else "completed",
        "error": None,
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "accepted_at": BEGAN,
        "accepted_by": "gateway",
        "input_run": None,
        "started_at": None,
        "transcribed_at": None,
        "finished_at": at(ended),
        "at": at(more.pop("now", ended)),
        "duration": None,
        "unsent": 0,
        "stages": [],
        "units": list(units),
        "next": None,
        "joins": [],
        "announcements": [],
        "deliveries": [],
        "missing": [],
        **more,
    }
    return TimelineView.model_validate(told).model_dump(mode="json")


def ten_hours() -> dict[str, Any]:
    """600 pieces by four workers, of which one failed and one was put off; then parts, and their merges."""
    units = [unit("plan", began=0.4, took=95.0)]
    for n in range(600):
        begins = 96.0 + (n // 4) * 22 + n % 4
        units.append(unit("chunk", n, created=96, released=max(96.0, begins - 170), began=begins, took=20.0))
    died = {"code": "unit_died", "message": "It failed again and again.", "retryable": True}
    units[77] |= {"status": "failed", "attempts": 5, "error": died, "put_off_at": units[77]["began_at"]}
    late = unit("chunk", 300, created=96, released=1500, put_off=1560, began=3900, took=21.0, attempts=3)
    units[301] = late
    parts = {"created": 3922, "released": 3922, "took": 7.5}
    units += [unit("analyze", n, began=3922 + n * 8, **parts) for n in range(12)]
    units += [unit("merge", n, created=4018, released=4018, began=4018 + n, took=0.9) for n in range(4)]
    joins = [
        {"kind": "transcript", "at": at(3922), "units": 600, "last_stage": "chunk", "last_index": 300},
        {"kind": "report", "at": at(4022), "units": 12, "last_stage": "merge", "last_index": 3},
    ]
    return timeline(*units, ended=4022.5, joins=joins, duration=36_000.0)
