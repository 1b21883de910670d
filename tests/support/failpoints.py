"""A service's own process that kills itself at a named point, the first time it comes there.

`python -m tests.support.failpoints SERVICE POINT MARK`: MARK is the file that says it was there.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from deploy.local.services import MODULES

RELAYS = {
    "after_commit_before_publish": "scribeline.relay:Publisher.publish",
    "after_publish_before_mark": "scribeline.relay:outbox.sent",
}
POINTS: dict[str, dict[str, str]] = {
    "gateway": {
        "after_store_before_commit": "scribeline.storage.jobs:release",
        "after_commit_before_answer": "scribeline.relay:Relay.wake",
        **RELAYS,
    },
    "result-writer": {
        "inside_a_batch": "result_writer.handler:results.store_segments",
        "after_commit_before_ack": "scribeline.messaging.batch_worker:ack",
        **RELAYS,
    },
    "transcriber": {
        "inside_a_unit": "transcriber.short:_transcribed",
        "after_result_before_ack": "scribeline.messaging.worker:ack",
    },
    "analyzer": {
        "inside_a_unit": "analyzer.extractive:report",
        "after_result_before_ack": "scribeline.messaging.worker:ack",
    },
    "notifier": {
        "after_commit_before_ack": "scribeline.messaging.batch_worker:ack",
    },
}
"""Service -> point -> the function before which it dies. `release` is the last that a birth's transaction
does, and `store_segments` comes after the rows of outcomes."""
DELIVERING = {"after_answer_before_settling": "notifier.deliverer:settle"}
"""Points of the notifier where it comes only when there are webhooks."""


def arm(function: str, mark: Path) -> None:
    """From now on this process dies where it would call that function, unless the mark is there."""
    place, _, name = function.rpartition(".") if "." in function.split(":")[1] else function.partition(":")
    setattr(resolve_name(place), name, _dying(getattr(resolve_name(place), name), mark))


def _dying(function: Callable[..., Any], mark: Path) -> Callable[..., Any]:
    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **named)

    return call


if __name__ == "__main__":
    service, point, mark = sys.argv[1:]
    main = import_module(MODULES[service]).main
    arm({**POINTS[service], **DELIVERING}[point], Path(mark))
    main()
