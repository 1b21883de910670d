"""Form fields or query options, read into what they ask of a job."""

from collections import defaultdict
from collections.abc import Container, Iterable
from typing import Any

from pydantic import ValidationError

from gateway import strict_json
from gateway.briefs import schemas
from gateway.options.model import NAMES, JobOptions
from gateway.options.rules import check_together
from gateway.problems import invalid, of_validation
from gateway.settings import GatewaySettings
from scribeline.contracts.codes import Code

LISTS = frozenset({"tags", "languages", "webhook_events"})
"""Given as repeated fields, or separated by commas."""
FALSE = frozenset({"false", "0", "no", "off", "n", "f"})


def parse_options(
    given: Iterable[tuple[str, str]], settings: GatewaySettings, *, complete: bool = True
) -> JobOptions:
    """Validate name-value pairs; an empty value counts as left out. Raises Problem naming what is wrong.

    Where more are to come (not `complete`), only what they cannot mend is refused.
    """
    raw: dict[str, Any] = values_of(given, LISTS, NAMES)
    if str(raw.get("diarization", "false")).strip().lower() not in FALSE:
        told = "speakers cannot be told apart by voice yet; leave it out, or see `channels`"
        raise invalid("diarization", told, Code.DIARIZATION_UNSUPPORTED)
    if "metadata" in raw:
        raw["metadata"] = parse_metadata(raw["metadata"], settings.metadata_max_bytes)
    if "analysis_schema" in raw:
        raw["analysis_schema"] = schemas.read(raw["analysis_schema"])
    try:
        options = JobOptions.model_validate(raw)
    except ValidationError as error:
        raise of_validation(error.errors()) from None
    check_together(options, settings, complete=complete)
    return options


def values_of(
    given: Iterable[tuple[str, str]], lists: Container[str], names: Container[str]
) -> dict[str, Any]:
    """One value a name; a list for those that may be repeated. Raises Problem."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in given:
        if value:
            values[name].append(value)
    raw: dict[str, Any] = {}
    for name, several in values.items():
        if name in lists:
            raw[name] = [item.strip() for value in several for item in value.split(",") if item.strip()]
        elif len(several) > 1 and name in names:
            raise invalid(name, "is given more than once")
        else:
            raw[name] = several[0]
    return raw


def parse_metadata(text: str, most: int) -> dict[str, Any]:
    """A JSON object that JSON readers and PostgreSQL all take. Raises Problem."""
    if len(text.encode()) > most:
        raise invalid("metadata", f"is longer than {most} bytes")
    try:
        value = strict_json.parse(text)
    except ValueError as error:
        raise invalid("metadata", f"is not usable JSON: {error}"[:300]) from None
    if not isinstance(value, dict):
        raise invalid("metadata", "is not a JSON object")
    return value
