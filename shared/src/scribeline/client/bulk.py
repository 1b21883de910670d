"""The same for many jobs: one request after the other, until all that are meant were looked at."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_jsonable_python

from scribeline.client.errors import Refused, Unreachable
from scribeline.client.following import Absence, Now
from scribeline.client.reading import answer
from scribeline.client.steps import Call, Plan, path
from scribeline.contracts.api.bulk import BulkAction, BulkResult
from scribeline.contracts.codes import Code

FIRST = 100
"""Jobs that are named in a result."""


def body_of(action: BulkAction, filters: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """What is asked of the server, for the first jobs."""
    named = {name: value for name, value in filters.items() if value is not None}
    lists = {name: [named[name]] for name in ("status", "tag") if isinstance(named.get(name), str)}
    told = {name: value for name, value in given.items() if value}
    body: dict[str, Any] = to_jsonable_python({"action": action, "filter": named | lists, **told})
    return body


def change(body: dict[str, Any], now: Now) -> Plan[BulkResult]:
    """All of them, as one result. Where the server stops in the middle because the store or the database is
    away, and where it goes away itself, it is waited for; but jobs are not run again twice."""
    absence = Absence(now)
    told: BulkResult = yield _asked(body)
    while told.next is not None:
        if told.interrupted:
            yield absence.pause()
        try:
            more: BulkResult = yield _asked({**body, "cursor": str(told.next)})
        except (Unreachable, Refused) as error:
            if body["action"] == "rerun" and not _nothing_was_done(error):
                raise
            absence.bear(error)
            yield absence.pause()
        else:
            absence.over()
            told = _both(told, more)
    return told


def _asked(body: dict[str, Any]) -> Call[BulkResult]:
    return Call("POST", path("jobs", "bulk"), answer(BulkResult), json=body)


def _nothing_was_done(error: Unreachable | Refused) -> bool:
    """The server said so itself."""
    return isinstance(error, Refused) and error.code is not None


def _both(before: BulkResult, after: BulkResult) -> BulkResult:
    skipped: Counter[Code] = Counter(before.skipped)
    skipped.update(after.skipped)
    return after.model_copy(
        update={
            "changed": before.changed + after.changed,
            "skipped": dict(skipped),
            "jobs": [*before.jobs, *after.jobs][:FIRST],
        }
    )
