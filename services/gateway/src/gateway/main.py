"""The gateway process: settings -> adapters -> app, its relay, and a clean stop."""

import asyncio
import logging
import socket
from functools import partial
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from gateway.app import create_app
from gateway.auth import KeyRing
from gateway.broker_view import AmqpView
from gateway.connections import bounded
from gateway.context import Gateway
from gateway.framing import HEAD_MAX
from gateway.hub import Hub
from gateway.preparing import Preparation
from gateway.records import PostgresRecords
from gateway.settings import GatewaySettings
from scribeline.language_model import trouble
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.service import stop_on_signals
from scribeline.messaging.tap import Tap
from scribeline.relay import Relay
from scribeline.settings import load
from scribeline.storage.database import Database
from scribeline.storage.s3 import S3Store
from scribeline.telemetry import spans
from scribeline.telemetry.health import Server
from scribeline.telemetry.logging import configure
from scribeline.telemetry.metrics.build import build_info

NAME = "gateway"
ABORT_SECONDS = 10.0

log = structlog.get_logger(__name__)


def main() -> None:
    settings = load(GatewaySettings)
    configure(NAME, settings.log_level)
    logging.captureWarnings(capture=True)
    build_info(NAME)
    spans.export(NAME, settings)
    try:
        asyncio.run(run(settings))
    finally:
        spans.close()


async def run(settings: GatewaySettings) -> None:
    """Serve until SIGTERM or SIGINT; uploads under way get the shutdown budget to end.

    Signals and probes are answered from the beginning, whatever the process still waits for.
    """
    stop = stop_on_signals()
    database = Database(
        settings.database_url.get_secret_value(),
        settings.database_pool,
        settings.database_role,
        settings.certificates,
    )
    store = S3Store(settings)
    broker = Broker.of(settings, NAME)
    publisher = Publisher(broker, NAME)
    relay = Relay(database, publisher)
    records = PostgresRecords(database, window=settings.window, committed=relay.wake)
    ring = KeyRing(
        settings.key_secret.get_secret_value(), records.find_key, cache_seconds=settings.key_cache_seconds
    )
    try:
        preparation = Preparation(settings, store, records, ring)
        view = AmqpView(broker, settings.amqp_management_url.get_secret_value())
        model = partial(trouble, settings)
        gateway = Gateway(
            settings, store, records, ring, view, model, database, relay.wake, preparation.check
        )
        tap = Tap(broker, NAME, gateway.hub.hear, gateway.hub.missed)
        await _serve(create_app(gateway), settings, stop, preparation, relay, tap, gateway.hub)
    finally:
        await publisher.close()
        await database.close()
        store.close()


async def _serve(
    app: FastAPI,
    settings: GatewaySettings,
    stop: asyncio.Event,
    preparation: Preparation,
    relay: Relay,
    tap: Tap,
    hub: Hub,
) -> None:
    relay_stop = asyncio.Event()
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    with socket.create_server((settings.http_host, settings.http_port), family=family) as listener:
        server = Server(_config(app, settings))
        preparing = asyncio.create_task(preparation.run(), name="preparation")
        relaying = asyncio.create_task(relay.run(relay_stop), name="relay")
        listening = asyncio.create_task(tap.run(relay_stop), name="events")
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
        stopped = asyncio.create_task(stop.wait(), name="signals")
        log.info("listening", host=settings.http_host, port=listener.getsockname()[1])
        # A relay that ends by itself has failed: nothing would be sent any more, so the process ends.
        parts = [stopped, relaying, listening, serving]
        await _until_one_ends(parts, preparing)
        stopped.cancel()
        server.should_exit = True
        hub.close()
        await serving
        await _let_uploads_abort(server)
        relay_stop.set()
        await asyncio.gather(relaying, listening)
        if not preparing.cancel():
            preparing.result()


async def _until_one_ends(parts: list[asyncio.Task[Any]], preparing: asyncio.Task[None]) -> None:
    """Or the preparation fails, such as for a key file that holds none; that it is done is no end."""
    await asyncio.wait([preparing, *parts], return_when=asyncio.FIRST_COMPLETED)
    if preparing.done() and preparing.exception() is None:
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)


async def _let_uploads_abort(server: uvicorn.Server) -> None:
    """Requests that outlived the budget are cancelled, and take their parts out of the store."""
    if server.server_state.tasks:
        await asyncio.wait(server.server_state.tasks, timeout=ABORT_SECONDS)


def _config(app: FastAPI, settings: GatewaySettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        http=bounded(settings.head_seconds),
        h11_max_incomplete_event_size=HEAD_MAX,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
    )


if __name__ == "__main__":
    main()
