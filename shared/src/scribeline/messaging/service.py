"""Running a service: signals, logs, health and its consumers, from start to a clean stop."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog

from scribeline.messaging.consumer import Consumer
from scribeline.settings import HealthSettings
from scribeline.telemetry import spans
from scribeline.telemetry.health import Check, health_app, serve_health
from scribeline.telemetry.logging import configure
from scribeline.telemetry.metrics.build import build_info

log = structlog.get_logger(__name__)

Runnable = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set."""

GRACE_SECONDS = 10.0
"""Beyond the budget, for closing connections."""


def run_service(
    name: str,
    settings: HealthSettings,
    build: Callable[[], Awaitable[tuple[Sequence[Consumer], Sequence[Runnable]]]],
    checks: Mapping[str, Check] | None = None,
) -> None:
    """Build the consumers in a running loop, run them until SIGTERM or SIGINT, then leave. `build` may add to
    `checks`, which are asked beside the consumers' own."""
    configure(name, settings.log_level)
    logging.captureWarnings(capture=True)
    build_info(name)
    spans.export(name, settings)
    asyncio.run(_to_the_end(_run(name, settings, build, {} if checks is None else checks)))


async def _to_the_end(running: Coroutine[Any, Any, None]) -> None:
    """Run, then end the process at once: a unit's thread that outlived its budget would keep it alive,
    and what it works on is delivered again."""
    status = 0
    try:
        await running
    except BaseException:  # the process ends here, with the reason in its log
        log.critical("failed", exc_info=True)
        status = 1
    spans.close()
    sys.stdout.flush()
    os._exit(status)


async def _run(
    name: str,
    settings: HealthSettings,
    build: Callable[[], Awaitable[tuple[Sequence[Consumer], Sequence[Runnable]]]],
    checks: Mapping[str, Check],
) -> None:
    stop = stop_on_signals()
    consumers, others = await build()
    ready = {consumer.name: consumer.check for consumer in consumers}
    app = health_app({**ready, **checks})
    health = asyncio.create_task(serve_health(app, settings.health_host, settings.health_port))
    runs = [asyncio.ensure_future(run(stop)) for run in (*(c.run for c in consumers), *others)]
    log.info("started", service=name)
    try:
        await _until(stop, [*runs, health])
        log.info("stopping", budget_seconds=settings.shutdown_seconds)
        await asyncio.wait(runs, timeout=settings.shutdown_seconds + GRACE_SECONDS)
    finally:
        health.cancel()
        with suppress(asyncio.CancelledError):
            await health


async def _until(stop: asyncio.Event, tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Returns once `stop` is set. A task that ends before has failed: raise what it raised."""
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in tasks:
        if task.done():
            task.result()
    if not stop.is_set():
        raise RuntimeError("a part of the service ended by itself")


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
