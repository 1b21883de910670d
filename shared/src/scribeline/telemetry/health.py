"""`/healthz`, `/readyz` and `/metrics`, as routes for a web service and as a tiny server for a worker."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CHECK_SECONDS = 2.0
"""A dependency that takes longer to answer a ping is not ready."""

Check = Callable[[], Awaitable[None]]
"""Returns when all is well, raises when not."""

log = structlog.get_logger(__name__)


def health_app(checks: Mapping[str, Check], alive: Mapping[str, Check] | None = None) -> Starlette:
    """The three routes as an application of its own. Parameters as of `health_routes`."""
    return Starlette(routes=health_routes(checks, alive))


def health_routes(checks: Mapping[str, Check], alive: Mapping[str, Check] | None = None) -> list[Route]:
    """The three routes, to be added to any Starlette or FastAPI application.

    `checks` decide `/readyz`, `alive` decides `/healthz` (by default it always answers 200). A check that
    raises or takes longer than 2 s makes it 503; the answer names it, the log says why.
    """

    async def healthz(_request: Request) -> Response:
        return await _answer(alive or {})

    async def readyz(_request: Request) -> Response:
        return await _answer(checks)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def _answer(checks: Mapping[str, Check]) -> Response:
    verdicts = await run_checks(checks)
    failed = any(verdict != "ok" for verdict in verdicts.values())
    return JSONResponse(
        {"status": "unavailable" if failed else "ok", "checks": verdicts},
        status_code=503 if failed else 200,
        headers={"cache-control": "no-store"},
    )


async def run_checks(checks: Mapping[str, Check]) -> dict[str, str]:
    """Run all checks at once. Name -> `ok`, `timed out` or `failed: <exception's class>`; never raises."""
    outcomes = await asyncio.gather(*map(_limited, checks.values()), return_exceptions=True)
    verdicts = {}
    for name, error in zip(checks, outcomes, strict=True):
        verdicts[name] = _verdict(error)
        if error is not None:
            log.warning("check failed", check=name, error=error)
    return verdicts


async def _limited(check: Check) -> None:
    async with asyncio.timeout(CHECK_SECONDS):
        await check()


def _verdict(error: BaseException | None) -> str:
    match error:
        case None:
            return "ok"
        case TimeoutError():
            return "timed out"
        case _:
            return f"failed: {type(error).__name__}"  # the class only: texts may name hosts and users


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process that embeds it has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_health(
    app: Starlette, host: str, port: int, *, bound: Callable[[int], None] | None = None
) -> None:
    """Serve on the running loop until cancelled; closes its connections before it lets go.

    Port 0 takes a free one. The port is logged, and given to `bound` once it listens. Raises OSError when
    the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        server = Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="health")
        log.info("health listening", host=host, port=port)
        if bound is not None:
            bound(port)
        try:
            # cancelling uvicorn itself would leave its connections open: ask it to leave instead
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving
