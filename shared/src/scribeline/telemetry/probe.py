"""`python -m scribeline.telemetry.probe`: a container's health check, which asks its own process.

It runs every few seconds beside the service, so it reads two variables itself and imports nothing heavy.
"""

import http.client
import os
import sys
from collections.abc import Mapping

SECONDS = 4.0
"""More than checks behind `/healthz` may take (`health.CHECK_SECONDS`), less than the image allows."""
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - nothing is bound
"""Addresses to listen on that are none to ask, and where such a server is reached."""


def main() -> None:
    """End with 0 when `/healthz` answers 200, else with 1 and a sentence on stderr."""
    sys.exit(trouble(*address(os.environ)))


def address(environment: Mapping[str, str]) -> tuple[str, int]:
    """Host and port of the process: a worker's health server's where it has a port, else the gateway's."""
    kind = "HEALTH" if environment.get("SCRIBELINE_HEALTH_PORT") else "HTTP"
    host = environment.get(f"SCRIBELINE_{kind}_HOST", "")
    return EVERYWHERE.get(host, host), int(environment.get(f"SCRIBELINE_{kind}_PORT") or 8000)


def trouble(host: str, port: int) -> str | None:
    """One sentence, or None when all is well."""
    if port == 0:
        return "SCRIBELINE_HEALTH_PORT is 0, a port that nobody knows: give it a number."
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return None if answer.status == 200 else f"/healthz answers {answer.status}: {answer.read(500)!r}"
    except (OSError, http.client.HTTPException) as error:
        return f"{host}:{port} does not answer: {error!r}"
    finally:
        connection.close()


if __name__ == "__main__":
    main()
