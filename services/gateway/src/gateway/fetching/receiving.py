"""`POST /v1/jobs` with the recording's address."""

from pathlib import PurePosixPath
from typing import Any

from starlette.requests import Request

from gateway.fetching.fetcher import Fetcher
from gateway.fetching.troubles import FIELD
from gateway.leaving import or_left
from gateway.lookups import LookUp
from gateway.options.fields import parse_options
from gateway.options.json_fields import fields_of
from gateway.problems import invalid
from gateway.settings import GatewaySettings
from gateway.uploads import Intake, Received, clean_filename, options_of
from scribeline.outbound.rules import Destination


async def receive_address(
    request: Request,
    given: dict[str, Any],
    intake: Intake,
    *,
    settings: GatewaySettings,
    look_up: LookUp,
    fetcher: Fetcher,
) -> Received:
    """Fetch what the request's body names into the store. Whoever calls it aborts the intake when it fails.

    Raises Problem, also when the client does not stay; DependencyDown of the store or, for a template, of
    the database.
    """
    destination = fetcher.destination(_address(given))
    options = parse_options([*options_of(request), *fields_of(given, settings.field_max_bytes)], settings)
    brief = await look_up(options)
    await or_left(request, fetcher.fetch(destination, intake))
    audio = await intake.finish()
    return Received(audio, options, brief, _filename(destination), intake.content_type)


def _address(given: dict[str, Any]) -> str:
    """Taken out of the others."""
    address = given.pop(FIELD, None)
    if not isinstance(address, str) or not address:
        raise invalid(FIELD, "is needed, or upload_id" if address in (None, "") else "must be a text")
    return address


def _filename(destination: Destination) -> str | None:
    """All that is kept of the address: the rest may hold secrets."""
    return clean_filename(PurePosixPath(destination.url.path).name)
